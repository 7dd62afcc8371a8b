"""How a client travels to another process, and with it the handles of its instances.

Only what a pickle of a client holds lives here: the arguments that it was made of, the key and the
path of its outbox among them; never a connection. On arrival it is made anew, without a request.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.client import StatusekClient
    from statusek_client.flows import Terms
    from statusek_client.outbox import Outbox

    AnyClient: TypeAlias = StatusekClient | AsyncStatusekClient


class Recipe:
    """What a client was made of and does not keep otherwise; never shown."""

    __slots__ = ("_address", "_headers", "_key", "_kind", "_outbox")

    def __init__(
        self,
        kind: type[AnyClient],
        address: str,
        key: str | None,
        headers: Mapping[str, str] | None,
        outbox: Outbox | None,
    ) -> None:
        """Take the arguments; an outbox that is none is a TypeError."""
        if outbox is not None:
            from statusek_client.outbox import Outbox

            if not isinstance(cast("object", outbox), Outbox):
                raise TypeError(f"outbox is a {type(outbox).__name__}; expected an Outbox(path)")
        self._kind = kind
        self._address = address
        self._key = key
        self._headers = tuple(sorted((headers or {}).items()))
        self._outbox = outbox

    def packed(self, terms: Terms, *, is_own: bool) -> tuple[Any, tuple[Any, ...]]:
        """Return what makes the client again, for pickle.

        Raises:
            TypeError: it was given its connections, which are not made again elsewhere.
        """
        if not is_own:
            raise TypeError(
                "a client that was given its http_client does not travel, nor do its handles; send "
                "the .token instead, and rebuild the handle there with client.instance(token)"
            )
        settings = (terms.timeout, terms.policy, terms.verify)
        kept = None if self._outbox is None else self._outbox.recipe()
        return revived, (self._kind, self._address, self._key, self._headers, settings, kept)


_lock = threading.Lock()
_arrived: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
_staying: list[StatusekClient] = []


def revived(
    kind: type[AnyClient],
    address: str,
    key: str | None,
    headers: tuple[tuple[str, str], ...],
    settings: tuple[Any, ...],
    kept: tuple[Callable[..., Outbox], tuple[Any, ...]] | None,
) -> AnyClient:
    """Return a client made of what travelled.

    Blocking clients that were made of the same are the same one, as long as somebody uses it, so
    that a thousand handles do not open a thousand connections; it closes with the last of them. One
    with an outbox stays until the interpreter ends, since it has to deliver what it keeps.
    """
    timeout, policy, verify = settings

    def new() -> AnyClient:
        return kind(
            address,
            api_key=key,
            timeout=timeout,
            retry=policy,
            headers=dict(headers),
            outbox=None if kept is None else kept[0](*kept[1]),
            verify=verify,
        )

    if not hasattr(kind, "close"):  # an async one belongs to its event loop
        return new()
    what = (kind, address, key, headers, settings, kept)
    with _lock:
        client = cast("StatusekClient | None", _arrived.get(what))
        if client is None:
            client = _arrived[what] = cast("StatusekClient", new())
            if kept is None:
                weakref.finalize(client, client.connections.close)
            else:
                _staying.append(client)
        return client
