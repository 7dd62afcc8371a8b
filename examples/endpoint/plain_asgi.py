"""A status endpoint as an ASGI application of its own, for any ASGI server."""

from __future__ import annotations

from csm.web import asgi_app
from csm.web.asgi import Scope
from examples.endpoint.serving import serve_asgi
from examples.endpoint.shop import may_see_details, reporter


def details(scope: Scope) -> bool:
    return may_see_details(dict(scope["headers"]).get(b"x-status-key", b"").decode("latin-1"))


app = asgi_app(reporter, prefix="/health", details=details)

if __name__ == "__main__":
    serve_asgi(app)
