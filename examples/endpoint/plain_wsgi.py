"""A status endpoint as a WSGI application of its own, for any WSGI server."""

from __future__ import annotations

from csm.web import wsgi_app
from csm.web.wsgi import Environ
from examples.endpoint.serving import serve_wsgi
from examples.endpoint.shop import may_see_details, reporter


def details(environ: Environ) -> bool:
    return may_see_details(environ.get("HTTP_X_STATUS_KEY"))


app = wsgi_app(reporter, prefix="/health", details=details)

if __name__ == "__main__":
    serve_wsgi(app)
