"""Messages, notes and components: construction, rules, and behaviour as values."""

import copy
import inspect
import pickle
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import attrs
import pytest
from hypothesis import given

from csm import (
    ActionImportance,
    Component,
    ComponentType,
    CsmValidationError,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponent,
    MajorExternalComponentType,
    Note,
    Problem,
    Status,
    StatusMessage,
    StatusMessageType,
)
from strategies.csm import components, notes, status_messages

SIA = MajorComponent(component_name="SIA")
AT = 1437064108


def problems_of(make: Callable[[], object]) -> list[tuple[str, str]]:
    """The problems that a call raises, as path and excerpt."""
    with pytest.raises(CsmValidationError) as caught:
        make()
    return [(problem.path, problem.excerpt) for problem in caught.value.problems]


def chain(levels: int) -> StatusMessage:
    """Some messages in one another."""
    message = StatusMessage(component=SIA, epoch_seconds_timestamp=AT)
    for _ in range(levels - 1):
        message = message.replace(sub_statuses=[message])
    return message


def from_deep_inside(work: Callable[[], object], frames: int = 500) -> object:
    """Call from many frames below the caller."""
    return work() if frames == 0 else from_deep_inside(work, frames - 1)


def test_defaults() -> None:
    """A component is all that a message needs."""
    message = StatusMessage(component=SIA)

    assert (StatusMessageType.COMPONENT, Status.OK) == (
        message.status_message_type,
        message.status,
    )
    assert ((), (), {}) == (message.notes, message.sub_statuses, message.extra)
    assert abs(message.timestamp - datetime.now(UTC)) < timedelta(minutes=1)
    assert ActionImportance.NONE is Note(title="x").action_importance


def test_names_for_members() -> None:
    """Enum fields take the name instead of the member."""
    message = StatusMessage(
        component=MajorComponent(component_name="MADM"),
        status="WARN",
        status_message_type="CLUSTER_NODE",
        notes=[Note(title="x", action_importance="HIGH")],
    )

    assert message.component == MajorComponent(component_name=MajorComponentType.MADM)
    assert (Status.WARN, StatusMessageType.CLUSTER_NODE) == (
        message.status,
        message.status_message_type,
    )
    assert (Note(title="x", action_importance=ActionImportance.HIGH),) == message.notes


@pytest.mark.parametrize(
    "given_time",
    [
        {"epoch_seconds_timestamp": AT},
        {"iso8601_utc_timestamp": "2015-07-16T18:28:28.75+02:00"},
        {"timestamp": datetime(2015, 7, 16, 16, 28, 28, 999_999, UTC)},
        {
            "epoch_seconds_timestamp": AT,
            "iso8601_utc_timestamp": "2015-07-16T16:28:28.5Z",
            "timestamp": datetime(2015, 7, 16, 18, 28, 28, 1, timezone(timedelta(hours=2))),
        },
    ],
)
def test_time(given_time: dict[str, Any]) -> None:
    """From any form of the time follow all of them, floored to the second."""
    message = StatusMessage(component=SIA, **given_time)

    assert (AT, "2015-07-16T16:28:28Z", datetime(2015, 7, 16, 16, 28, 28, tzinfo=UTC)) == (
        message.epoch_seconds_timestamp,
        message.iso8601_utc_timestamp,
        message.timestamp,
    )


@pytest.mark.parametrize(
    ("given_time", "paths"),
    [
        ({"epoch_seconds_timestamp": True}, ["$.epochSecondsTimestamp"]),
        ({"epoch_seconds_timestamp": 1.0}, ["$.epochSecondsTimestamp"]),
        ({"epoch_seconds_timestamp": 253_402_300_800}, ["$.epochSecondsTimestamp"]),
        ({"iso8601_utc_timestamp": "yesterday"}, ["$.iso8601UtcTimestamp"]),
        ({"iso8601_utc_timestamp": 5}, ["$.iso8601UtcTimestamp"]),
        ({"timestamp": datetime(2015, 7, 16)}, ["$.timestamp"]),  # noqa: DTZ001
        ({"timestamp": AT}, ["$.timestamp"]),
        (
            {"epoch_seconds_timestamp": AT, "iso8601_utc_timestamp": "2015-07-16T16:28:29Z"},
            ["$.iso8601UtcTimestamp"],
        ),
        (
            {"epoch_seconds_timestamp": AT, "timestamp": datetime(2016, 1, 1, tzinfo=UTC)},
            ["$.timestamp"],
        ),
        (
            {
                "epoch_seconds_timestamp": AT,
                "iso8601_utc_timestamp": "2015-07-16T16:28:28Z",
                "timestamp": datetime(2016, 1, 1, tzinfo=UTC),
            },
            ["$.timestamp"],
        ),
        (
            {"epoch_seconds_timestamp": "1", "iso8601_utc_timestamp": "2"},
            ["$.epochSecondsTimestamp", "$.iso8601UtcTimestamp"],
        ),
    ],
)
def test_wrong_time(given_time: dict[str, Any], paths: list[str]) -> None:
    """A wrong or contradictory time is a problem at its key."""
    assert paths == [
        path for path, _ in problems_of(lambda: StatusMessage(component=SIA, **given_time))
    ]


def test_times_that_contradict_each_other() -> None:
    """Who gives several forms of the time learns which second each of them names."""
    with pytest.raises(CsmValidationError) as caught:
        StatusMessage(
            component=SIA, epoch_seconds_timestamp=AT, timestamp=datetime(2016, 1, 1, tzinfo=UTC)
        )

    message = (
        "must name the same second: "
        "epochSecondsTimestamp 2015-07-16T16:28:28Z and timestamp 2016-01-01T00:00:00Z"
    )
    assert (Problem("$.timestamp", message),) == caught.value.problems


def test_what_a_wrong_time_should_be() -> None:
    """A problem of one form of the time says what is expected of it, and what was there."""
    with pytest.raises(CsmValidationError) as caught:
        StatusMessage(component=SIA, iso8601_utc_timestamp="yesterday")

    message = "must be an RFC 3339 date-time with an offset, in the years 1 to 9999"
    assert (Problem("$.iso8601UtcTimestamp", message, "'yesterday'"),) == caught.value.problems


def test_all_problems_at_once() -> None:
    """A constructor tells everything that is wrong, by path."""
    wrong: Any = {"status": "MELTED", "status_message_type": 5, "notes": "x", "sub_statuses": [SIA]}

    assert [
        ("$.component", ""),
        ("$.statusMessageType", "5"),
        ("$.status", "'MELTED'"),
        ("$.notes", "'x'"),
        ("$.subStatuses[0]", "a MajorComponent"),
    ] == problems_of(lambda: StatusMessage(**wrong))


ANY_NOTE: Any = Note
ANY_GENERAL: Any = GeneralComponent
ANY_MAJOR: Any = MajorComponent
ANY_MESSAGE: Any = StatusMessage


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (ANY_NOTE, ("$.title", "")),
        (lambda: Note(title=""), ("$.title", "''")),
        (lambda: ANY_NOTE(title=None), ("$.title", "None")),
        (lambda: ANY_NOTE(title=5), ("$.title", "5")),
        (lambda: Note(title="\ud800"), ("$.title", r"'\ud800'")),
        (lambda: ANY_NOTE(title="x", detail=5), ("$.detail", "5")),
        (lambda: ANY_NOTE(title="x", action_importance="SOON"), ("$.actionImportance", "'SOON'")),
        (lambda: Note(title="x", extra={"data": 1}), ("$.data", "")),
        (lambda: Note(title="x", extra={"x": {"y": float("nan")}}), ("$.x.y", "nan")),
        (lambda: SIA.replace(extra={"componentName": 1}), ("$.componentName", "")),
        (lambda: chain(1).replace(extra={"status": 1}), ("$.status", "")),
        (ANY_GENERAL, ("$.componentName", "")),
        (lambda: GeneralComponent(component_name=""), ("$.componentName", "''")),
        (ANY_MAJOR, ("$.componentName", "")),
        (lambda: MajorComponent(component_name="EDW"), ("$.componentName", "'EDW'")),
        (lambda: MajorExternalComponent(component_name="SIA"), ("$.componentName", "'SIA'")),
        (
            lambda: ANY_MAJOR(component_name=MajorExternalComponentType.EDW),
            ("$.componentName", "a MajorExternalComponentType"),
        ),
        (lambda: ANY_MESSAGE(component="SIA"), ("$.component", "'SIA'")),
        (lambda: ANY_MESSAGE(component=SIA, status=None), ("$.status", "None")),
        (lambda: ANY_MESSAGE(component=SIA, notes="x"), ("$.notes", "'x'")),
        (lambda: ANY_MESSAGE(component=SIA, notes=[5]), ("$.notes[0]", "5")),
        (lambda: ANY_MESSAGE(component=SIA, sub_statuses=None), ("$.subStatuses", "None")),
    ],
)
def test_one_problem(make: Callable[[], object], problem: tuple[str, str]) -> None:
    """A missing or wrong value is a problem at its path."""
    assert [problem] == problems_of(make)


def test_hint() -> None:
    """A problem says what was expected and the nearest name."""
    with pytest.raises(CsmValidationError) as caught:
        ANY_MESSAGE(component=SIA, status="ERR")

    message = "must be one of OK, WARN, ERROR, CRITICAL; did you mean ERROR?"
    assert (Problem("$.status", message, "'ERR'"),) == caught.value.problems


def test_unknown_keyword() -> None:
    """A keyword that does not exist is Python's own error."""
    unknown: Any = {"colour": "red"}
    for make in (StatusMessage, Note, GeneralComponent, MajorComponent, MajorExternalComponent):
        with pytest.raises(TypeError, match="colour"):
            make(**unknown)


def test_component_is_abstract() -> None:
    """Only the three kinds of component exist."""
    with pytest.raises(TypeError, match="Component is abstract"):
        Component()
    assert {ComponentType.GENERAL, ComponentType.MAJOR, ComponentType.MAJOR_EXTERNAL} == {
        GeneralComponent.component_type,
        MajorComponent.component_type,
        MajorExternalComponent.component_type,
    }


def test_strings_become_plain() -> None:
    """A subclass of str is taken as the plain string it holds."""

    class Titles(StrEnum):
        FULL = "disk full"

    title = Note(title=Titles.FULL, detail=Titles.FULL).title

    assert ("disk full", str) == (title, type(title))


@given(status_messages())
def test_copies_are_the_object_itself(message: StatusMessage) -> None:
    """Copying is free: nothing can change the object."""
    assert copy.copy(message) is message
    assert copy.deepcopy(message) is message


@given(status_messages())
def test_pickle(message: StatusMessage) -> None:
    """A pickled object is an equal one, with the same hash."""
    for each in (message, message.component, *message.notes):
        again = pickle.loads(pickle.dumps(each))
        assert again == each
        assert hash(again) == hash(each)
        assert type(again) is type(each)


@given(status_messages(), status_messages())
def test_equality(one: StatusMessage, other: StatusMessage) -> None:
    """Messages are equal exactly when all their fields are."""
    same = all(
        getattr(one, field.name) == getattr(other, field.name)
        for field in attrs.fields(StatusMessage)
    )

    assert same is (one == other)
    assert same is not (one != other)
    assert one != "message"
    assert one == one.replace()


@pytest.mark.parametrize(
    "changes",
    [
        {"component": MajorComponent(component_name="MADM")},
        {"component": GeneralComponent(component_name="SIA")},
        {"status": "WARN"},
        {"status_message_type": "CLUSTER_NODE"},
        {"epoch_seconds_timestamp": AT + 1},
        {"notes": [Note(title="x")]},
        {"sub_statuses": [chain(1)]},
        {"extra": {"x": 1}},
    ],
)
def test_every_field_counts(changes: dict[str, Any]) -> None:
    """A change of any field makes another message."""
    message = chain(1)

    assert message != message.replace(**changes)
    assert chain(2) != chain(2).replace(sub_statuses=[message.replace(**changes)])


def test_parts_that_are_shared() -> None:
    """That some parts are the very same says nothing about the others."""
    same, one, another = chain(1), chain(2), chain(3)
    for first, second in (([same, one], [same, another]), ([one, same], [another, same])):
        assert chain(1).replace(sub_statuses=first) != chain(1).replace(sub_statuses=second)


def test_hashes_differ() -> None:
    """Messages that differ anywhere have hashes of their own, but for unknown keys."""
    messages = [chain(1), chain(2), chain(3), chain(2).replace(status="WARN")]

    assert 4 == len(set(map(hash, messages)))


def test_pickle_of_a_tree() -> None:
    """A tree with branches of all lengths comes out of a pickle as it went in."""
    branches = [chain(2), chain(1), chain(3).replace(sub_statuses=[chain(1), chain(2)])]
    message = chain(1).replace(sub_statuses=[*branches, chain(1).replace(sub_statuses=branches)])

    assert message == pickle.loads(pickle.dumps(message))


def test_repr_needs_few_frames() -> None:
    """What is shown grows with the tree, the stack does not."""
    message, limit = chain(90), sys.getrecursionlimit()
    frames = len(inspect.stack(0))
    sys.setrecursionlimit(frames + 80)
    try:
        shown = repr(message)
    finally:
        sys.setrecursionlimit(limit)

    assert 90 == shown.count("StatusMessage(")


@given(components(), notes())
def test_repr_can_be_evaluated(component: Component, note: Note) -> None:
    """What an object shows is the call that makes it."""
    names: dict[str, Any] = {
        each.__name__: each
        for each in (
            ActionImportance,
            GeneralComponent,
            MajorComponent,
            MajorComponentType,
            MajorExternalComponent,
            MajorExternalComponentType,
            Note,
            Status,
            StatusMessage,
            StatusMessageType,
        )
    }
    message = StatusMessage(component=component, notes=[note], sub_statuses=[chain(1), chain(2)])

    assert message == eval(repr(message), names)


def test_objects_are_immutable() -> None:
    """Assigning and deleting raise AttributeError; there is no room for other attributes."""
    for each in (chain(1), SIA, Note(title="x")):
        for name in [*(field.name for field in attrs.fields(type(each))), "other"]:
            with pytest.raises(AttributeError):
                setattr(each, name, "x")
            with pytest.raises(AttributeError):
                delattr(each, name)
        assert not hasattr(each, "__dict__")


def test_replace() -> None:
    """A changed copy differs only in what was changed."""
    message = chain(2)

    assert message.replace(status="ERROR") == StatusMessage(
        component=SIA,
        status=Status.ERROR,
        epoch_seconds_timestamp=AT,
        sub_statuses=message.sub_statuses,
    )
    assert Note(title="b", detail="c") == Note(title="a", detail="c").replace(title="b")
    assert Note(title="a") == Note(title="a", detail="c").replace(detail=None)
    assert SIA.replace(secondary_id="1") == MajorComponent(component_name="SIA", secondary_id="1")
    assert (
        "EDW"
        == MajorExternalComponent(component_name="DSB")
        .replace(component_name="EDW")
        .component_name.name
    )
    assert "b" == GeneralComponent(component_name="a").replace(component_name="b").component_name


@pytest.mark.parametrize(
    "change",
    [
        {"epoch_seconds_timestamp": 5},
        {"iso8601_utc_timestamp": "1970-01-01T00:00:05Z"},
        {"timestamp": datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)},
    ],
)
def test_replace_time(change: dict[str, Any]) -> None:
    """A new time, given in one form, replaces both."""
    changed = chain(1).replace(**change)

    assert (5, "1970-01-01T00:00:05Z") == (
        changed.epoch_seconds_timestamp,
        changed.iso8601_utc_timestamp,
    )


def test_replace_with_nonsense() -> None:
    """A changed copy obeys the same rules."""
    melted: Any = "MELTED"
    assert [("$.status", "'MELTED'")] == problems_of(lambda: chain(1).replace(status=melted))
    unknown: Any = {"colour": "red"}
    with pytest.raises(TypeError, match="colour"):
        chain(1).replace(**unknown)


def test_height() -> None:
    """A message knows how many levels it has."""
    assert [1, 2, 100] == [chain(levels).height for levels in (1, 2, 100)]
    assert [1, 2] == [chain(levels).replace(status="WARN").height for levels in (1, 2)]
    for below, height in (((), 1), ([], 1), ([chain(1)], 2), ((chain(1), chain(3), chain(2)), 4)):
        assert height == StatusMessage(component=SIA, sub_statuses=below).height


def test_one_level_too_many_by_constructor() -> None:
    """A message over one of full depth, otherwise as simple as can be, is refused."""
    deepest = chain(100)
    with pytest.raises(CsmValidationError) as caught:
        StatusMessage(
            component=deepest.component, sub_statuses=[StatusMessage(component=SIA), deepest]
        )

    assert (Problem("$", "is more than 100 messages deep"),) == caught.value.problems


def test_signature() -> None:
    """What must be given is no default in a signature."""
    parameters = inspect.signature(Note).parameters

    assert "<missing>" == repr(parameters["title"].default)
    assert parameters["detail"].default is None


def test_one_level_too_many() -> None:
    """A message of more than a hundred levels cannot be built."""
    with pytest.raises(CsmValidationError) as caught:
        chain(101)

    assert (Problem("$", "is more than 100 messages deep"),) == caught.value.problems


@pytest.mark.parametrize(
    "work",
    [
        lambda one, other: one == other,
        lambda one, other: hash(one) == hash(other),
        lambda one, other: repr(one) == repr(other),
        lambda one, other: pickle.loads(pickle.dumps(one)) == other,
        lambda one, other: pickle.loads(pickle.dumps(one, 0)) == other,
        lambda one, other: copy.deepcopy(one) == other,
        lambda one, other: one.replace() == other,
        lambda one, other: len(list(one.walk())) == other.height,
    ],
)
def test_full_depth(work: Callable[[StatusMessage, StatusMessage], bool]) -> None:
    """At full depth everything works, also for a caller that is itself deep."""
    one, other = chain(100), chain(100)

    assert from_deep_inside(lambda: work(one, other)) is True


def test_trees() -> None:
    """The methods for trees do what the functions do."""
    database = GeneralComponent(component_name="database")
    below = StatusMessage(component=database, status="ERROR", epoch_seconds_timestamp=AT)
    message = StatusMessage(component=SIA, epoch_seconds_timestamp=AT, sub_statuses=[below])

    assert [((SIA,), message), ((SIA, database), below)] == list(message.walk())
    criteria: Any
    for criteria in ({"component": database}, {"name": "database"}, {"status_at_least": "WARN"}):
        assert message.find(**criteria) is below
        assert [below] == list(message.find_all(**criteria))
    assert [message, below] == list(message.find_all())
    assert Status.ERROR is message.worst()
    assert Status.ERROR is message.rolled_up().status


def test_payload() -> None:
    """A note carries a value as its data and gives it back."""
    note = Note.with_payload(title="numbers", payload={"a": [1, 2]}, action_importance="LOW")

    assert ("json", ActionImportance.LOW) == (note.data_deserialization_key, note.action_importance)
    assert {"a": [1, 2]} == note.load_data()


def test_repr_of_the_deepest_message() -> None:
    """A message of full depth that holds the deepest value can be shown 500 frames down."""
    value: Any = "x"
    for _ in range(100):
        value = [value]
    component = GeneralComponent(component_name="db")
    message = StatusMessage(component=component, extra={"deep": value})
    for _ in range(99):
        message = StatusMessage(component=component, sub_statuses=[message])

    def shown_from(frames: int) -> str:
        return shown_from(frames - 1) if frames else repr(message)

    assert shown_from(500).count("StatusMessage(") == 100


@pytest.mark.parametrize("cls", [StatusMessage, Note, GeneralComponent, MajorComponent])
def test_final_classes_say_so(cls: type[Any]) -> None:
    """What a constructor would not make cannot be declared."""
    with pytest.raises(TypeError, match=f"{cls.__name__} cannot be derived from"):
        type("Own", (cls,), {})


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace came with Python 3.13")
def test_the_standard_library_replaces_too() -> None:
    """`copy.replace` does what the method does: a new time in one form replaces both."""
    replace: Any = copy.replace  # type: ignore[attr-defined, unused-ignore]
    message = StatusMessage(component=SIA, epoch_seconds_timestamp=5)
    assert message.replace(epoch_seconds_timestamp=7) == replace(message, epoch_seconds_timestamp=7)
