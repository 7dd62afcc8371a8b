"""Listeners: who is told when a report changes.

Only telling them lives here, each in order, and none in the way of a report.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import attrs

from csm.checks.daemon import DaemonLoop
from csm.checks.outcome import log_exception
from csm.checks.redaction import Redact
from csm.diff import Difference, diff
from csm.message import StatusMessage

Listener: TypeAlias = Callable[[StatusMessage, Difference | None], object]
"""Called with a report and its difference from the one before; None with the first."""


@attrs.define(eq=False)
class _Told:
    listener: Listener
    last: StatusMessage | None = None


class Listeners:
    """Tells listeners what changed, on a thread of their own.

    Args:
        redact: Masks the secrets of a text.
    """

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._daemon = DaemonLoop("csm-checks-listeners")
        self._told: tuple[_Told, ...] = ()

    def add(self, listener: Listener) -> None:
        """Tell one more.

        Raises:
            TypeError: It cannot be called.
        """
        if not callable(listener):
            raise TypeError(f"a listener is a function, not {type(listener).__name__}")
        self._told = (*self._told, _Told(listener))

    def tell(self, message: StatusMessage, compared: StatusMessage) -> None:
        """Tell everybody who has not heard it yet, soon.

        Args:
            message: The report.
            compared: The same without what changes with every report.
        """
        for told in self._told:
            self._daemon.call(partial(self._tell, told, message, compared))

    def _tell(self, told: _Told, message: StatusMessage, compared: StatusMessage) -> None:
        difference = None if told.last is None else diff(told.last, compared)
        told.last = compared
        if difference is None or difference:
            try:
                told.listener(message, difference)
            except Exception as error:  # noqa: BLE001  # it is the application's
                log_exception("a listener", error, self._redact)
