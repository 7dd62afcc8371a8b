"""A status endpoint in a project of Django.

In `urls.py`: `urlpatterns = [path("health/", include(urls(reporter)))]`, or `path("", ...)`.
"""

from __future__ import annotations

from typing import Unpack

try:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern, path
    from django.views.decorators.csrf import csrf_exempt
except ModuleNotFoundError as _error:
    if _error.name != "django":
        raise
    raise ModuleNotFoundError(
        "csm.web.django needs Django: pip install django", name="django"
    ) from None

from csm.checks import StatusReporter
from csm.web.endpoint import Endpoint, EndpointOptions
from csm.web.flow import Details, respond
from csm.web.question import PLACES, STATUS
from csm.web.wsgi import asked_of

__all__ = ["urls"]


def urls(
    reporter: StatusReporter,
    *,
    details: Details[HttpRequest] = False,
    **options: Unpack[EndpointOptions],
) -> list[URLPattern]:
    """Return patterns for `status`, `live`, `ready` and `started`, to be included where you like.

    The views need no login, also where a middleware asks for one: probes have none.

    Args:
        reporter: Says how all is.
        details: Who sees more than component, status and time: True for everybody, or a function
            that returns True for the request of somebody who may, such as
            `lambda request: request.user.is_staff`.
        options: As for `csm.web.asgi_app`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    endpoint = Endpoint(reporter, details, **options)

    def view(request: HttpRequest, place: str, below: str = "") -> HttpResponse:
        asked = asked_of(request.META)._replace(path=f"/{place}/{below}")
        answer = respond(endpoint, asked, request)
        response = HttpResponse(answer.body, status=answer.code, headers=dict(answer.headers))
        if "Content-Type" not in dict(answer.headers):
            del response["Content-Type"]  # Django's own, of a body that is not there
        return response

    view.login_required = False  # type: ignore[attr-defined]
    answers = csrf_exempt(view)
    return [
        *(path(place, answers, {"place": place}, name=f"csm-{place}") for place in PLACES),
        path(f"{STATUS}/", answers, {"place": STATUS}),
        path(f"{STATUS}/<path:below>", answers, {"place": STATUS}),
    ]
