"""How a client travels to another process, and with it the handles of its instances.

Only what a pickle of a client holds lives here: the arguments that it was made of, the key among
them; never a connection. On arrival it is made anew, without a request.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.client import StatusekClient
    from statusek_client.flows import Terms

    AnyClient: TypeAlias = StatusekClient | AsyncStatusekClient


class Recipe:
    """What a client was made of and does not keep otherwise; never shown."""

    __slots__ = ("_address", "_has_outbox", "_headers", "_key", "_kind")

    def __init__(
        self,
        kind: type[AnyClient],
        address: str,
        key: str | None,
        headers: Mapping[str, str] | None,
        *,
        has_outbox: bool,
    ) -> None:
        self._kind = kind
        self._address = address
        self._key = key
        self._has_outbox = has_outbox
        self._headers = tuple(sorted((headers or {}).items()))

    def packed(self, terms: Terms, *, is_own: bool) -> tuple[Any, tuple[Any, ...]]:
        """Return what makes the client again, for pickle.

        Raises:
            TypeError: it was given connections or an outbox, which are not made again elsewhere.
        """
        if self._has_outbox or not is_own:
            what = "an outbox" if self._has_outbox else "its http_client"
            raise TypeError(
                f"a client that was given {what} does not travel, nor do its handles; send the "
                ".token instead, and rebuild the handle there with client.instance(token)"
            )
        settings = (terms.timeout, terms.policy, terms.verify)
        return revived, (self._kind, self._address, self._key, self._headers, settings)


_lock = threading.Lock()
_arrived: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()


def revived(
    kind: type[AnyClient],
    address: str,
    key: str | None,
    headers: tuple[tuple[str, str], ...],
    settings: tuple[Any, ...],
) -> AnyClient:
    """Return a client made of what travelled.

    Blocking clients that were made of the same are the same one, as long as somebody uses it, so
    that a thousand handles do not open a thousand connections; it closes with the last of them.
    """
    timeout, policy, verify = settings

    def new() -> AnyClient:
        return kind(
            address,
            api_key=key,
            timeout=timeout,
            retry=policy,
            headers=dict(headers),
            verify=verify,
        )

    if not hasattr(kind, "close"):  # an async one belongs to its event loop
        return new()
    what = (kind, address, key, headers, settings)
    with _lock:
        client = cast("StatusekClient | None", _arrived.get(what))
        if client is None:
            client = _arrived[what] = cast("StatusekClient", new())
            weakref.finalize(client, client.connections.close)
        return client
