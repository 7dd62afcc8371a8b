"""A status endpoint in an application of Flask."""

from __future__ import annotations

from flask import Flask, Request

from csm.web.flask import mount
from examples.endpoint.serving import serve_wsgi
from examples.endpoint.shop import may_see_details, reporter


def details(request: Request) -> bool:
    return may_see_details(request.headers.get("x-status-key"))


app = Flask(__name__)
mount(app, reporter, prefix="/health", details=details)

if __name__ == "__main__":
    serve_wsgi(app)
