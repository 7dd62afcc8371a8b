"""Opening connections within a time: the network backend of an own blocking client.

Only the look-up of a name and the choice among its addresses live here. The operating system bounds
neither: a look-up takes what the resolver takes, and each address of a host would get the whole
time. What happens on a connection that is open is in `deadline`.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from statusek_client.deadline import bind

_FOR_EVER = threading.TIMEOUT_MAX


def bound(client: httpx2.Client) -> None:
    """Make a client open its connections, those to proxies included, within each call's time.

    httpx2 has no argument for the backend of its pools, so it is put where they keep it.
    """
    kept: dict[str, Any] = vars(client)
    for transport in (kept["_transport"], *kept["_mounts"].values()):
        pool = getattr(transport, "_pool", None)
        if hasattr(pool, "_network_backend"):
            vars(pool)["_network_backend"] = Dialer()


class Dialer(httpcore2.SyncBackend):
    """Opens TCP connections: one deadline over the look-up and all addresses of a host."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers.

        Each address gets its share of the time that is left, so that a dead one does not take that
        of the next.

        Raises:
            httpcore2.ConnectTimeout, httpcore2.ConnectError: none did, or not in time.
        """
        deadline = time.monotonic() + (_FOR_EVER if timeout is None else timeout)
        addresses = _addresses(host, port, deadline)
        for untried in range(len(addresses), 0, -1):
            left = max(deadline - time.monotonic(), 0.001)
            try:
                stream = super().connect_tcp(
                    addresses[-untried],
                    port,
                    None if timeout is None else left / untried,
                    local_address,
                    socket_options,
                )
                return bind(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if untried == 1:
                    raise
        raise httpcore2.ConnectError(f"the name {host!r} has no address")


class _Lookup:
    """The look-up of one name in a thread that holds up neither a call nor the interpreter."""

    def __init__(self, host: str, port: int) -> None:
        self.done = threading.Event()
        self.addresses: list[str] = []
        self.failure: OSError | UnicodeError | None = None
        self._host = host
        self._port = port

    def start(self) -> None:
        """Begin to look the name up."""
        try:
            threading.Thread(target=self._run, name="statusek-lookup", daemon=True).start()
        except RuntimeError:  # the interpreter ends, and starts no thread any more
            self._run()

    def _run(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self.addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        except (OSError, UnicodeError) as error:
            self.failure = error
        finally:
            with _lock:
                _running.pop((self._host, self._port), None)
            self.done.set()


_lock = threading.Lock()
_running: dict[tuple[str, int], _Lookup] = {}
"""At most one look-up of a name at a time: calls that give up do not leave a thread each."""


def _addresses(host: str, port: int, deadline: float) -> list[str]:
    if _is_address(host):
        return [host]
    with _lock:
        lookup = _running.get((host, port))
        is_new = lookup is None
        if lookup is None:
            lookup = _running[(host, port)] = _Lookup(host, port)
    if is_new:
        lookup.start()
    if not lookup.done.wait(min(max(deadline - time.monotonic(), 0), _FOR_EVER)):
        raise httpcore2.ConnectTimeout(f"the look-up of the name {host!r} took too long")
    if lookup.failure is not None:
        raise httpcore2.ConnectError(str(lookup.failure)) from lookup.failure
    return lookup.addresses


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
