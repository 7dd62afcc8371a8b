"""The application: where all parts are put together.

Here live the composition of a server from its settings and the life of its storage. What the parts
do lives with them.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Scope

from statusek_server.api.routes import api
from statusek_server.clock import Clock, utc_now
from statusek_server.endpoints import Endpoints
from statusek_server.model_advice import advice
from statusek_server.model_files import default_models, load_models
from statusek_server.models import StatusModel
from statusek_server.outcomes import Refusal
from statusek_server.paths import any_text
from statusek_server.service import Service
from statusek_server.settings import Settings, sqlite_path
from statusek_server.storage.sqlite import open_sqlite
from statusek_server.sweeper import sweeping

logger = logging.getLogger("statusek_server")


def create_app(settings: Settings, *, clock: Clock = utc_now) -> Starlette:
    """Return the server as an ASGI application; its lifespan opens the database.

    Args:
        settings: What it is told.
        clock: The clock of its storage.

    Raises:
        ModelError: The model file cannot be used.
    """
    models = _models(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_sqlite(sqlite_path(settings.database), clock) as storage:
            catalogue = await storage.publish(models)
            service = Service(storage, catalogue)
            async with sweeping(storage), service.watching():
                app.state.service = service
                try:
                    yield
                finally:
                    del app.state.service

    app = Starlette(lifespan=lifespan)

    def service_of(_: Scope) -> Service:
        try:
            service: Service = app.state.service
        except AttributeError:
            raise RuntimeError(
                "the server is not started: run it under an ASGI server with lifespan support "
                "(uvicorn has it), or inside 'async with app.router.lifespan_context(app):'"
            ) from None
        return service

    async def health(request: Request) -> Response:
        if isinstance(await service_of(request.scope).ping(), Refusal):
            return JSONResponse({"status": "down"}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"status": "ok"})

    app.router.routes.extend(
        [
            any_text(Mount("/api/v1", api(service_of))),
            Route("/healthz", health),
            # Last, since it answers every path that is left.
            any_text(Mount("", Endpoints(settings.dialect, service_of))),
        ]
    )
    return app


def prepare_to_stop(app: Starlette) -> None:
    """Answer every call that is held and end every stream, now and from now on.

    For the moment in which a server is told to stop: its lifespan ends only after all answers, and
    one that is held would make it wait. Leaving the lifespan does the same.

    Args:
        app: What ``create_app`` returned.
    """
    service: Service | None = getattr(app.state, "service", None)
    if service is not None:
        service.release()


def _models(settings: Settings) -> tuple[StatusModel, ...]:
    if settings.models is None:
        return default_models()
    models = load_models(settings.models)
    for model in models:
        for hint in advice(model):
            logger.warning("%s: %s", settings.models, hint)
    return models
