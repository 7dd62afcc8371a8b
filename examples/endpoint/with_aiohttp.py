"""A status endpoint in an application of aiohttp."""

from __future__ import annotations

from aiohttp import web

from csm.web.aiohttp import mount
from examples.endpoint.serving import listening
from examples.endpoint.shop import may_see_details, reporter


def details(request: web.Request) -> bool:
    return may_see_details(request.headers.get("x-status-key"))


app = web.Application()
mount(app, reporter, prefix="/health", details=details)

if __name__ == "__main__":
    web.run_app(app, sock=listening(), print=None)
