"""What the answer of a check means, and what an exception becomes."""

from __future__ import annotations

import logging

import pytest

from csm import (
    ActionImportance,
    GeneralComponent,
    Note,
    Status,
    StatusMessage,
    StatusMessageType,
    from_json_string,
    to_json_string,
)
from csm.checks import StatusReporter
from csm.vocabulary import StatusMessageTypeLike
from strategies.checks_kit import join_checks, told

SHOP = GeneralComponent(component_name="shop")
FULL = Note(title="Full")
SWEEP = Note(title="Dusty", action_to_take="Sweep", action_importance=ActionImportance.LOW)


def _asked(answer: object, kind: StatusMessageTypeLike = "COMPONENT") -> StatusMessage:
    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", lambda: answer, status_message_type=kind)
    return reporter.report()


def _nested(height: int, component: GeneralComponent) -> StatusMessage:
    message = StatusMessage(component=component)
    for _ in range(height - 1):
        message = StatusMessage(component=component, sub_statuses=[message])
    return message


@pytest.mark.parametrize(
    ("answer", "status", "notes"),
    [
        (None, "OK", []),
        (True, "OK", []),
        (False, "ERROR", []),
        (Status.CRITICAL, "CRITICAL", []),
        (FULL, "OK", [("Full", None)]),
        (SWEEP, "WARN", [("Dusty", None)]),
        ([FULL, SWEEP], "WARN", [("Full", None), ("Dusty", None)]),
        ((), "OK", []),
    ],
)
def test_an_answer_is_a_status(
    answer: object, status: str, notes: list[tuple[str, str | None]]
) -> None:
    """Truth, statuses and notes are each a message about the check's component."""
    assert [("cellar", status, notes)] == told(_asked(answer))


@pytest.mark.parametrize("answer", [5, "OK", [FULL, "OK"], {"status": "OK"}])
def test_any_other_answer_is_an_error_of_the_check(answer: object) -> None:
    """What cannot be understood is no success; the note says what was expected."""
    (cellar,) = _asked(answer).sub_statuses
    assert (Status.ERROR, "TypeError") == (cellar.status, cellar.notes[0].title)
    assert cellar.notes[0].detail is not None
    assert f"a value of type {type(answer).__name__}: expected a Stat" in cellar.notes[0].detail


def test_a_message_about_the_check_itself_stands_as_it_is() -> None:
    """Only its type becomes that of the check."""
    component = GeneralComponent(component_name="cellar")
    message = StatusMessage(
        component=component, status=Status.WARN, sub_statuses=[_nested(2, SHOP)]
    )
    (cellar,) = _asked(message).sub_statuses
    assert message == cellar
    (cellar,) = _asked(message, "CLUSTER_NODE").sub_statuses
    assert message.replace(status_message_type=StatusMessageType.CLUSTER_NODE) == cellar


def test_a_message_about_something_else_is_put_below_the_check() -> None:
    """The report has the check's component where it always is."""
    other = StatusMessage(component=GeneralComponent(component_name="rack"), status=Status.WARN)
    (cellar,) = _asked(other).sub_statuses
    assert ("cellar", Status.WARN) == (cellar.component.component_name, cellar.status)
    assert (other,) == cellar.sub_statuses


def test_a_message_that_is_too_deep_is_an_error_of_the_check() -> None:
    """What would make the whole report unreadable is not taken into it."""
    (cellar,) = _asked(_nested(100, GeneralComponent(component_name="cellar"))).sub_statuses
    assert (Status.ERROR, ()) == (cellar.status, cellar.sub_statuses)
    assert cellar.notes[0].detail is not None
    assert "a message of 100 levels" in cellar.notes[0].detail


def test_a_deep_message_about_something_else_is_cut() -> None:
    """What is put below the check leaves room for the levels above it."""
    report = _asked(_nested(100, GeneralComponent(component_name="rack")))
    assert 100 == report.height
    assert from_json_string(to_json_string(report)) == report


def _raising(error: BaseException) -> StatusMessage:
    def cellar() -> None:
        raise error

    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", cellar)
    return reporter.report()


class _MuteError(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (OSError("no light"), "no light"),
        (OSError(), None),
        (OSError("two\nlines\x1b[31m"), "two\\nlines\\x1b[31m"),
        (OSError("lone \ud800"), "lone \\ud800"),
        (OSError("at postgresql://shop:h0p$@db/x"), "at postgresql://***@db/x"),
        (_MuteError(), "(its text cannot be had: ZeroDivisionError)"),
        (OSError("x" * 2_000), "x" * 999 + "…"),
        (SystemExit(3), "3"),
        (KeyboardInterrupt(), None),
    ],
)
def test_an_exception_is_an_error_with_its_class_and_its_text(
    error: BaseException, detail: str | None
) -> None:
    """The text is on one line, bounded, and without secrets."""
    expected = [("cellar", "ERROR", [(type(error).__name__, detail)])]
    assert expected == told(_raising(error))


def test_the_log_has_the_places_and_no_values(caplog: pytest.LogCaptureFixture) -> None:
    """A warning tells where it happened, redacted; the exception itself is for debugging only."""
    with caplog.at_level(logging.DEBUG, "csm.checks"):
        _raising(OSError("password=h0p$"))
        join_checks()
    warning, debug = caplog.records
    assert "OSError: password=***; at " in warning.getMessage()
    assert "test_outcome.py" in warning.getMessage()
    assert "h0p$" not in warning.getMessage()
    assert warning.exc_info is None
    assert (logging.DEBUG, True) == (debug.levelno, bool(debug.exc_info))


def test_a_recovery_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """The log says when a check turns bad and when it is well again, not with every report."""
    reporter = StatusReporter(SHOP)
    answers = [Status.OK, Status.ERROR, Status.ERROR, Status.OK, Status.OK]
    reporter.add_check("cellar", lambda: answers.pop(0))
    with caplog.at_level(logging.INFO, "csm.checks"):
        for _ in range(5):
            reporter.report()
            join_checks()
    assert [
        ("WARNING", "check cellar: ERROR"),
        ("INFO", "check cellar: OK again"),
    ] == [(record.levelname, record.getMessage()) for record in caplog.records]
