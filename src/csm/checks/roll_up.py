"""Roll-up: the status of the whole, from the results of its checks.

Only results and the rules over them live here; they are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from csm.checks.check import Check
from csm.identity import Path
from csm.message import StatusMessage
from csm.vocabulary import Status


@attrs.frozen
class CheckResult:
    """What a report says about one check.

    Attributes:
        check: The check.
        message: What it said, or what stands in for that.
        path: The components from the root of the report to the check's own.
        is_late: Whether it did not answer in time, so that the message is not of now.
    """

    check: Check
    message: StatusMessage
    path: Path
    is_late: bool


RollUp: TypeAlias = Callable[[Sequence[CheckResult]], Status]


def worst_of_checks(results: Sequence[CheckResult]) -> Status:
    """Return the worst status of the checks, where one that is not critical counts as WARN at most.

    Args:
        results: The results of all checks that were asked; OK where there are none.
    """
    return Status.worst([Status.OK, *map(_weight, results)])


def _weight(result: CheckResult) -> Status:
    status = result.message.status
    return status if result.check.critical else min(status, Status.WARN)


def checked_status(status: object) -> Status:
    """Return what a rule has returned.

    Raises:
        TypeError: It is no Status.
    """
    if isinstance(status, Status):
        return status
    raise TypeError(f"expected a Status, not {type(status).__name__}")
