"""The recordings of two original servers: both clients read every recorded answer right.

What an answer means is worked out here from the exchange itself, never with the client's decoder:
from what was asked of which model, in which order, and how much time had passed.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from strategies.client_kit import answer
from strategies.replaying import KINDS, Kind, reader

Json = dict[str, Any]

RECORDINGS = {"flat": "flat-2020-06.jsonl", "data": "data-2.7.2.jsonl"}
CALLS = re.compile("/(instance|status|event)/|/about")

# Which refusal the words of a server are, whatever stands in quotes between them.
WORDS = {
    "Instance token is not found": "InstanceNotFoundError",
    "Object name is not found": "ObjectNotFoundError",
    "Status name is not found for instance": "StatusNotFoundError",
    "Not all previos mandatory statuses are set": "PreviousStatusMissingError",
    "No one previos optional statuses are sets": "PreviousStatusMissingError",
    "At least one next status is set": "NextStatusSetError",
    "is already set": "AlreadySetError",
    "Instance is finished": "InstanceFinishedError",
}


def meaning(row: Json) -> Json:
    """Return what the answer of a recorded exchange means to its caller."""
    if row["http_status"] == 404:
        return {"raises": "AnswerError"}
    answered = json.loads(row["response_body"])
    is_data = "data" in answered
    words = unquoted(answered["message"], json.loads(row.get("request_body") or "{}"))
    if not is_data and (row["path"], words) in VERDICTS:
        return {"returns": VERDICTS[row["path"], words]}
    if not answered["status"]:
        return {"raises": next(name for text, name in WORDS.items() if text in words)}
    fields = answered["data"] if is_data else answered
    return {"returns": RESULTS[row["path"]](fields)}


def unquoted(message: str, body: Json) -> str:
    """Return the words of a message without what it quotes from the request."""
    for value in body.values():
        message = message.replace(f" '{value}'", "")
    return message.removeprefix("ERROR: ")


def events(fields: Json) -> list[Json]:
    return [
        {
            "status_name": event["Status"]["StatusName"],
            "status_type": event["Status"]["StatusType"],
            "description": event["Status"]["StatusDesc"],
            "message": event.get("EventMessage"),
        }
        for event in fields["events"] or ()
    ]


VERDICTS: dict[tuple[str, str], object] = {
    ("/instance/checkIsFinished", "Instance is finished"): {"is_finished": True, "reason": None},
    ("/instance/checkIsFinished", "Instance is not finished"): {
        "is_finished": False,
        "reason": None,
    },
    ("/status/checkStatusIsSet", "Status is set"): True,
    ("/status/checkStatusIsSet", "Status is not set"): False,
}
RESULTS: dict[str, Callable[[Json], object]] = {
    "/instance/create": lambda fields: fields["instance_token"],
    "/status/setStatus": lambda _: None,
    "/instance/checkIsFinished": lambda fields: {
        "is_finished": fields["instance_is_finished"],
        "reason": fields["instanse_is_finished_description"] or None,
    },
    "/status/checkStatusIsSet": lambda fields: fields["status_is_set"],
    "/status/checkStatusIsReadyToSet": lambda fields: {
        "is_ready": fields["status_is_ready_to_set"],
        "description": fields["status_is_ready_to_set_description"],
    },
    "/event/getEvents": events,
    "/about": lambda fields: {
        "db_version": fields["db_version"],
        "home_page": fields["home page"],
    },
}


def rows(shared: Path, dialect: str) -> list[Json]:
    text = (shared / "wire" / RECORDINGS[dialect]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def readings(shared: Path, dialect: str, kind: Kind) -> Iterator[tuple[Json, Json]]:
    """Yield each recorded exchange of a call, and what the client makes of its answer."""
    with reader(kind) as reads:
        for row in rows(shared, dialect):
            if CALLS.match(row["path"]):
                told = answer(
                    row["response_body"],
                    status=row["http_status"],
                    content_type=row["content_type"],
                )
                asked = json.loads(row.get("request_body") or "{}")
                yield row, reads(row["path"], asked, told)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", ["flat", "data"])
def test_every_recorded_answer(dialect: str, kind: Kind, shared: Path) -> None:
    """Every answer that an original gave is read as what it meant."""
    read = 0
    for row, seen in readings(shared, dialect, kind):
        assert meaning(row) == seen, row
        read += 1
    assert {"flat": 221, "data": 264}[dialect] == read


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", ["flat", "data"])
def test_what_was_asked_and_what_was_seen_agree(dialect: str, kind: Kind, shared: Path) -> None:
    """Read through the client, a recorded process makes sense: what was set is what is there."""
    processes = 0
    done: list[str] = []
    for row, seen in readings(shared, dialect, kind):
        body = json.loads(row.get("request_body") or "{}")
        if row["path"] not in RESULTS or row["scenario"] == "unknown-and-malformed":
            continue
        if row["path"] == "/instance/create":
            done = []
            processes += 1
        elif row["path"] == "/status/setStatus" and "returns" in seen:
            done.append(body["status_name"])
        elif row["path"] == "/status/checkStatusIsSet" and "returns" in seen:
            assert (body["status_name"] in done) == seen["returns"], row
        elif row["path"] == "/event/getEvents" and "returns" in seen:
            assert sorted(done) == sorted(event["status_name"] for event in seen["returns"]), row
    assert processes == {"flat": 16, "data": 14}[dialect]
