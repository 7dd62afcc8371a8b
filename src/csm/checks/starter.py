"""The starter: has checks called, in threads or on event loops, without waiting until they are.

Only where a check runs is decided here. To start a thread means to wait until it runs, which on a
busy machine takes as long as it takes; so a thread does that for everybody, and whoever asks for a
report waits for its deadline and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from csm.checks.daemon import DaemonLoop
from csm.checks.execution import Execution
from csm.checks.run import Loop


class Starter:
    """Starts executions; one that cannot be started fails."""

    def __init__(self) -> None:
        self._own_loop = DaemonLoop("csm-checks")
        self._threads = DaemonLoop("csm-checks-starter")

    def start(self, executions: Iterable[Execution], loop: Loop) -> None:
        """Have checks called.

        Args:
            executions: The calls.
            loop: Where coroutine functions run; None for a loop of our own.
        """
        plain: list[Execution] = []
        for execution in executions:
            if execution.check.is_coroutine:
                self._start_task(execution, loop)
            else:
                plain.append(execution)
        if not plain:
            return
        try:
            self._threads.call(partial(_start_threads, plain))
        except RuntimeError as error:  # the system has no thread left
            for execution in plain:
                execution.fail(error)

    def _start_task(self, execution: Execution, loop: Loop) -> None:
        try:
            is_usable = loop is not None and not loop.is_closed()
            execution.start_task(loop if loop and is_usable else self._own_loop.loop)
        except RuntimeError as error:
            execution.fail(error)


def _start_threads(executions: Iterable[Execution]) -> None:
    for execution in executions:
        try:
            execution.start_thread()
        except RuntimeError as error:  # the system has no thread left
            execution.fail(error)
