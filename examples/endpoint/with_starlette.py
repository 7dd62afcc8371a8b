"""A status endpoint in an application of Starlette."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request

from csm.web.starlette import mount
from examples.endpoint.serving import serve_asgi
from examples.endpoint.shop import may_see_details, reporter


def details(request: Request) -> bool:
    return may_see_details(request.headers.get("x-status-key"))


app = Starlette()
mount(app, reporter, prefix="/health", details=details)

if __name__ == "__main__":
    serve_asgi(app)
