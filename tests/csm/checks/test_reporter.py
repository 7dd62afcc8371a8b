"""The reporter: what is asked, by whom, and what the whole is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from csm import ActionImportance, GeneralComponent, Note, Status
from csm.checks import CheckResult, RollUp, StatusReporter, worst_of_checks
from strategies.checks_kit import told

pytestmark = pytest.mark.anyio

SHOP = GeneralComponent(component_name="shop")


def test_a_report_has_every_check_below_its_component() -> None:
    """Plain functions and coroutine functions answer side by side."""
    reporter = StatusReporter(SHOP)

    @reporter.check("cellar")
    def cellar() -> bool:
        return True

    @reporter.check("shelf", critical=False)
    async def shelf() -> Status:
        return Status.CRITICAL

    report = reporter.report()
    assert (SHOP, Status.WARN) == (report.component, report.status)
    assert [("cellar", Status.OK), ("shelf", Status.CRITICAL)] == [
        (below.component.component_name, below.status) for below in report.sub_statuses
    ]


@pytest.mark.parametrize(
    ("critical", "optional", "whole"),
    [
        (Status.OK, Status.OK, Status.OK),
        (Status.OK, Status.WARN, Status.WARN),
        (Status.OK, Status.CRITICAL, Status.WARN),
        (Status.ERROR, Status.CRITICAL, Status.ERROR),
        (Status.CRITICAL, Status.OK, Status.CRITICAL),
    ],
)
def test_an_optional_check_lowers_the_whole_to_warn_at_most(
    critical: Status, optional: Status, whole: Status
) -> None:
    """Only checks that are critical sink the whole."""
    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", lambda: critical)
    reporter.add_check("attic", lambda: optional, critical=False)
    assert whole == reporter.report().status


def test_the_rule_of_the_whole_sees_checks_and_paths() -> None:
    """A rule of one's own may decide by component, path, tags or lateness."""
    seen: list[tuple[str, tuple[str, ...], Status, bool]] = []

    def half_is_enough(results: Sequence[CheckResult]) -> Status:
        seen.extend(
            (
                result.check.name,
                tuple(str(component.component_name) for component in result.path),
                result.message.status,
                result.is_late,
            )
            for result in results
        )
        bad = [result for result in results if result.message.status >= Status.ERROR]
        return Status.ERROR if len(bad) * 2 > len(results) else worst_of_checks(())

    reporter = StatusReporter(SHOP, roll_up=half_is_enough)
    reporter.add_check("a", lambda: False, component=GeneralComponent(component_name="node a"))
    reporter.add_check("b", lambda: True)
    assert Status.OK == reporter.report().status
    assert [
        ("a", ("shop", "node a"), Status.ERROR, False),
        ("b", ("shop", "b"), Status.OK, False),
    ] == seen


@pytest.mark.parametrize(
    ("rule", "error"), [(lambda _: 1 / 0, "ZeroDivisionError"), (lambda _: "OK", "TypeError")]
)
def test_a_rule_that_fails_is_an_error_of_the_whole(rule: RollUp, error: str) -> None:
    """The report comes nevertheless, and says so."""
    reporter = StatusReporter(SHOP, roll_up=rule)
    reporter.add_check("cellar", lambda: True)
    report = reporter.report()
    assert (Status.ERROR, (Note(title="The rule of the whole failed", detail=error),)) == (
        report.status,
        report.notes,
    )
    assert [("cellar", "OK", [])] == told(report)


def test_a_check_turns_bad_and_recovers_by_its_thresholds() -> None:
    """Two bad answers in a row count as bad, three good ones as recovered; a note tells until."""
    reporter = StatusReporter(SHOP)
    answers: list[object] = [True, False, True, False, False, True, True, True]
    reporter.add_check("cellar", lambda: answers.pop(0), failure_threshold=2, success_threshold=3)
    reports = [told(reporter.report())[0] for _ in range(8)]
    bad = ("1 bad in a row, of 2 until it counts", "The last answer was ERROR.")
    good = [
        (f"{number} good in a row, of 3 until it counts", "The last answer was OK.")
        for number in (1, 2)
    ]
    assert [
        ("cellar", "OK", []),
        ("cellar", "OK", [bad]),
        ("cellar", "OK", []),
        ("cellar", "OK", [bad]),
        ("cellar", "ERROR", []),
        ("cellar", "ERROR", [good[0]]),
        ("cellar", "ERROR", [good[1]]),
        ("cellar", "OK", []),
    ] == reports


def test_an_answer_that_does_not_count_yet_is_told_with_its_notes() -> None:
    """Whoever reads the report sees what the check said, although it still counts as good."""
    reporter = StatusReporter(SHOP)
    first = iter([True])

    def cellar() -> object:
        if next(first, False):
            return True
        raise OSError("no light")

    reporter.add_check("cellar", cellar, failure_threshold=3)
    reporter.report()
    held = "The last answer was ERROR (OSError: no light)."
    assert [("1 bad in a row, of 3 until it counts", held)] == told(reporter.report())[0][2]


def test_a_report_reads_as_a_message_with_what_to_do() -> None:
    """The notes of the checks arrive as they were given."""
    reporter = StatusReporter(SHOP)
    sweep = Note(title="Dusty", action_to_take="Sweep", action_importance=ActionImportance.LOW)
    reporter.add_check("cellar", lambda: sweep)
    assert sweep == reporter.report().sub_statuses[0].notes[0]


async def test_a_held_report_is_given_at_once() -> None:
    """Whoever asks asynchronously gets the cached report without a run, too."""
    reporter = StatusReporter(SHOP, cache=60.0)
    reporter.add_check("cellar", lambda: True)
    first = await reporter.report_async()
    assert first is await reporter.report_async()


def test_a_decorator_without_a_name_is_told() -> None:
    """A check that was never added would be a check that is always fine."""
    nameless: Any = StatusReporter(SHOP).check
    with pytest.raises(TypeError, match=r'a check needs a name: @reporter\.check\("database"\)'):
        nameless(lambda: None)
