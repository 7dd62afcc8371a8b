"""Probes: what orchestrators and monitors ask a server about itself.

Here live the paths ``/healthz`` (is the process alive?), ``/readyz`` (should it get requests?) and
``/metrics``, which need no dialect. What they say lives in ``condition`` and ``metrics``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from csm.checks import StatusReporter
from csm.web import asgi_app
from statusek_server.metrics import MEDIA_TYPE, Metrics
from statusek_server.trace import note

_PLACES: Final[Mapping[str, str]] = MappingProxyType({"/healthz": "/live", "/readyz": "/ready"})
"""Where a status endpoint has what these paths answer."""


def probes(reporter: StatusReporter) -> list[Route]:
    """Return the routes of health, which everybody may ask in every format.

    Args:
        reporter: Says how the server is.
    """
    endpoint = asgi_app(reporter, details=True)
    return [Route(path, _Probe(endpoint, place)) for path, place in _PLACES.items()]


class _Probe:
    """One path of a status endpoint, under another name."""

    def __init__(self, endpoint: ASGIApp, place: str) -> None:
        self._endpoint = endpoint
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        moved = {**scope, "path": self._place, "root_path": ""}
        await self._endpoint(moved, receive, send)


def figures(metrics: Metrics) -> ASGIApp:
    """Return the application that answers with all figures.

    Args:
        metrics: The figures.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        note("metrics", "200")
        await Response(metrics.text(), media_type=MEDIA_TYPE)(scope, receive, send)

    return answer
