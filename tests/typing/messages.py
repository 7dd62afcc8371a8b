"""What type checkers are to know about `csm`: checked by both, never run."""

from collections.abc import Iterator
from typing import Any, assert_type

import attrs

from csm import (
    Action,
    Component,
    CsmError,
    CsmValidationError,
    Difference,
    GeneralComponentBuilder,
    MajorComponent,
    MajorComponentBuilder,
    MajorComponentType,
    Note,
    Status,
    StatusMessage,
    StatusMessageBuilder,
    StatusMessageSerializer,
    StatusMessageType,
    actions,
    diff,
    from_json_string,
    json_schema,
    make_converter,
    merge,
    to_json_string,
)
from csm.extra import JsonValue

BILLING = MajorComponentType.register("BILLING")
assert_type(BILLING, MajorComponentType)
assert_type(MajorComponentType.SIA, MajorComponentType)
assert_type(Status.worst([Status.OK]), Status)
assert_type(Status.OK < Status.WARN, bool)

component = MajorComponentBuilder.builder().with_major_component_type(BILLING)
assert_type(component, MajorComponentBuilder)
assert_type(component.build(), MajorComponent)

message = (
    StatusMessageBuilder.builder()
    .with_component(component)
    .with_status(Status.OK)
    .with_sub_status(
        StatusMessageBuilder.builder().with_component(
            GeneralComponentBuilder.builder().with_component_name("Persistence")
        )
    )
    .build()
)
assert_type(message, StatusMessage)
assert_type(message.status, Status)
assert_type(message.status_message_type, StatusMessageType)
assert_type(message.notes, tuple[Note, ...])
assert_type(message.sub_statuses, tuple[StatusMessage, ...])
assert_type(message.epoch_seconds_timestamp, int)
assert_type(message.iso8601_utc_timestamp, str)
assert_type(message.replace(status="WARN"), StatusMessage)
assert_type(message.worst(), Status)

assert_type(to_json_string(message), str)
assert_type(from_json_string("{}"), StatusMessage)
assert_type(StatusMessageSerializer.to_json_string(message), str)
assert_type(StatusMessageSerializer(indent=2).to_json_string(message), str)
assert_type(StatusMessageSerializer.to_json_bytes(message), bytes)


def caught(error: CsmError) -> None:
    if isinstance(error, CsmValidationError):
        assert_type(error.problems[0].path, str)


def trees(message: StatusMessage) -> None:
    for path, node in message.walk():
        assert_type(path, tuple[Component, ...])
        assert_type(node, StatusMessage)
    assert_type(message.find(name="db", status_at_least=Status.WARN), StatusMessage | None)
    assert_type(message.find_all(component=message.component), Iterator[StatusMessage])
    assert_type(message.rolled_up(), StatusMessage)
    assert_type(merge(message.component, {"http://a": message}), StatusMessage)
    assert_type(actions(message), tuple[Action, ...])
    assert_type(actions(message)[0].note.title, str)
    assert_type(diff(message, message), Difference)
    assert_type([str(change) for change in diff(message, message)], list[str])
    assert_type(message.extra["x"], JsonValue)


def payloads(note: Note) -> None:
    assert_type(Note.with_payload(title="x", payload=[1], key="json", detail="y"), Note)
    assert_type(note.load_data(), Any)
    assert_type(note.replace(title="y"), Note)


@attrs.frozen
class Report:
    message: StatusMessage


def conversion(report: Report) -> None:
    converter = make_converter()
    assert_type(converter.structure({}, Report), Report)
    assert_type(StatusMessageSerializer.to_dict(report.message), dict[str, Any])
    assert_type(StatusMessageSerializer.from_dict({}), StatusMessage)
    assert_type(json_schema(), dict[str, Any])
