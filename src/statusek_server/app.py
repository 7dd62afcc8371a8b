"""The application: where all parts are put together.

Here live the composition of a server from its settings and the life of its storage. What the parts
do lives with them.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.types import Scope

from statusek_server.access import Gate, Guarded, reading, scope_of_resource
from statusek_server.api.routes import api
from statusek_server.catalogue import Catalogue, ModelFile, reloading
from statusek_server.clock import Clock, utc_now
from statusek_server.condition import Condition, reporter_of
from statusek_server.doors import Direct, Doors, board
from statusek_server.endpoints import Endpoints
from statusek_server.key_file import KeyFile
from statusek_server.metrics import Metrics
from statusek_server.model_files import default_models
from statusek_server.observing import Observed
from statusek_server.opening import patiently, unopened_service
from statusek_server.paths import any_text
from statusek_server.probes import figures, probes
from statusek_server.service import Service
from statusek_server.setting_values import is_postgres
from statusek_server.settings import Settings
from statusek_server.storage.databases import open_database
from statusek_server.sweeper import sweeping

logger = logging.getLogger("statusek_server")
# Without it Python would print warnings in a host that has no logging at all.
logger.addHandler(logging.NullHandler())


def create_app(settings: Settings, *, clock: Clock = utc_now) -> Starlette:
    """Return the server as an ASGI application; its lifespan opens the database.

    Args:
        settings: What it is told.
        clock: The clock of its storage.

    Raises:
        KeyFileError: The file of keys cannot be used.
        ModelError: The model file cannot be used.
    """
    file = ModelFile(settings.models) if settings.models else None
    gate = Gate(KeyFile(settings.keys).keyring if settings.keys else None, utc_now)
    condition, metrics = Condition(), Metrics.create()

    def swept(finished: int) -> None:
        condition.swept()
        metrics.sweeps.inc(finished)

    @asynccontextmanager
    async def serving() -> AsyncGenerator[None]:
        async with open_database(settings.database, clock) as storage:
            models = file.models if file else default_models()
            catalogue = Catalogue(await storage.publish(models))
            service = Service(storage, catalogue)
            metrics.waiters.set_function(lambda: service.waiting.count)
            async with (
                sweeping(storage, swept),
                reloading(file, storage, catalogue),
                service.watching(),
            ):
                app.state.service = service
                try:
                    yield
                finally:
                    app.state.service = unopened_service()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        app.state.service = unopened_service()
        try:
            async with patiently(serving) if _may_come_later(settings) else serving():
                yield
        finally:
            del app.state.service

    app = Starlette(lifespan=lifespan, middleware=[Middleware(Observed, metrics=metrics)])
    app.state.condition = condition

    def service_of(_: Scope) -> Service:
        try:
            service: Service = app.state.service
        except AttributeError:
            raise RuntimeError(
                "the server is not started: run it under an ASGI server with lifespan support "
                "(uvicorn has it), or inside 'async with app.router.lifespan_context(app):'"
            ) from None
        return service

    endpoints = Endpoints(settings.dialect, service_of, gate)
    app.user_middleware.append(Middleware(Direct, endpoints=endpoints))  # the innermost

    async def ping() -> None:
        await service_of({}).storage.ping()

    reporter = reporter_of(condition, ping, clock)
    app.router.routes.extend(
        [
            any_text(Mount("/api/v1", Guarded(api(service_of), gate, scope_of_resource))),
            *probes(reporter),
            Route("/metrics", Guarded(figures(metrics), gate, reading)),
            # Last, since it answers every path that is left.
            any_text(Mount("", Doors(endpoints, board(service_of, gate, reporter)))),
        ]
    )
    return app


def prepare_to_stop(app: Starlette) -> None:
    """Let an application know that its server stops: it is not ready any more, nobody waits on.

    Every call that is held is answered and every stream ends, now and from now on. This is for the
    moment in which a server is told to stop: its lifespan ends only after all answers, and one that
    is held would make it wait. Leaving the lifespan does the same.

    Args:
        app: What ``create_app`` returned.
    """
    condition: Condition = app.state.condition
    condition.stop()
    service: Service | None = getattr(app.state, "service", None)
    if service is not None:
        service.release()


def _may_come_later(settings: Settings) -> bool:
    """Return whether the database is another process; a file that cannot be opened stays so."""
    return is_postgres(settings.database)
