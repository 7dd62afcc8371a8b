"""Probes: what orchestrators and monitors ask a server about itself.

Here live the paths ``/healthz`` (is the process alive?), ``/readyz`` (should it get requests?) and
``/metrics``, which need no dialect. What they say lives in ``condition`` and ``metrics``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from csm import Status, StatusMessage, to_json_string
from statusek_server.clock import Clock
from statusek_server.condition import Condition
from statusek_server.errors import StorageError
from statusek_server.metrics import MEDIA_TYPE, Metrics
from statusek_server.service import Service
from statusek_server.trace import note

PATIENCE: Final = 2.0
"""Seconds in which a database that is well answers."""


Ready = Callable[[Service], Awaitable[StatusMessage]]
"""Returns what a server says about itself and its storage."""


def readiness(condition: Condition, clock: Clock) -> Ready:
    """Return what asks a server whether it should get requests.

    Args:
        condition: What the process knows about itself.
        clock: The clock of the messages.
    """

    async def ready(service: Service) -> StatusMessage:
        trouble = await _trouble(service)
        return condition.ready(clock(), trouble)

    return ready


def probes(
    service: Callable[[Scope], Service], condition: Condition, clock: Clock, ready: Ready
) -> list[Route]:
    """Return the routes of health.

    Args:
        service: Finds the service of a request.
        condition: What the process knows about itself.
        clock: The clock of the messages.
        ready: Returns what the server says about itself.
    """

    async def is_alive(_: Request) -> Response:
        return _response(condition.alive(clock()))

    async def is_ready(request: Request) -> Response:
        return _response(await ready(service(request.scope)))

    return [Route("/healthz", is_alive), Route("/readyz", is_ready)]


def figures(metrics: Metrics) -> ASGIApp:
    """Return the application that answers with all figures.

    Args:
        metrics: The figures.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        note("metrics", "200")
        await Response(metrics.text(), media_type=MEDIA_TYPE)(scope, receive, send)

    return answer


async def _trouble(service: Service) -> str | None:
    """Return what is wrong with the database; errors may name hosts, so they stay in the log."""
    try:
        async with asyncio.timeout(PATIENCE):
            await service.storage.ping()
    except TimeoutError:
        return f"the database does not answer within {PATIENCE:g} seconds"
    except StorageError:
        return "the database does not answer"
    return None


def _response(message: StatusMessage) -> Response:
    is_well = message.status in (Status.OK, Status.WARN)
    return Response(
        to_json_string(message),
        HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE,
        {"cache-control": "no-store"},
        media_type="application/json",
    )
