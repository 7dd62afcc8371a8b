"""Checks: what is asked, about which component, and within which bounds.

Only the description of a check and its rules live here; running it is in `execution`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from math import isfinite
from typing import TypeAlias, cast

import attrs

from csm.component import Component, GeneralComponent
from csm.vocabulary import StatusMessageType, StatusMessageTypeLike

CheckFunction: TypeAlias = Callable[[], object]


def seconds(name: str, value: object, *, least: float = 0.0) -> float:
    """Return a number of seconds that was given as an argument.

    Args:
        name: The argument, for the error.
        value: What was given.
        least: The smallest number that is allowed.

    Raises:
        TypeError: It is no number.
        ValueError: It is negative, too small, infinite or not a number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}= is a number of seconds, not {type(value).__name__}")
    if not isfinite(value) or value < least:
        raise ValueError(f"{name}= is {value!r}: expected at least {least:g} seconds, and finite")
    return float(value)


def positive(name: str, value: object) -> float:
    """Return a number of seconds that is more than none; arguments and errors as in `seconds`."""
    if (given := seconds(name, value)) > 0:
        return given
    raise ValueError(f"{name}= is {value!r}: expected more than 0 seconds")


def _count(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}= is a whole number, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name}= is {value}: expected at least 1")
    return value


def tags_of(value: object) -> frozenset[str]:
    """Return tags that were given as an argument.

    Raises:
        TypeError: It is no collection of texts; a lone text is none.
    """
    if isinstance(value, str) or not isinstance(value, Collection):
        raise TypeError(f"tags= is a tuple or set of texts, not {type(value).__name__}")
    tags = frozenset(cast("Collection[object]", value))
    if all(isinstance(tag, str) for tag in tags):
        return frozenset(map(str, tags))
    raise TypeError("tags= holds something that is no text")


def makes_coroutine(function: object) -> bool:
    """Return whether calling something makes a coroutine, which an event loop has to run."""
    call = getattr(function, "__call__", None)  # noqa: B004  # of an object that is callable
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


@attrs.frozen(eq=False)
class Check:
    """One thing that a reporter asks.

    Attributes:
        name: Its name, unique in its reporter.
        function: What is called, without arguments.
        component: What it is about.
        status_message_type: What its branch of the report is about.
        timeout: Seconds in which it should answer.
        critical: Whether the whole fails when it does; otherwise the whole has WARN at most.
        tags: The groups it is in.
        cache: Seconds for which its answer holds, so that it is not asked again.
        max_age: Seconds for which its last answer may stand in for one that is late.
        failure_threshold: Bad answers in a row until it counts as bad.
        success_threshold: Good answers in a row until it counts as recovered.
    """

    name: str
    function: CheckFunction
    component: Component
    status_message_type: StatusMessageType
    timeout: float
    critical: bool
    tags: frozenset[str]
    cache: float
    max_age: float
    failure_threshold: int
    success_threshold: int

    @property
    def is_coroutine(self) -> bool:
        """Whether calling it makes a coroutine, which an event loop has to run."""
        return makes_coroutine(self.function)

    @property
    def asks_others(self) -> bool:
        """Whether it asks another application, as `csm.remote` does; its function says so."""
        return getattr(self.function, "asks_others", False) is True


def make_check(  # noqa: PLR0913  # one keyword per field
    name: object,
    function: object,
    *,
    component: Component | None,
    status_message_type: StatusMessageTypeLike,
    timeout: float,
    critical: bool,
    tags: Collection[str],
    cache: float,
    max_age: float,
    failure_threshold: int,
    success_threshold: int,
) -> Check:
    """Return a check; arguments as its attributes.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a check is a text, not {type(name).__name__}")
    if not name:
        raise ValueError("the name of a check is empty")
    if not callable(function):
        raise TypeError(f"check {name!r} is a function, not {type(function).__name__}")
    if component is not None and not isinstance(component, Component):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"component= is a Component, not {type(component).__name__}")
    return Check(
        name=name,
        function=function,
        component=component or GeneralComponent(component_name=name),
        status_message_type=StatusMessageType(status_message_type),
        timeout=positive("timeout", timeout),
        critical=bool(critical),
        tags=tags_of(tags),
        cache=seconds("cache", cache),
        max_age=seconds("max_age", max_age),
        failure_threshold=_count("failure_threshold", failure_threshold),
        success_threshold=_count("success_threshold", success_threshold),
    )
