"""What can be a check, and what its arguments can be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest

from csm import GeneralComponent
from csm.checks import StatusReporter

SHOP = GeneralComponent(component_name="shop")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"timeout": "2"}, TypeError, "timeout= is a number of seconds, not str"),
        ({"timeout": True}, TypeError, "timeout= is a number of seconds, not bool"),
        ({"timeout": 0}, ValueError, "timeout= is 0: expected more than 0 seconds"),
        ({"timeout": float("inf")}, ValueError, "timeout= is inf: expected at least 0"),
        ({"timeout": float("nan")}, ValueError, "timeout= is nan: expected at least 0"),
        ({"cache": -1}, ValueError, "cache= is -1: expected at least 0 seconds"),
        ({"max_age": None}, TypeError, "max_age= is a number of seconds, not NoneType"),
        ({"tags": "readiness"}, TypeError, "tags= is a tuple or set of texts, not str"),
        ({"tags": 5}, TypeError, "tags= is a tuple or set of texts, not int"),
        ({"tags": ("a", 5)}, TypeError, "tags= holds something that is no text"),
        ({"failure_threshold": 0}, ValueError, "failure_threshold= is 0: expected at least 1"),
        ({"success_threshold": 1.5}, TypeError, "success_threshold= is a whole number, not float"),
        ({"success_threshold": True}, TypeError, "success_threshold= is a whole number, not bool"),
        ({"component": "shop"}, TypeError, "component= is a Component, not str"),
        ({"status_message_type": "UNIT"}, ValueError, "UNIT"),
    ],
)
def test_arguments_of_a_check_are_looked_at_when_it_is_added(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    """A wrong argument is told by its name, with what was expected, and nothing is added."""
    reporter = StatusReporter(SHOP)
    with pytest.raises(error, match=text):
        reporter.add_check("cellar", bool, **options)
    assert () == reporter.checks


@pytest.mark.parametrize(
    ("name", "function", "error", "text"),
    [
        (cast("str", 5), bool, TypeError, "the name of a check is a text, not int"),
        ("", bool, ValueError, "the name of a check is empty"),
        (
            "cellar",
            cast("Callable[[], object]", 5),
            TypeError,
            "check 'cellar' is a function, not int",
        ),
    ],
)
def test_a_check_has_a_name_and_a_function(
    name: str, function: Callable[[], object], error: type[Exception], text: str
) -> None:
    """Anything else is refused."""
    with pytest.raises(error, match=text):
        StatusReporter(SHOP).add_check(name, function)


def test_the_name_of_a_check_is_unique() -> None:
    """A second check of a name is refused: the report could not tell them apart."""
    reporter = StatusReporter(SHOP)
    first = reporter.add_check("cellar", bool)
    with pytest.raises(ValueError, match="there is a check 'cellar' already"):
        reporter.add_check("cellar", bool)
    assert (first,) == reporter.checks


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"component": "shop"}, TypeError, "component is a Component, not str"),
        ({"deadline": 0}, ValueError, "deadline= is 0: expected more than 0 seconds"),
        ({"cache": "1"}, TypeError, "cache= is a number of seconds, not str"),
        ({"max_age": -1.0}, ValueError, "max_age= is -1.0: expected at least 0 seconds"),
    ],
)
def test_arguments_of_a_reporter_are_looked_at(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    """A wrong argument of the reporter is told by its name, too."""
    with pytest.raises(error, match=text):
        StatusReporter(**{"component": SHOP, **arguments})


class _Coroutine:
    async def __call__(self) -> bool:
        return True


async def _cellar(answer: bool) -> bool:
    return answer


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (bool, False),
        (lambda: True, False),
        (_Coroutine(), True),
        (partial(_cellar, True), True),
    ],
)
def test_whatever_makes_a_coroutine_is_run_on_a_loop(
    function: Callable[[], object], *, expected: bool
) -> None:
    """Objects with `async def __call__` and partials of coroutine functions are known as such."""
    reporter = StatusReporter(SHOP)
    assert expected is reporter.add_check("cellar", function).is_coroutine
    assert "ERROR" if function is bool else "OK" == reporter.report().status.name
