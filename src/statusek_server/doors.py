"""Doors: who gets the pages, and who what an original server would answer.

Here lives the choice between the two at the same paths, and what is said where the pages are not
installed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Final

from attrs import frozen
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from csm.checks import StatusReporter
from statusek_server.access import Gate
from statusek_server.endpoints import is_path_of_call
from statusek_server.service import Service

NOT_INSTALLED: Final = """\
Welcome home!

The pages of this server are not installed; they come with: pip install 'csm-statusek[board]'
"""


@frozen(eq=False)
class Doors:
    """Passes browsers on to the pages, and everybody else to the endpoints.

    Args:
        endpoints: Everything that an original server would answer.
        board: The pages.
    """

    endpoints: ASGIApp
    board: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_page = path.startswith("/board/") or (path in ("", "/") and wants_html(scope))
        await (self.board if is_page else self.endpoints)(scope, receive, send)


@frozen(eq=False)
class Direct:
    """Passes the calls of the dialects straight on to the endpoints, past all routing.

    They are what a server is asked all the time, and nothing else is found at their paths; routing
    and what is around it would cost as much as reading and answering them.

    Args:
        app: Everything that is served, these calls included.
        endpoints: Everything that an original server would answer.
    """

    app: ASGIApp
    endpoints: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request, or the life of the server, on."""
        is_call = scope["type"] == "http" and is_path_of_call(scope["path"])
        await (self.endpoints if is_call else self.app)(scope, receive, send)


def wants_html(scope: Scope) -> bool:
    """Return whether a request asks for pages by name; ``*/*`` asks for what there always was.

    Args:
        scope: The request, as ASGI gives it.
    """
    accepted = ",".join(Headers(scope=scope).getlist("accept")).lower()
    return any(media.partition(";")[0].strip() == "text/html" for media in accepted.split(","))


def board(service: Callable[[Scope], Service], gate: Gate, reporter: StatusReporter) -> ASGIApp:
    """Return the pages, or the word that they are not installed.

    Args:
        service: Finds the service of a request.
        gate: Knows who may what.
        reporter: Says how the server is.
    """
    if all(find_spec(name) for name in ("jinja2", "pygraphviz")):
        from statusek_server.board.pages import Board

        return Board(service, gate, reporter)
    return PlainTextResponse(NOT_INSTALLED)
