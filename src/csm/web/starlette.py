"""A status endpoint in an application of Starlette or FastAPI.

>>> from starlette.applications import Starlette
>>> from csm import GeneralComponent
>>> from csm.checks import StatusReporter
>>> app = Starlette()
>>> mount(app, StatusReporter(GeneralComponent(component_name="shop")), prefix="/health")
"""

from __future__ import annotations

from typing import Unpack

try:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.routing import Route
except ModuleNotFoundError as _error:
    if _error.name != "starlette":
        raise
    raise ModuleNotFoundError(
        "csm.web.starlette needs Starlette: pip install starlette", name="starlette"
    ) from None

from csm.checks import StatusReporter
from csm.web.asgi import Scope, StatusApp
from csm.web.endpoint import Endpoint, EndpointOptions
from csm.web.flow import AsyncDetails
from csm.web.question import PLACES, STATUS

__all__ = ["mount"]


def mount(
    app: Starlette,
    reporter: StatusReporter,
    *,
    prefix: str = "",
    details: AsyncDetails[Request] = False,
    **options: Unpack[EndpointOptions],
) -> None:
    """Add `/status`, `/live`, `/ready` and `/started` to an application.

    Args:
        app: An application of Starlette or FastAPI.
        reporter: Says how all is.
        prefix: What stands before these paths, such as `/health`.
        details: Who sees more than component, status and time: True for everybody, or a function,
            coroutine function or not, that returns True for the request of somebody who may.
        options: As for `csm.web.asgi_app`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    of_scope = _of_scope(details)
    answers = StatusApp(Endpoint(reporter, of_scope, prefix=prefix, **options), prefix)
    for path in (*PLACES, f"{STATUS}/{{below:path}}"):
        app.router.routes.append(Route(f"{prefix}/{path}", answers, include_in_schema=False))


def _of_scope(details: AsyncDetails[Request]) -> AsyncDetails[Scope]:
    if not callable(details):
        return details
    return lambda scope: details(Request(scope))
