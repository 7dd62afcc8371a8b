"""Observing: every request has an identifier, is counted, and leaves one line in the log.

Here lives the layer around the application that does so. Forms of lines live in ``logs``, figures
in ``metrics``.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Final
from urllib.parse import quote

from attrs import frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from statusek_server.metrics import Metrics
from statusek_server.trace import CURRENT, Trace, request_id, shortened

logger = logging.getLogger("statusek_server")

HEADER: Final = b"x-request-id"
"""The header that brings the identifier of a request and takes it back."""

GONE: Final = "GONE"
"""The code of a request whose caller did not wait for the answer."""


@frozen(eq=False)
class Observed:
    """An application whose requests are observed.

    Args:
        app: The application.
        metrics: Where requests are counted.
    """

    app: ASGIApp
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and observe it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == HEADER), None)
        trace = Trace(request_id(given))
        CURRENT.set(trace)  # for the rest of its task, in which there is no other request
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                mark = (HEADER, trace.request_id.encode())
                message["headers"] = [*message.get("headers", ()), mark]
            await send(message)

        begun = perf_counter()
        try:
            await self.app(scope, receive, sending)
        except Exception:
            status = 500
            raise
        finally:
            self._observe(scope, trace, status, perf_counter() - begun)

    def _observe(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        code = trace.code or (str(status) if status else GONE)
        self.metrics.answered(trace.call or _endpoint(scope), code, seconds)
        if logger.isEnabledFor(logging.INFO):
            _log(scope, trace, status, code, round(seconds * 1000, 1))


def _endpoint(scope: Scope) -> str:
    """Return the name of the function that answered; there are only as many as routes."""
    return getattr(scope.get("endpoint"), "__name__", "other")


def _log(scope: Scope, trace: Trace, status: int, code: str, milliseconds: float) -> None:
    raw: bytes | None = scope.get("raw_path")
    path = shortened(raw.decode("latin-1") if raw else quote(scope["path"]))
    fields = {
        "method": scope["method"],
        "path": path,
        "status": status,
        "code": code,
        "milliseconds": milliseconds,
    }
    line = "%(method)s %(path)s %(status)d %(code)s %(milliseconds).1f ms"
    if trace.token:
        fields["token"] = trace.token
        line += " token=%(token)s"
    logger.info(line, fields, extra={"fields": fields})
