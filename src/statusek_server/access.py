"""Access: what a request shows, and whether that is enough.

Here lives what is HTTP about keys: the header that brings one, and the answers of the modern
interface and of the metrics to a request that may not. Who may what lives in ``keys``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from attrs import frozen
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as HttpScope

from statusek_server.api.problems import problem
from statusek_server.clock import Clock
from statusek_server.keys import Key, Keyring, Scope
from statusek_server.outcomes import Code
from statusek_server.trace import note

CALLER: Final = "statusek.caller"
"""Where a guarded application finds whose request it is, in the scope of the request."""

_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9._~+/=-]+) *", re.IGNORECASE)

_CREATES: Final = re.compile(r".*/instances/?")
_SETS: Final = re.compile(r".*/instances/.+")


@frozen(eq=False)
class Gate:
    """Lets requests in.

    Args:
        keyring: Returns the keys that are known now, or None where everybody may do everything.
        clock: The clock by which keys end.
    """

    keyring: Callable[[], Keyring] | None
    clock: Clock

    def lets(self, request: HttpScope, scope: Scope) -> bool:
        """Return whether a request may do something.

        Args:
            request: The request, as ASGI gives it.
            scope: What it wants to do.
        """
        if self.keyring is None:
            return True
        key = self.key_of(request)
        return key is not None and key.allows(scope)

    def caller(self, request: HttpScope) -> str | None:
        """Return whose request it is: the name of the key that it shows, or None."""
        key = self.key_of(request)
        return key.name if key else None

    def key_of(self, request: HttpScope) -> Key | None:
        """Return the key that a request shows, where it is good."""
        shown = [value for name, value in request["headers"] if name == b"authorization"]
        found = _BEARER.fullmatch(shown[0]) if len(shown) == 1 else None
        if found is None or self.keyring is None:
            return None
        return self.keyring().find(found[1].decode("ascii"), self.clock())


@frozen(eq=False)
class Guarded:
    """An application with real HTTP codes, behind a gate.

    Args:
        app: The application.
        gate: The gate.
        scope_of: Returns what a request with a method and a path wants to do.
    """

    app: ASGIApp
    gate: Gate
    scope_of: Callable[[str, str], Scope]

    async def __call__(self, request: HttpScope, receive: Receive, send: Send) -> None:
        """Pass a request on that may, answer one that may not."""
        wanted = self.scope_of(request["method"], request["path"])
        if self.gate.lets(request, wanted):
            request[CALLER] = self.gate.caller(request)
            await self.app(request, receive, send)
            return
        # Which of unknown, revoked and ended a key is, is nobody's business.
        known = self.gate.key_of(request) is not None
        status, detail, challenge = (
            (
                HTTPStatus.FORBIDDEN,
                f"The key lacks the scope '{wanted}'.",
                f', error="insufficient_scope", scope="{wanted}"',
            )
            if known
            else (HTTPStatus.UNAUTHORIZED, "A valid key is needed: Authorization: Bearer KEY.", "")
        )
        note("other", Code.UNAUTHORIZED.value)
        response = problem(status, detail, code=Code.UNAUTHORIZED.value)
        response.headers["www-authenticate"] = f'Bearer realm="statusek"{challenge}'
        await response(request, receive, send)


def scope_of_resource(method: str, path: str) -> Scope:
    """Return what a request to the modern interface wants to do.

    Args:
        method: Its method.
        path: Its path.
    """
    if method in ("GET", "HEAD", "OPTIONS"):
        return Scope.READ
    if _CREATES.fullmatch(path):
        return Scope.CREATE
    return Scope.SET if _SETS.fullmatch(path) else Scope.ADMIN


def reading(_: str, __: str) -> Scope:
    """Return what a request wants that can only read."""
    return Scope.READ
