"""The flat dialect of June 2020: ``status`` is the answer itself, the keys are sorted.

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
    Presence,
)
from statusek_server.outcomes import FLAT_TEXTS, Code, Refusal
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

AFFIRMATIVE: Final = frozenset({Code.SUCCESS, Code.INSTANCE_IS_FINISHED, Code.STATUS_IS_SET})
"""The codes that answer yes, unless they refuse."""

NO_SUCH_STATUS: Final = Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT
"""The refusal that is an answer here: a status that the object lacks is not set."""

UNREAD: Final = Code.PARAMS_PARSING_IS_FAILED
"""The refusal of a create call that does not even name the token that it has not made."""


def write(call: Call, answer: Answer) -> bytes:
    """Return the body of an answer.

    Args:
        call: What was called.
        answer: What came of it.
    """
    if call is Call.CHECK_STATUS_IS_SET and answer.code is NO_SUCH_STATUS:
        answer = Presence(is_set=False)
    more: dict[str, object] = {}
    match answer:
        case Created(token=token):
            more["instance_token"] = token
        case Events(events=events):
            more["events"] = [_event(event) for event in events] or None
        case Refusal(code=code) if call is Call.CREATE and code is not UNREAD:
            more["instance_token"] = ""
        case _:
            pass
    code, message = answer.code, FLAT_TEXTS[answer.code]
    if isinstance(answer, Refusal):
        message = answer.text(FLAT_TEXTS)
    affirmed = code in AFFIRMATIVE and not isinstance(answer, Refusal)
    fields = {"code": code.value, "message": message, "status": affirmed, **more}
    return encode(dict(sorted(fields.items())))


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
