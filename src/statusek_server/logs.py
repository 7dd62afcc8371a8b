"""Logs: how what a server says looks on stderr.

Here live the two forms of a line and the handler of a process that serves. As a library the package
only speaks to the logger ``statusek_server`` and leaves handlers to its host. What is said lives
where it happens.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import MemoryHandler
from typing import Final

from statusek_server.setting_values import LogFormat, LogLevel
from statusek_server.trace import CURRENT

NAME: Final = "statusek_server"
"""The name of the logger, and what the names of all others begin with."""


class PlainFormatter(logging.Formatter):
    """A line for people: when, how important, who, what, and the request's identifier."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatTime(  # noqa: N802 - the name is the base class's
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002 - as the base class has it
    ) -> str:
        """Return the moment in UTC, with milliseconds."""
        return _moment(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as above
        """Return the line without a traceback."""
        line = super().formatMessage(record)
        request_id = getattr(record, "request_id", "")
        return f"{line} [{request_id}]" if request_id else line


class JsonFormatter(logging.Formatter):
    """A line for programs: one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", ""):
            fields["request_id"] = request_id
        more: Mapping[str, object] = getattr(record, "fields", {})
        fields.update(more)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _with_request_id(record: logging.LogRecord) -> bool:
    """Attach the identifier while its request is still at hand; a line may be written later."""
    trace = CURRENT.get()
    record.request_id = trace.request_id if trace else ""
    return True


class StderrLog(MemoryHandler):
    """Holds back what is logged until the server answers: a script reads that line first.

    Args:
        form: How a line looks.
    """

    def __init__(self, form: LogFormat) -> None:
        shown = logging.StreamHandler()
        shown.setFormatter(PlainFormatter() if form is LogFormat.PLAIN else JsonFormatter())
        super().__init__(capacity=1000, flushLevel=logging.CRITICAL, target=shown)
        self.addFilter(_with_request_id)

    def let_go(self) -> None:
        """Show what was held back, and everything else at once."""
        self.flush()
        self.capacity = 0


def log_to_stderr(form: LogFormat, level: LogLevel) -> StderrLog:
    """Let this process write its log to stderr, and return the handler.

    Args:
        form: How a line looks.
        level: From which importance on this package's lines are written; others' from warnings on.
    """
    log = StderrLog(form)
    logging.basicConfig(level=logging.WARNING, handlers=[log], force=True)
    logging.getLogger(NAME).setLevel(level.upper())
    # It warns of every broken request that somebody sends.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    return log
