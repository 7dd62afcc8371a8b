"""The data dialect of 2023 to 2.7.2: ``status`` says whether the call worked, ``data`` what it found.

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
    Refusal,
)
from statusek_server.outcomes import DATA_TEXTS, Code
from statusek_server.wire.go_json import encode, timestamp

CALLS = frozenset(Call)
"""The calls of this dialect: all of them."""


def write(call: Call, answer: Answer) -> bytes:  # noqa: ARG001 - the dialects are written alike
    """Return the body of an answer.

    Args:
        call: What was called.
        answer: What came of it.
    """
    refused = isinstance(answer, Refusal)
    return encode(
        {
            "status": not refused,
            "message": answer.text(DATA_TEXTS) if refused else "",
            "code": answer.code.value if refused else Code.SUCCESS.value,
            "data": {} if refused else _data(answer),
        }
    )


def _data(answer: Answer) -> dict[str, object]:
    match answer:
        case Created(token=token):
            return {"instance_token": token}
        case Finished(reason=reason):
            return {
                "instance_is_finished": reason is not None,
                "instanse_is_finished_description": reason.value if reason else "",
            }
        case Presence(is_set=is_set):
            return {"status_is_set": is_set}
        case Readiness(obstacle=obstacle):
            return {
                "status_is_ready_to_set": obstacle is None,
                "status_is_ready_to_set_description": (
                    obstacle.text(DATA_TEXTS) if obstacle else ""
                ),
            }
        case Events(events=events):
            return {"events": [_event(event) for event in events] or None}
        case About(version=version, home_page=home_page):
            return {"db_version": version, "home page": home_page}
        case _:
            return {}


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
