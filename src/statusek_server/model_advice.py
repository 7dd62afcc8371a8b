"""Advice about models that are right but odd: what its author may not have meant.

Here live pure functions over one model. Nothing here ever stops a server; what is wrong lives in
``models``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from attrs import frozen

from statusek_server.errors import Problem
from statusek_server.models import Status, StatusModel, StatusType, label


@frozen
class _Prospect:
    """What must have happened before a status can be set, and whether it ever can.

    Args:
        required: The statuses that are set in any case by then.
        obstacle: Why it can never be set, or None.
        ends: Setting it always finishes the instance.
    """

    required: frozenset[str]
    obstacle: str | None
    ends: bool


def advice(model: StatusModel) -> tuple[Problem, ...]:
    """Return what is odd about a model.

    Args:
        model: A model that can be used.
    """
    prospects = _prospects(model)
    return (
        *_of_start(model, prospects),
        *_of_stops(model),
        *_of_obstacles(model, prospects),
    )


def _of_start(model: StatusModel, prospects: Mapping[str, _Prospect]) -> Iterator[Problem]:
    if all(prospects[status.name].ends for status in model.statuses if not status.after):
        yield Problem(label("model", model.name), "finishes at its first status")


def _of_stops(model: StatusModel) -> Iterator[Problem]:
    stops = {s.name for s in model.statuses if s.type is StatusType.STOP}
    for previous, name in model.edges:
        if previous in stops:
            where = f"{label('model', model.name)}, {label('status', previous)}"
            yield Problem(where, f"is a STOP-STATUS, so that '{name}' cannot follow it")


def _of_obstacles(model: StatusModel, prospects: Mapping[str, _Prospect]) -> Iterator[Problem]:
    for status in model.statuses:
        if obstacle := prospects[status.name].obstacle:
            where = f"{label('model', model.name)}, {label('status', status.name)}"
            yield Problem(where, obstacle)


def _prospects(model: StatusModel) -> dict[str, _Prospect]:
    statuses = {s.name: s for s in model.statuses}
    mandatory = frozenset(model.mandatory)
    prospects: dict[str, _Prospect] = {}
    for name in TopologicalSorter({s.name: s.after for s in model.statuses}).static_order():
        prospects[name] = _prospect(statuses[name], statuses, mandatory, prospects)
    return prospects


def _prospect(
    status: Status,
    statuses: Mapping[str, Status],
    mandatory: frozenset[str],
    prospects: Mapping[str, _Prospect],
) -> _Prospect:
    needed = [p for p in status.after if statuses[p].type is StatusType.MANDATORY]
    ways = [[p] for p in status.after] if not needed else [needed]
    open_ways = [way for way in ways if all(_leads_on(prospects[p]) for p in way)]
    required = _required(open_ways or ways, prospects)
    obstacle = None
    if ways and not open_ways:
        obstacle = _obstacle(ways, prospects)
    elif required and mandatory <= required:
        obstacle = "is unreachable: all MANDATORY statuses are set before it"
    ends = status.type is StatusType.STOP or mandatory <= required | {status.name}
    return _Prospect(required, obstacle, ends)


def _leads_on(prospect: _Prospect) -> bool:
    return prospect.obstacle is None and not prospect.ends


def _required(ways: list[list[str]], prospects: Mapping[str, _Prospect]) -> frozenset[str]:
    """Return what is set whichever way was taken."""
    sets = [
        frozenset(way).union(*(prospects[previous].required for previous in way)) for way in ways
    ]
    return sets[0].intersection(*sets[1:]) if sets else frozenset()


def _obstacle(ways: list[list[str]], prospects: Mapping[str, _Prospect]) -> str:
    previous = [name for way in ways for name in way]
    ending = [name for name in previous if prospects[name].ends]
    if ending:
        return f"is unreachable: setting '{ending[0]}' before it finishes the instance"
    never = next(name for name in previous if prospects[name].obstacle)
    return f"can never be set: '{never}' before it cannot"
