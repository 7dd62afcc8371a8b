"""The WSGI application of a reporter, with no dependency.

Only the driver lives here: from an environ to the facts of a request, and from an answer to the
call of `start_response`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from csm.checks import StatusReporter
from csm.web.endpoint import Endpoint, EndpointOptions
from csm.web.flow import Details, respond
from csm.web.question import Asked

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

Environ: TypeAlias = dict[str, Any]


def wsgi_app(
    reporter: StatusReporter,
    *,
    details: Details[Environ] = False,
    prefix: str = "",
    **options: Unpack[EndpointOptions],
) -> WSGIApplication:
    """Return a WSGI application that answers GET and HEAD for `/status`, `/live` and the like.

    Args:
        reporter: Says how all is.
        details: Who sees more than component, status and time: True for everybody, or a function
            that returns True for the environ of somebody who may.
        prefix: What stands before these paths where nothing in front cuts it off: `/health`.
        options: As for `asgi_app`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    endpoint = Endpoint(reporter, details, prefix=prefix, **options)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = asked_of(environ, prefix)
        answer = respond(endpoint, asked, environ)
        start_response(f"{answer.code} {answer.reason}", list(answer.headers))
        return [b"" if asked.method == "HEAD" else answer.body]

    return app


def asked_of(environ: Environ, prefix: str = "") -> Asked:
    """Return the facts of a request.

    Args:
        environ: The environ.
        prefix: What stands before the paths of the endpoint.
    """
    path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
    return Asked(
        environ["REQUEST_METHOD"],
        path.removeprefix(prefix),
        environ.get("HTTP_ACCEPT"),
        environ.get("HTTP_IF_NONE_MATCH"),
        environ.get("HTTP_CSM_ROUTE"),
    )
