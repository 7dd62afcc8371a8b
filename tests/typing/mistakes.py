# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with `csm` that type checkers must find: checked by both, never run.

Every comment of a line is an expectation: where a checker finds nothing to ignore, or something
else, it says so.
"""

from csm import (
    ActionImportance,
    GeneralComponent,
    GeneralComponentBuilder,
    MajorComponent,
    MajorComponentBuilder,
    MajorComponentType,
    MajorExternalComponent,
    MajorExternalComponentType,
    Note,
    NoteBuilder,
    Status,
    StatusMessage,
    StatusMessageBuilder,
    StatusMessageSerializer,
    diff,
    from_json_string,
    load_catalogue,
    merge,
    payload_codecs,
)

sia = MajorComponent(component_name="SIA")
note = Note(title="disk 91 % full")
message = StatusMessage(component=sia)

# Constructors: what is missing, misspelt, in the wrong place or of the wrong type.
StatusMessage()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
StatusMessage(sia)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
StatusMessage(component=sia, state="OK")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
StatusMessage(component="SIA")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=note)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, status=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, status="WARNING")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, status_message_type="COMPONENTS")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, status=ActionImportance.LOW)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, epoch_seconds_timestamp="1437064108")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, timestamp=1437064108)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, notes=note)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, notes=["disk full"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, sub_statuses=[sia])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
StatusMessage(component=sia, extra=["x"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Note("disk full")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Note(title=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note(title=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note(title="x", action_importance=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note(title="x", action_importance="CRITICAL")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note(title="x", action_importance=Status.OK)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note(title="x", detail=b"y")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Note.with_payload(title="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
GeneralComponent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
GeneralComponent(component_name=MajorComponentType.SIA)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
GeneralComponent(component_name="x", secondary_id=2)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
GeneralComponent(component_name="x", component_type="GENERAL")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
MajorComponent(component_name=MajorExternalComponentType.EDW)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
MajorExternalComponent(component_name=MajorComponentType.SIA)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Objects cannot be changed.
message.status = Status.OK  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
message.component = sia  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
message.height = 1  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
note.title = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
sia.component_name = MajorComponentType.MADM  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
message.notes.append(note)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
message.extra["x"] = 1  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
message.replace(colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
message.replace(status=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
message.replace(status="MELTED")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
note.replace(title=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
sia.replace(component_name=MajorExternalComponentType.EDW)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Words have an order of their own, and are no text.
Status.OK < ActionImportance.LOW  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
Status.OK < "WARN"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
Status.worst("OK")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Status.MELTED  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
MajorComponentType.register(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Builders.
StatusMessageBuilder.builder().with_status(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_status("Warn")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_state("OK")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
StatusMessageBuilder.builder().with_component(NoteBuilder.builder())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_component(note)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_notes(note)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_note(GeneralComponentBuilder.builder())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_sub_status(NoteBuilder.builder())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder().with_timestamp(0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageBuilder.builder(clock=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
NoteBuilder.builder().with_title(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
NoteBuilder.builder().with_status("OK")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
NoteBuilder.builder().build().status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
GeneralComponentBuilder.builder().with_component_name(MajorComponentType.SIA)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
MajorComponentBuilder.builder().with_component_name("SIA")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
MajorComponentBuilder.builder().with_major_component_type(MajorExternalComponentType.EDW)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Reading, writing and trees.
StatusMessageSerializer(2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
StatusMessageSerializer(indent="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer(extra_keys="drop")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer(unknown_values="ignore")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer(problems="some")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer(engine="orjson")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer.to_json_string()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
StatusMessageSerializer.to_json_string(note)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer().to_json_bytes("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
StatusMessageSerializer.from_dict("{}")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
from_json_string(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
from_json_string({"status": "OK"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
from_json_string("{}").stat  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
load_catalogue(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
message.find("db")  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportCallIssue]
message.find(status_at_least=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
message.find(status_at_least="WORST")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
message.find(name=sia)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
message.find(name="db").status  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
diff(message, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
merge(sia)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
merge("SIA", [message])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
merge(sia, [sia])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
payload_codecs["x"] = payload_codecs["json"]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
payload_codecs.register("x", encode=str)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class Mine(StatusMessage):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    """A message is what it is: nothing can be derived from it."""
