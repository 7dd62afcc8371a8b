"""Status endpoints on real sockets: each driver and each framework, started in this process."""

# ruff: noqa: ANN401  # applications and requests of many frameworks pass through here

from __future__ import annotations

import asyncio
import contextlib
import http.client
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from socketserver import ThreadingMixIn
from types import ModuleType
from typing import Any, TypeAlias
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import attrs
import uvicorn

from csm.checks import StatusReporter
from csm.web import asgi_app, wsgi_app

KEY = "let me in"
PREFIX = "/health"


@attrs.frozen
class Reply:
    """What came back."""

    code: int
    headers: dict[str, str]
    body: bytes


@attrs.frozen
class Site:
    """A server with a status endpoint below PREFIX, which shows details to whoever has the KEY."""

    port: int

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(
                method,
                f"{PREFIX}{path}",
                headers={name.replace("_", "-"): value for name, value in headers.items()},
            )
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())


Start: TypeAlias = Callable[[StatusReporter], AbstractContextManager[Site]]


@contextlib.contextmanager
def served_asgi(app: Any) -> Iterator[Site]:
    """Serve an ASGI application with uvicorn."""
    config = uvicorn.Config(
        app, port=0, log_level="warning", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    socket.listen()  # whoever comes before the server waits for it
    thread = threading.Thread(target=server.run, args=([socket],))
    thread.start()
    try:
        yield Site(socket.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        socket.close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served_wsgi(app: Any) -> Iterator[Site]:
    """Serve a WSGI application with the standard library's server."""
    with make_server("127.0.0.1", 0, app, _Server, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Site(server.server_port)
        finally:
            server.shutdown()
            thread.join()


def plain_asgi(reporter: StatusReporter) -> AbstractContextManager[Site]:
    def details(scope: Any) -> bool:
        return (b"x-key", KEY.encode()) in scope["headers"]

    return served_asgi(asgi_app(reporter, details=details, prefix=PREFIX))


def plain_wsgi(reporter: StatusReporter) -> AbstractContextManager[Site]:
    def details(environ: Any) -> bool:
        return bool(environ.get("HTTP_X_KEY") == KEY)

    return served_wsgi(wsgi_app(reporter, details=details, prefix=PREFIX))


def starlette(reporter: StatusReporter) -> AbstractContextManager[Site]:
    from starlette.applications import Starlette
    from starlette.requests import Request

    from csm.web.starlette import mount

    async def details(request: Request) -> bool:
        return request.headers.get("x-key") == KEY

    app = Starlette()
    mount(app, reporter, prefix=PREFIX, details=details)
    return served_asgi(app)


def starlette_mount(reporter: StatusReporter) -> AbstractContextManager[Site]:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    def details(scope: Any) -> bool:
        return (b"x-key", KEY.encode()) in scope["headers"]

    return served_asgi(Starlette(routes=[Mount(PREFIX, asgi_app(reporter, details=details))]))


def fastapi(reporter: StatusReporter) -> AbstractContextManager[Site]:
    from fastapi import FastAPI, Request

    from csm.web.starlette import mount

    def details(request: Request) -> bool:
        return request.headers.get("x-key") == KEY

    app = FastAPI()
    mount(app, reporter, prefix=PREFIX, details=details)
    assert {} == app.openapi()["paths"]
    return served_asgi(app)


def flask(reporter: StatusReporter) -> AbstractContextManager[Site]:
    from flask import Flask

    from csm.web.flask import mount

    app = Flask("shop")
    mount(app, reporter, prefix=PREFIX, details=lambda request: request.headers.get("x-key") == KEY)
    return served_wsgi(app)


def flask_blueprint(reporter: StatusReporter) -> AbstractContextManager[Site]:
    from flask import Blueprint, Flask

    from csm.web.flask import mount

    part = Blueprint("health", "shop")
    mount(part, reporter, details=lambda request: request.headers.get("x-key") == KEY)
    app = Flask("shop")
    app.register_blueprint(part, url_prefix=PREFIX)
    return served_wsgi(app)


class AnonymousMiddleware:
    """Says that nobody has logged in."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        from django.contrib.auth.models import AnonymousUser

        request.user = AnonymousUser()
        return self._get_response(request)


def _django_settings() -> None:
    import django
    from django.conf import settings

    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="of the tests",
        ROOT_URLCONF=None,  # each application has its own
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            f"{__name__}.AnonymousMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ],
        LOGGING_CONFIG=None,
    )
    django.setup()


def _django_handler(handler: Any, reporter: StatusReporter) -> Any:
    from django.urls import include, path

    from csm.web.django import urls

    module = ModuleType(f"urls_of_{id(reporter)}")
    status = urls(reporter, details=lambda request: request.headers.get("x-key") == KEY)
    module.urlpatterns = [path(f"{PREFIX[1:]}/", include(status))]  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module

    class Handler(handler):  # type: ignore[misc]
        """Django, with URLs of its own for each reporter of a process."""

        def get_response(self, request: Any) -> Any:
            request.urlconf = module.__name__
            return super().get_response(request)

        async def get_response_async(self, request: Any) -> Any:
            request.urlconf = module.__name__
            return await super().get_response_async(request)

    return Handler()


def django(reporter: StatusReporter) -> AbstractContextManager[Site]:
    _django_settings()
    from django.core.handlers.wsgi import WSGIHandler

    return served_wsgi(_django_handler(WSGIHandler, reporter))


def django_asgi(reporter: StatusReporter) -> AbstractContextManager[Site]:
    _django_settings()
    from django.core.handlers.asgi import ASGIHandler

    return served_asgi(_django_handler(ASGIHandler, reporter))


@contextlib.contextmanager
def aiohttp(reporter: StatusReporter) -> Iterator[Site]:
    from aiohttp import web

    from csm.web.aiohttp import mount

    async def details(request: web.Request) -> bool:
        return request.headers.get("x-key") == KEY

    app = web.Application()
    mount(app, reporter, prefix=PREFIX, details=details)
    runner = web.AppRunner(app)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Site(runner.addresses[0][1])
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


SITES: dict[str, Start] = {
    start.__name__: start
    for start in (
        plain_asgi,
        plain_wsgi,
        starlette,
        starlette_mount,
        fastapi,
        flask,
        flask_blueprint,
        django,
        django_asgi,
        aiohttp,
    )
}
