"""A status endpoint in an application of aiohttp.

>>> from aiohttp import web
>>> from csm import GeneralComponent
>>> from csm.checks import StatusReporter
>>> app = web.Application()
>>> mount(app, StatusReporter(GeneralComponent(component_name="shop")), prefix="/health")
"""

from __future__ import annotations

from typing import Unpack

try:
    from aiohttp import web
except ModuleNotFoundError as _error:
    if _error.name != "aiohttp":
        raise
    raise ModuleNotFoundError(
        "csm.web.aiohttp needs aiohttp: pip install aiohttp", name="aiohttp"
    ) from None

from csm.checks import StatusReporter
from csm.web.endpoint import Endpoint, EndpointOptions
from csm.web.flow import AsyncDetails, respond_async
from csm.web.question import PLACES, STATUS, Asked

__all__ = ["mount"]


def mount(
    app: web.Application,
    reporter: StatusReporter,
    *,
    prefix: str = "",
    details: AsyncDetails[web.Request] = False,
    **options: Unpack[EndpointOptions],
) -> None:
    """Add `/status`, `/live`, `/ready` and `/started` to an application.

    Args:
        app: An application of aiohttp.
        reporter: Says how all is.
        prefix: What stands before these paths, such as `/health`.
        details: Who sees more than component, status and time: True for everybody, or a function,
            coroutine function or not, that returns True for the request of somebody who may.
        options: As for `csm.web.asgi_app`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    endpoint = Endpoint(reporter, details, prefix=prefix, **options)

    async def handler(request: web.Request) -> web.Response:
        answer = await respond_async(endpoint, _asked(request), request)
        return web.Response(body=answer.body, status=answer.code, headers=dict(answer.headers))

    for place in PLACES:
        app.router.add_route("*", f"{prefix}/{{place:{place}}}", handler)
    app.router.add_route("*", f"{prefix}/{{place:{STATUS}}}/{{below:.*}}", handler)


def _asked(request: web.Request) -> Asked:
    def header(name: str) -> str | None:
        return ",".join(request.headers.getall(name, ())) or None

    place, below = request.match_info["place"], request.match_info.get("below", "")
    return Asked(
        request.method,
        f"/{place}/{below}",
        header("Accept"),
        header("If-None-Match"),
        header("Csm-Route"),
    )
