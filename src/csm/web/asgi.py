"""The ASGI application of a reporter, with no dependency.

Only the driver lives here: from a scope to the facts of a request, and from an answer to messages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias, Unpack

from csm.checks import StatusReporter
from csm.web.endpoint import Endpoint, EndpointOptions
from csm.web.flow import AsyncDetails, respond_async
from csm.web.question import Asked

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS: Final = {b"accept": 0, b"if-none-match": 1, b"csm-route": 2}


def asgi_app(
    reporter: StatusReporter,
    *,
    details: AsyncDetails[Scope] = False,
    prefix: str = "",
    **options: Unpack[EndpointOptions],
) -> AsgiApp:
    """Return an ASGI application that answers GET and HEAD for `/status`, `/live` and the like.

    Args:
        reporter: Says how all is.
        details: Who sees more than component, status and time: True for everybody, or a function,
            coroutine function or not, that returns True for the scope of somebody who may.
        prefix: What stands before these paths where nothing in front cuts it off: `/health`.
        options: `http_codes` (by status, in the place of 200 for OK and WARN and 503 for all else),
            `max_age` (seconds for which an answer may be kept; default: 0) and `max_bytes` (the
            longest body, a longer one is cut to its roll-up; default: 1 MiB).

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    return StatusApp(Endpoint(reporter, details, prefix=prefix, **options), prefix)


class StatusApp:
    """An ASGI application.

    Args:
        endpoint: Answers.
        prefix: What stands before its paths.
    """

    def __init__(self, endpoint: Endpoint, prefix: str) -> None:
        self._endpoint = endpoint
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or go along with the life of the server."""
        if scope["type"] == "http":
            asked = self._asked(scope)
            answer = await respond_async(self._endpoint, asked, scope)
            # A list of its own: what is in between may add headers to it.
            headers = list(answer.asgi_headers)
            await send({"type": "http.response.start", "status": answer.code, "headers": headers})
            body = b"" if asked.method == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})

    def _asked(self, scope: Scope) -> Asked:
        path: str = scope["path"]
        above = scope.get("root_path", "").rstrip("/") + self._prefix
        if above and path.startswith(f"{above}/"):
            path = path[len(above) :]
        elif self._prefix:
            path = path.removeprefix(self._prefix)
        found: list[str | None] = [None, None, None]
        for name, value in scope["headers"]:
            place = _HEADERS.get(name)
            if place is not None:
                before, text = found[place], value.decode("latin-1")
                found[place] = text if before is None else f"{before},{text}"
        return Asked(scope["method"], path, *found)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
