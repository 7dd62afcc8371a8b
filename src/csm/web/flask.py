"""A status endpoint in an application of Flask.

>>> from flask import Flask
>>> from csm import GeneralComponent
>>> from csm.checks import StatusReporter
>>> app = Flask("shop")
>>> mount(app, StatusReporter(GeneralComponent(component_name="shop")), prefix="/health")
"""

from __future__ import annotations

from typing import Unpack

try:
    from flask import Blueprint, Flask, Request, Response, request
except ModuleNotFoundError as _error:
    if _error.name != "flask":
        raise
    raise ModuleNotFoundError(
        "csm.web.flask needs Flask: pip install flask", name="flask"
    ) from None

from csm.checks import StatusReporter
from csm.web.endpoint import Endpoint, EndpointOptions
from csm.web.flow import Details, respond
from csm.web.question import METHODS, PLACES, STATUS
from csm.web.wsgi import asked_of

__all__ = ["mount"]


def mount(
    app: Flask | Blueprint,
    reporter: StatusReporter,
    *,
    prefix: str = "",
    details: Details[Request] = False,
    **options: Unpack[EndpointOptions],
) -> None:
    """Add `/status`, `/live`, `/ready` and `/started` to an application.

    Args:
        app: An application of Flask, or a blueprint.
        reporter: Says how all is.
        prefix: What stands before these paths, such as `/health`.
        details: Who sees more than component, status and time: True for everybody, or a function
            that returns True for the request of somebody who may.
        options: As for `csm.web.asgi_app`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    endpoint = Endpoint(reporter, details, prefix=prefix, **options)

    def view(place: str, below: str = "") -> Response:
        asked = asked_of(request.environ)._replace(path=f"/{place}/{below}")
        answer = respond(endpoint, asked, request)
        return Response(answer.body, answer.code, list(answer.headers))

    for path in (*PLACES, f"{STATUS}/<path:below>"):
        place = path.partition("/")[0]
        app.add_url_rule(
            f"{prefix}/{path}",
            endpoint=f"csm {prefix}/{path}".replace(".", "_"),
            view_func=view,
            defaults={"place": place},
            methods=METHODS,
            provide_automatic_options=False,
            strict_slashes=False,
        )
