"""Constructors take a short way for what is nearly always given, and builders the thorough one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs
import pytest

from csm import (
    ActionImportance,
    CsmValidationError,
    GeneralComponent,
    GeneralComponentBuilder,
    MajorComponent,
    MajorComponentBuilder,
    MajorComponentType,
    MajorExternalComponent,
    MajorExternalComponentBuilder,
    MajorExternalComponentType,
    Note,
    NoteBuilder,
    Status,
    StatusMessage,
    StatusMessageBuilder,
    StatusMessageType,
)
from csm.construction import Builder

Arguments: TypeAlias = Mapping[str, Any]
Values: TypeAlias = tuple[Any, ...]


class Text(str):
    """A string that is more than one."""

    __slots__ = ()


TEXTS: Values = ("x", "é", "", None, 5, "\ud800", Text("x"), Text("\ud800"))
EXTRAS: Values = (
    {},
    {"a": 1},
    {"a": object()},
    {"title": "x", "componentName": "x", "notes": []},
    None,
    5,
)
SIA, EDW = MajorComponentType.SIA, MajorExternalComponentType.EDW
NOTE = Note(title="x")
DB = GeneralComponent(component_name="db")
NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001  # a time of no place is what is refused
LEAF = StatusMessage(component=DB, epoch_seconds_timestamp=7)
IDS = dict.fromkeys(("secondary_id", "tertiary_id", "quaternary_id"), TEXTS)
WORDS: Values = (None, 5, [], "", "MELTED", Text("OK"), Status.OK, SIA, Status.kept("MELTED"))
NOTES: Values = (
    (),
    [],
    [NOTE],
    (NOTE,),
    [NOTE, 5],
    [LEAF],
    5,
    None,
    "x",
    [NoteBuilder().with_title("y")],
)
SUBS: Values = ((), [], [LEAF], (LEAF, LEAF), [LEAF, 5], [NOTE], 5, None, [StatusMessageBuilder()])


@attrs.frozen
class Case:
    """A class with good arguments, and with values for each that are good or bad."""

    cls: type[Any]
    builder: type[Builder[Any]]
    full: Arguments
    values: Mapping[str, Values]


CASES = (
    Case(
        GeneralComponent,
        GeneralComponentBuilder,
        {"component_name": "db", "secondary_id": "a", "tertiary_id": "b", "quaternary_id": "c"},
        {"component_name": (*TEXTS, SIA), **IDS, "extra": EXTRAS},
    ),
    Case(
        MajorComponent,
        MajorComponentBuilder,
        {"component_name": SIA, "secondary_id": "a", "tertiary_id": "b", "quaternary_id": "c"},
        {"component_name": (*TEXTS, "SIA", "EDW", SIA, EDW), **IDS, "extra": EXTRAS},
    ),
    Case(
        MajorExternalComponent,
        MajorExternalComponentBuilder,
        {"component_name": EDW, "secondary_id": "a", "tertiary_id": "b", "quaternary_id": "c"},
        {"component_name": (*TEXTS, "SIA", "EDW", SIA, EDW), **IDS, "extra": EXTRAS},
    ),
    Case(
        Note,
        NoteBuilder,
        {
            "title": "x",
            "action_importance": "LOW",
            "detail": "a",
            "data": "b",
            "data_deserialization_key": "c",
            "action_to_take": "d",
        },
        {
            "title": TEXTS,
            "action_importance": (*WORDS, "HIGH", *ActionImportance),
            "detail": TEXTS,
            "data": TEXTS,
            "data_deserialization_key": TEXTS,
            "action_to_take": TEXTS,
            "extra": EXTRAS,
        },
    ),
    Case(
        StatusMessage,
        StatusMessageBuilder,
        {
            "component": DB,
            "status_message_type": "CLUSTER_NODE",
            "status": "WARN",
            "epoch_seconds_timestamp": 7,
            "iso8601_utc_timestamp": "1970-01-01T00:00:07Z",
            "notes": [NOTE],
            "sub_statuses": [LEAF],
        },
        {
            "component": (DB, MajorComponent(component_name=SIA), NOTE, None, 5, NoteBuilder()),
            "status_message_type": (*WORDS, "CLUSTER_NODE", *StatusMessageType),
            "status": (*WORDS, "WARN", *Status),
            "epoch_seconds_timestamp": (7, 8, 0, -1, 10**12, -(10**12), True, 7.0, "7"),
            "iso8601_utc_timestamp": (None, "1970-01-01T00:00:07Z", "1970-01-01T00:00:08Z", "", 5),
            "timestamp": (None, datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), NAIVE, 5),
            "notes": NOTES,
            "sub_statuses": SUBS,
            "extra": EXTRAS,
        },
    ),
)


def arguments_of(case: Case) -> Iterator[Arguments]:
    """Everything, each value in the place of a good one, and each beside what must be there."""
    full = case.full
    needed = {"epoch_seconds_timestamp", next(iter(full))} & set(full)
    yield full
    yield {}
    for name, values in case.values.items():
        yield {key: value for key, value in full.items() if key != name}
        for value in values:
            yield {**full, name: value}
            yield {**{key: full[key] for key in needed}, name: value}


def outcome(make: Callable[[], object]) -> object:
    """What is made, with all that can be seen of it, or the problems."""
    try:
        made = make()
    except CsmValidationError as error:
        return error.problems
    return made, repr(made)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.cls.__name__)
def test_both_ways_lead_to_the_same(case: Case) -> None:
    """The same object with every argument in it, or the same problems."""
    for arguments in arguments_of(case):
        thorough = case.builder()
        thorough.arguments.update(arguments)
        assert outcome(thorough.build) == outcome(lambda: case.cls(**arguments)), arguments  # noqa: B023
