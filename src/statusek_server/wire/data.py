"""The data dialect of 2023 to 2.7.2: ``status`` says if the call worked, ``data`` what it found.

Here live its keys, *instanse* included.
"""

from __future__ import annotations

from statusek_server.answers import (
    About,
    Answer,
    Call,
    Created,
    Event,
    Events,
    Finished,
    Presence,
    Readiness,
)
from statusek_server.outcomes import DATA_TEXTS, Refusal
from statusek_server.wire.go_json import encode, timestamp

CALLS = frozenset(Call)
"""The calls of this dialect: all of them."""


def write(call: Call, answer: Answer) -> bytes:  # noqa: ARG001 - the dialects are written alike
    """Return the body of an answer.

    Args:
        call: What was called.
        answer: What came of it.
    """
    fields: dict[str, object] = {
        "status": not isinstance(answer, Refusal),
        "message": answer.text(DATA_TEXTS) if isinstance(answer, Refusal) else "",
        "code": answer.code.value,
        "data": _data(answer),
    }
    return encode(fields)


def _data(answer: Answer) -> dict[str, object]:
    data: dict[str, object] = {}
    match answer:
        case Created(token=token):
            data["instance_token"] = token
        case Finished(reason=reason):
            data["instance_is_finished"] = reason is not None
            data["instanse_is_finished_description"] = reason.value if reason else ""
        case Presence(is_set=is_set):
            data["status_is_set"] = is_set
        case Readiness(obstacle=obstacle):
            data["status_is_ready_to_set"] = obstacle is None
            data["status_is_ready_to_set_description"] = (
                obstacle.text(DATA_TEXTS) if obstacle else ""
            )
        case Events(events=events):
            data["events"] = [_event(event) for event in events] or None
        case About(version=version, home_page=home_page):
            data["db_version"] = version
            data["home page"] = home_page
        case _:
            pass
    return data


def _event(event: Event) -> dict[str, object]:
    defined_at = timestamp(event.defined_at)
    return {
        "Status": {
            "ID": event.status_id,
            "CreatedAt": defined_at,
            "UpdatedAt": defined_at,
            "DeletedAt": None,
            "ObjectID": event.object_id,
            "StatusName": event.status.name,
            "StatusDesc": event.status.description,
            "StatusType": event.status.type.value,
        },
        "EventMessage": event.message,
        "EventCreationDt": timestamp(event.created_at),
    }
