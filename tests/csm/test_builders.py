"""The five builders."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

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
    Note,
    NoteBuilder,
    Problem,
    Status,
    StatusMessage,
    StatusMessageBuilder,
    StatusMessageType,
)
from csm.errors import excerpt_of

AT = 1437064108
SIA = MajorComponent(component_name="SIA")


def sia() -> MajorComponentBuilder:
    """A builder of a component."""
    return MajorComponentBuilder.builder().with_major_component_type(MajorComponentType.SIA)


def paths_of(build: Callable[[], object]) -> list[str]:
    """The paths of the problems that a call raises."""
    with pytest.raises(CsmValidationError) as caught:
        build()
    return [problem.path for problem in caught.value.problems]


def test_status_message() -> None:
    """Every argument of a message has its method."""
    note = Note(title="a")
    below = StatusMessage(component=SIA, epoch_seconds_timestamp=0)
    built = (
        StatusMessageBuilder.builder()
        .with_component(sia().build())
        .with_status_message_type(StatusMessageType.CLUSTER_NODE)
        .with_status("WARN")
        .with_epoch_seconds_timestamp(AT)
        .with_iso8601_utc_timestamp("2015-07-16T16:28:28Z")
        .with_timestamp(datetime(2015, 7, 16, 16, 28, 28, tzinfo=UTC))
        .with_note(note)
        .with_notes((note, note))
        .with_sub_statuses([below])
        .with_sub_status(below)
        .build()
    )

    assert built == StatusMessage(
        component=SIA,
        status_message_type="CLUSTER_NODE",
        status=Status.WARN,
        epoch_seconds_timestamp=AT,
        notes=[note] * 3,
        sub_statuses=[below] * 2,
    )


def test_note() -> None:
    """Every argument of a note has its method."""
    built = (
        NoteBuilder.builder()
        .with_title("title")
        .with_action_importance(ActionImportance.HIGH)
        .with_detail("detail")
        .with_data("data")
        .with_data_deserialization_key("key")
        .with_action_to_take("action")
        .build()
    )

    assert built == Note(
        title="title",
        action_importance="HIGH",
        detail="detail",
        data="data",
        data_deserialization_key="key",
        action_to_take="action",
    )


def test_components() -> None:
    """Every argument of the three components has its method."""
    ids: dict[str, Any] = {"secondary_id": "2", "tertiary_id": "3", "quaternary_id": "4"}

    def with_ids(builder: Any) -> object:  # one of three  # noqa: ANN401
        return builder.with_secondary_id("2").with_tertiary_id("3").with_quaternary_id("4").build()

    assert GeneralComponent(component_name="x", **ids) == with_ids(
        GeneralComponentBuilder.builder().with_component_name("x")
    )
    assert MajorComponent(component_name="SIA", **ids) == with_ids(sia())
    assert MajorExternalComponent(component_name="EDW", **ids) == with_ids(
        MajorExternalComponentBuilder.builder().with_major_external_component_type("EDW")
    )


def test_builders_inside_builders_and_constructors() -> None:
    """A builder goes wherever its object goes, and is built with the outer one."""
    inner = (
        StatusMessageBuilder.builder()
        .with_component(sia())
        .with_epoch_seconds_timestamp(AT)
        .with_note(NoteBuilder.builder().with_title("x"))
    )
    expected = StatusMessage(component=SIA, epoch_seconds_timestamp=AT, notes=[Note(title="x")])

    assert expected == inner.build()
    outer = StatusMessage(component=sia(), epoch_seconds_timestamp=AT, sub_statuses=[inner])
    assert (expected,) == outer.sub_statuses
    assert outer == expected.replace(notes=(), sub_statuses=[inner])
    mixed = StatusMessage(component=SIA, epoch_seconds_timestamp=AT, sub_statuses=[expected, inner])
    assert (expected, expected) == mixed.sub_statuses


def test_build_again() -> None:
    """A builder can build again, also after further arguments."""
    builder = StatusMessageBuilder.builder().with_component(SIA).with_epoch_seconds_timestamp(AT)
    first = builder.build()

    assert first == builder.build()
    assert first.replace(notes=[Note(title="x")]) == builder.with_note(Note(title="x")).build()
    assert () == first.notes


def test_one_reading_of_the_clock() -> None:
    """An outer build reads the clock once and shares it with the builders inside."""
    readings = iter([AT + 0.75, 5])

    def build() -> StatusMessage:
        inner = StatusMessageBuilder.builder(clock=lambda: 0).with_component(SIA)
        timed = inner.with_sub_status(
            StatusMessageBuilder.builder().with_component(SIA).with_epoch_seconds_timestamp(7)
        )
        builder = StatusMessageBuilder.builder(clock=lambda: next(readings))
        return builder.with_component(SIA).with_sub_status(timed).build()

    assert [AT, AT, 7] == [each.epoch_seconds_timestamp for _, each in build().walk()]
    assert [5, 5, 7] == [each.epoch_seconds_timestamp for _, each in build().walk()]


def test_no_reading_without_need() -> None:
    """A message that has a time does not read the clock."""

    def clock() -> float:
        pytest.fail("the clock was read")

    builder = StatusMessageBuilder.builder(clock=clock).with_component(SIA)
    assert 5 == builder.with_epoch_seconds_timestamp(5).build().epoch_seconds_timestamp


def test_clock_of_datetimes() -> None:
    """A clock may also return aware datetimes."""
    moment = datetime(2015, 7, 16, 16, 28, 28, 5, UTC)
    builder = StatusMessageBuilder.builder(clock=lambda: moment).with_component(SIA)

    assert AT == builder.build().epoch_seconds_timestamp


NAIVE = datetime(2015, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize("reading", [float("nan"), 1e300, 10**400, True, None, "now", NAIVE])
def test_broken_clock(reading: Any) -> None:  # noqa: ANN401
    """A clock that tells no time is a problem of the timestamp."""
    builder = StatusMessageBuilder.builder(clock=lambda: reading).with_component(SIA)

    with pytest.raises(CsmValidationError) as caught:
        builder.build()
    message = "needs a clock that tells epoch seconds"
    problem = Problem("$.epochSecondsTimestamp", message, excerpt_of(reading))
    assert (problem,) == caught.value.problems


def test_problems_carry_outer_paths() -> None:
    """What is wrong in an inner builder is told from the outer one's root."""
    inner = StatusMessageBuilder.builder().with_note(NoteBuilder.builder().with_detail("x"))
    outer = (
        StatusMessageBuilder.builder()
        .with_component(MajorComponentBuilder.builder().with_major_component_type("SIX"))
        .with_sub_statuses([StatusMessage(component=SIA), inner])
    )

    assert [
        "$.component.componentName",
        "$.subStatuses[1].component",
        "$.subStatuses[1].notes[0].title",
    ] == paths_of(outer.build)
    assert ["$.component", "$.notes[0].title"] == paths_of(inner.build)


def test_builder_of_something_else() -> None:
    """A builder of another object is as wrong as that object."""
    wrong: Any = NoteBuilder.builder().with_title("x")

    assert ["$.component"] == paths_of(lambda: StatusMessage(component=wrong))
    assert ["$.subStatuses[0]"] == paths_of(
        StatusMessageBuilder.builder().with_component(SIA).with_sub_status(wrong).build
    )


def test_builder_inside_itself() -> None:
    """A builder that contains itself is an error, at any distance."""
    outer, inner = (StatusMessageBuilder.builder().with_component(SIA) for _ in range(2))
    outer.with_sub_status(inner)
    inner.with_sub_status(outer)

    assert ["$.subStatuses[0].subStatuses[0]"] == paths_of(outer.build)


def test_builder_used_twice() -> None:
    """A builder may stand in several places."""
    note = NoteBuilder.builder().with_title("x")
    builder = StatusMessageBuilder.builder().with_component(SIA).with_notes([note, note])

    assert (Note(title="x"), Note(title="x")) == builder.build().notes


@pytest.mark.parametrize("first", ["x", None, 5])
def test_appending_what_is_no_sequence(first: Any) -> None:  # noqa: ANN401
    """What is no sequence stays the problem, whatever is appended to it."""
    builder = StatusMessageBuilder.builder().with_component(SIA)
    builder.with_notes(first).with_note(Note(title="x"))

    assert ["$.notes"] == paths_of(builder.build)


def test_deep_builders() -> None:
    """Builders nest as deep as messages, also for a caller that is itself deep."""

    def nested(levels: int) -> StatusMessageBuilder:
        builder = StatusMessageBuilder.builder().with_component(sia())
        for _ in range(levels - 1):
            outer = StatusMessageBuilder.builder().with_component(sia())
            builder = outer.with_sub_status(builder)
        return builder

    def from_deep_inside(frames: int, work: Callable[[], StatusMessage]) -> StatusMessage:
        return work() if frames == 0 else from_deep_inside(frames - 1, work)

    assert 100 == from_deep_inside(500, nested(100).build).height
    for levels in (101, 102, 5_000):
        with pytest.raises(CsmValidationError, match="is more than 100 messages deep"):
            nested(levels).build()


def test_appending_keeps_the_callers_list() -> None:
    """What is appended later never reaches a list that a caller passed in, nor a message built."""
    given = [Note(title="a")]
    builder = StatusMessageBuilder.builder().with_component(GeneralComponent(component_name="db"))
    builder.with_notes(given)
    first = builder.build()
    builder.with_note(Note(title="b"))
    assert [["a"], ["a"], ["a", "b"]] == [
        [note.title for note in notes] for notes in (given, first.notes, builder.build().notes)
    ]
