"""The roster: what is known of each check, for each route on which it is asked.

Only the choice of states lives here; whoever calls it sees to it that one thread does at a time. A
check that asks another application has a state for every route: an answer that was waited for on
one route, or kept from it, may hold what the asker of another route said itself. Two applications
that ask each other would else wait for each other, or never recover from each other's errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from csm.checks.check import Check
from csm.checks.route import MOST_STEPS, Route
from csm.checks.run import Selection
from csm.checks.state import CheckState

MOST_ROUTES: Final = 16
"""Routes on which others are asked at the same time."""


class Roster:
    """The states of the checks of a reporter.

    Args:
        name: The reporter's application, as routes name it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._own: dict[str, CheckState] = {}
        self._by_route: dict[Route, dict[str, CheckState]] = {}
        self.asks_others: bool = False
        self.tags: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[CheckState]:
        """Iterate over all states."""
        return chain(self._own.values(), *(each.values() for each in self._by_route.values()))

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in the order of the report."""
        return tuple(state.check for state in self._own.values())

    def add(self, check: Check) -> None:
        """Take in one more check.

        Raises:
            ValueError: There is one of that name.
        """
        if check.name in self._own:
            raise ValueError(
                f"there is a check {check.name!r} already: give each a name of its own"
            )
        self._own[check.name] = CheckState(check)
        self.tags |= check.tags
        self.asks_others |= check.asks_others

    def admitted(self, route: Route) -> Route | None:
        """Return the route on which a question is answered; None: without asking others.

        Args:
            route: The applications that the question came through; not empty.
        """
        if not self.asks_others:
            return ()
        if self._name in route or len(route) >= MOST_STEPS:
            return None
        states = self._by_route.pop(route, None)
        if states is None and not self._has_room():
            return None
        self._by_route[route] = states or {}  # the last one that was asked for is the last to go
        return route

    def is_admitted(self, route: Route | None) -> bool:
        """Return whether a route is remembered."""
        return not route or route in self._by_route

    def onward(self, route: Route | None) -> Route:
        """Return the route of a question that a check asks."""
        return (*(route or ()), self._name)

    def chosen(self, selection: Selection) -> list[CheckState]:
        """Return the states of the checks that are asked, in the order of the report."""
        states = (state for state in self._own.values() if _is_in(state.check, selection))
        if not selection.route:
            return list(states)
        routed = self._by_route.setdefault(selection.route, {})
        return [
            routed.setdefault(state.check.name, CheckState(state.check))
            if state.check.asks_others
            else state
            for state in states
        ]

    def _has_room(self) -> bool:
        """Make room for one more route, where one is there that nobody is asked on."""
        if len(self._by_route) < MOST_ROUTES:
            return True
        for route, states in self._by_route.items():
            if all(state.execution is None for state in states.values()):
                del self._by_route[route]
                return True
        return False


def _is_in(check: Check, selection: Selection) -> bool:
    if selection.route is None and check.asks_others:
        return False
    return selection.tags is None or not selection.tags.isdisjoint(check.tags)
