"""The flat dialect of June 2020: ``status`` is the answer itself, and keys are in the alphabet's order.

Here live its keys and the calls that it has.
"""

from __future__ import annotations

from typing import Final

from statusek_server.answers import (
    Answer,
    Call,
    Created,
    Event,
    Events,
    Finished,
    Presence,
    Refusal,
)
from statusek_server.outcomes import FLAT_TEXTS, Code
from statusek_server.wire.go_json import encode, timestamp

CALLS: Final = frozenset(
    {
        Call.BEAT,
        Call.CHECK_IS_FINISHED,
        Call.CHECK_STATUS_IS_SET,
        Call.CREATE,
        Call.GET_EVENTS,
        Call.SET_STATUS,
    }
)
"""The calls of this dialect; the others are not found."""


def write(call: Call, answer: Answer) -> bytes:
    """Return the body of an answer.

    Args:
        call: What was called.
        answer: What came of it.
    """
    fields: dict[str, object] = {"status": True, **_fields(call, answer)}
    return encode(dict(sorted(fields.items())))


def _fields(call: Call, answer: Answer) -> dict[str, object]:
    match answer:
        case Refusal():
            return _refused(call, answer)
        case Finished(reason=None):
            return {**_said(Code.INSTANCE_IS_NOT_FINISHED), "status": False}
        case Finished():
            return _said(Code.INSTANCE_IS_FINISHED)
        case Presence(is_set=True):
            return _said(Code.STATUS_IS_SET)
        case Presence():
            return {**_said(Code.STATUS_IS_NOT_SET), "status": False}
        case Created(token=token):
            return {**_said(Code.SUCCESS), "instance_token": token}
        case Events(events=events):
            return {**_said(Code.SUCCESS), "events": [_event(event) for event in events] or None}
        case _:
            return _said(Code.SUCCESS)


def _said(code: Code) -> dict[str, object]:
    return {"code": code.value, "message": FLAT_TEXTS[code]}


def _refused(call: Call, refusal: Refusal) -> dict[str, object]:
    code = refusal.code
    if call is Call.CHECK_STATUS_IS_SET and code is Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT:
        # This dialect does not tell a status that is not set from one that the object has not.
        return {**_said(Code.STATUS_IS_NOT_SET), "status": False}
    fields = {"code": code.value, "message": refusal.text(FLAT_TEXTS), "status": False}
    if call is Call.CREATE and code is not Code.PARAMS_PARSING_IS_FAILED:
        fields["instance_token"] = ""
    return fields


def _event(event: Event) -> dict[str, object]:
    return {
        "Status": {
            "ObjectID": event.object_id,
            "StatusID": event.status_id,
            "StatusName": event.status.name,
            "StatusDesc": event.status.description,
            "StatusType": event.status.type.value,
        },
        "EventCreationDt": timestamp(event.created_at),
    }
