"""A status endpoint in a project of Django, which is this one file."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import include, path

from csm.web.django import urls
from examples.endpoint.serving import serve_wsgi
from examples.endpoint.shop import may_see_details, reporter

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def details(request: HttpRequest) -> bool:
    return may_see_details(request.headers.get("x-status-key"))


urlpatterns = [path("health/", include(urls(reporter, details=details)))]

app = get_wsgi_application()

if __name__ == "__main__":
    serve_wsgi(app)
