"""Checks in real processes: exit, fork, the machine's own clock."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


SETUP = """
import os, sys, threading
from csm import GeneralComponent
from csm.checks import StatusReporter
reporter = StatusReporter(GeneralComponent(component_name="shop"), deadline=0.2)
"""


def test_a_blocked_check_holds_up_neither_the_report_nor_the_exit() -> None:
    """With a thread that never ends the report comes at its deadline, and the process ends."""
    run = _run(
        SETUP
        + "reporter.add_check('cellar', threading.Event().wait)\n"
        + "print(reporter.report().sub_statuses[0].notes[1].title)"
    )
    assert (0, "No answer for 0.2 s\n", "") == (run.returncode, run.stdout, run.stderr)


def test_a_library_without_logging_is_silent() -> None:
    """What a check raises is in the report and not on standard error."""
    run = _run(
        SETUP + "reporter.add_check('cellar', lambda: 1 / 0)\n"
        "print(reporter.report().sub_statuses[0].notes[0].title)"
    )
    assert (0, "ZeroDivisionError\n", "") == (run.returncode, run.stdout, run.stderr)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_checks_go_on_after_a_fork() -> None:
    """The child has none of the threads: everything starts anew there, the renewal too."""
    run = _run(
        SETUP
        + """
import asyncio, warnings
warnings.simplefilter("ignore")  # Python warns of forks with threads; servers do it nevertheless
calls = []
@reporter.check("cellar")
async def cellar():
    calls.append(None)
reporter.add_check("attic", lambda: True)
told = threading.Event()
reporter.on_change(lambda message, difference: told.set())
reporter.start_refreshing(every=3600)
assert told.wait(30)
child = os.fork()
told.clear()
if child == 0:
    before = len(calls)
    message = reporter.report()
    assert message.status.name == "OK" and len(message.sub_statuses) == 2
    assert len(calls) == before + 1
    assert reporter.report() is message  # renewed by itself again
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    )
    assert (0, "") == (run.returncode, run.stderr)
