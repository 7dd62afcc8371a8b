"""The wire: requests as bytes, answers of both dialects as values.

No other module knows a JSON key, and this one knows neither sockets nor exceptions of the public
tree: what cannot be read raises `NotUnderstoodError`, what the server refuses `RefusalError`, both
translated where the call is known (`calls`).

The dialect is recognised by each answer's own shape, never remembered: a *data* answer has the key
`data`, a *flat* one has not. In flat, `status` is the answer itself, so a false has two meanings
that only the message (or, from our own server, the code) tells apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import NamedTuple, cast

import attrs

from statusek_client import refusals
from statusek_client.fields import (
    JsonObject,
    NotUnderstoodError,
    json_object,
    objects,
    typed,
)
from statusek_client.results import (
    About,
    Event,
    Finish,
    FinishReason,
    Readiness,
)

DATA_DIALECT = "application/vnd.statusek.data+json"
"""The media type to accept: a server of ours then answers in the data dialect."""

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_RFC3339 = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID_IN_PATH = r"([0-9a-fA-F]{8})-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22,}"


@attrs.frozen(repr=False)
class Request:
    """What to send: `path` is relative to the server's base URL and begins with a slash."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        path = re.sub(_UUID_IN_PATH, r"\1…", self.path)
        return f"<Request {self.method} {path}, {len(self.body)} bytes>"


@attrs.frozen(repr=False)
class Response:
    """What came back: the names of `headers` are in lower case."""

    status_code: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<Response {self.status_code}, {len(self.body)} bytes>"

    def header(self, name: str) -> str:
        """Return the value of the header of this lower-case name, "" where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def excerpt(self) -> str:
        """The beginning of the body, as text."""
        return self.body[:200].decode("utf-8", "replace")


class RefusalError(Exception):
    """The server refuses, for the reason `code` (None: unknown), in the words `message`."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Answer(NamedTuple):
    """An answer taken apart; `data` is None in the flat dialect."""

    worked: bool
    message: str
    code: str | None
    fields: JsonObject
    data: JsonObject | None


# Requests


def body_of(fields: Mapping[str, str | int | None]) -> bytes:
    """Return the JSON object of these fields, those that are None left out."""
    return _to_json({key: value for key, value in fields.items() if value is not None}).encode()


def creation(
    object_name: str, instance_timeout: int | None, instance_silence: int | None = None
) -> bytes:
    """Return the body of instance/create; the times are in seconds."""
    return body_of(
        {
            "object_name": object_name,
            "instance_timeout": instance_timeout,
            "instance_silence": instance_silence,
        }
    )


def naming(
    token: str | None = None, status_name: str | None = None, status_message: str | None = None
) -> bytes:
    """Return the body of a call about an instance, a status, or both."""
    return body_of(
        {
            "instance_token": token,
            "status_name": status_name,
            "status_message": status_message,
        }
    )


def asking_for_events(token: str, known: int | None) -> bytes:
    """Return the body of event/getEvents; `known` events are already known to the asker."""
    return body_of({"instance_token": token, "known_events": known})


# Answers


def taken_apart(response: Response) -> Answer:
    """Return the parts of an answer of either dialect, or raise NotUnderstoodError."""
    fields = json_object(response.body)
    data = fields.get("data")
    if "data" in fields and not (data is None or isinstance(data, dict)):
        raise NotUnderstoodError("its 'data' is not an object")
    return Answer(
        worked=typed(fields, "status", bool),
        message=typed(fields, "message", str),
        code=known_code(fields),
        fields=fields,
        data=cast("JsonObject", data or {}) if "data" in fields else None,
    )


def read_token(answer: Answer) -> str:
    """Return the token of a created instance."""
    fields = _success(answer, refusals.OF_CREATE)
    token = typed(fields, "instance_token", str)
    if not token:
        raise NotUnderstoodError("its token is empty")
    try:
        token.encode()
    except UnicodeEncodeError:  # nobody could send it back
        raise NotUnderstoodError("its token holds a lone surrogate") from None
    return token


def read_acceptance(answer: Answer) -> None:
    """Accept the answer to a status that was set."""
    _success(answer, refusals.OF_SET)


def read_finish(answer: Answer) -> Finish:
    """Return whether the instance is finished."""
    if answer.data is None:
        return Finish(
            _flat_verdict(
                answer,
                yes=refusals.INSTANCE_IS_FINISHED,
                no=refusals.INSTANCE_IS_NOT_FINISHED,
                refused=refusals.OF_READ,
            )
        )
    fields = _success(answer, refusals.OF_READ)
    is_finished = typed(fields, "instance_is_finished", bool)
    reason = typed(fields, "instanse_is_finished_description", str)  # sic
    if reason and reason not in _REASONS:
        raise NotUnderstoodError(f"its reason {reason!r} is not known")
    return Finish(is_finished, _REASONS.get(reason))


def read_is_set(answer: Answer) -> bool:
    """Return whether the status is set."""
    if answer.data is None:
        return _flat_verdict(
            answer,
            yes=refusals.STATUS_IS_SET,
            no=refusals.STATUS_IS_NOT_SET,
            refused=refusals.OF_STATUS_READ,
        )
    return typed(_success(answer, refusals.OF_STATUS_READ), "status_is_set", bool)


def read_readiness(answer: Answer) -> Readiness:
    """Return whether the status may be set now."""
    fields = _success(answer, refusals.OF_SET)
    is_ready = typed(fields, "status_is_ready_to_set", bool)
    return Readiness(is_ready, typed(fields, "status_is_ready_to_set_description", str))


def read_events(answer: Answer) -> tuple[Event, ...]:
    """Return the events in their order; where there are none, servers answer null.

    Originals have them in no order, so theirs are brought into that of their times.
    """
    fields = _success(answer, refusals.OF_READ)
    if "events" not in fields:
        raise NotUnderstoodError("it has no 'events'")
    events = map(_event, objects(fields["events"], "events"))
    return tuple(events if answer.code else sorted(events, key=attrgetter("created")))


def read_about(answer: Answer) -> About:
    """Return what the server says of itself."""
    fields = _success(answer, refusals.ANYWHERE)
    return About(typed(fields, "db_version", str), typed(fields, "home page", str))


def keeps_keys(answer: Answer) -> bool:
    """Return whether the server keeps idempotency keys: whoever tells codes does."""
    return answer.code is not None


def known_code(fields: JsonObject) -> str | None:
    """Return the code in an answer, None where it is missing or not known here."""
    code = fields.get("code")
    return code if isinstance(code, str) and code in refusals.KNOWN else None


def instant(text: str) -> datetime:
    """Return the moment of an RFC 3339 date-time, cut to microseconds.

    >>> instant("2020-06-15T02:22:05.38288+03:00").isoformat()
    '2020-06-15T02:22:05.382880+03:00'
    """
    match = re.fullmatch(_RFC3339, text)
    if match is None:
        raise NotUnderstoodError("its time is not an RFC 3339 date-time")
    seconds, fraction, offset = match.groups()
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    try:
        moment = datetime.fromisoformat(seconds + ("+00:00" if offset == "Z" else offset))
    except ValueError:
        raise NotUnderstoodError("its time does not exist") from None
    return moment.replace(microsecond=micros, tzinfo=UTC if offset == "Z" else moment.tzinfo)


# The parts of answers

_REASONS = {reason.value: reason for reason in FinishReason}


def _meaning(answer: Answer) -> str | None:
    read: Callable[[str], str | None] = (
        refusals.code_of_flat if answer.data is None else refusals.code_of_data
    )
    return answer.code or read(answer.message)


def _success(answer: Answer, refused: frozenset[str]) -> JsonObject:
    """Return the fields of a success; raise RefusalError or NotUnderstoodError otherwise."""
    if answer.data is not None:
        if answer.worked:
            return answer.data
        raise RefusalError(_meaning(answer), answer.message)
    if (answer.worked, _meaning(answer)) == (True, refusals.SUCCESS):
        return answer.fields
    raise _flat_refusal(answer, refused)


def _flat_verdict(answer: Answer, *, yes: str, no: str, refused: frozenset[str]) -> bool:
    code = _meaning(answer)
    if (answer.worked, code) in ((True, yes), (False, no)):
        return answer.worked
    raise _flat_refusal(answer, refused)


def _flat_refusal(answer: Answer, refused: frozenset[str]) -> Exception:
    code = _meaning(answer)
    if code in refused and not answer.worked:
        return RefusalError(code, answer.message)
    return NotUnderstoodError(
        f"status {str(answer.worked).lower()} with the message {answer.message[:200]!r}"
        " is not listed for this call"
    )


def _event(item: JsonObject) -> Event:
    status = item.get("Status")
    if not isinstance(status, dict):
        raise NotUnderstoodError("an event has no 'Status'")
    status = cast("JsonObject", status)
    name = typed(status, "StatusName", str)
    if not name and not typed(status, "StatusType", str):
        # What 2.7.2 answers while its storage is away is no status.
        raise RefusalError(refusals.DATABASE_ERROR, "an event came without its status")
    return Event(
        status_name=name,
        status_type=typed(status, "StatusType", str),
        description=typed(status, "StatusDesc", str),
        created=instant(typed(item, "EventCreationDt", str)),
        message=typed(item, "EventMessage", str) if "EventMessage" in item else None,
        object_id=typed(status, "ObjectID", int),
        status_id=typed(status, "StatusID" if "StatusID" in status else "ID", int),
    )
