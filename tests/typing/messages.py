"""What type checkers are to know about `csm`: checked by both, never run."""

from typing import assert_type

from csm import (
    CsmError,
    CsmValidationError,
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
    from_json_string,
    to_json_string,
)

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


StatusMessage()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Note(title=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
message.status = Status.OK  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
