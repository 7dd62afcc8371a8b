"""Reading answers: moments, dialects, and whatever bytes may come."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_client import Event, errors
from statusek_client.calls import Call
from statusek_client.fields import NotUnderstoodError
from statusek_client.wire import Response, instant
from strategies.client_kit import TOKEN, answer, call_at, data, flat

PATHS = (
    "/instance/create",
    "/status/setStatus",
    "/instance/checkIsFinished",
    "/status/checkStatusIsSet",
    "/status/checkStatusIsReadyToSet",
    "/event/getEvents",
    "/about",
)
KEYS = [
    "status",
    "message",
    "code",
    "data",
    "instance_token",
    "instance_is_finished",
    "instanse_is_finished_description",
    "status_is_set",
    "status_is_ready_to_set",
    "status_is_ready_to_set_description",
    "events",
    "Status",
    "EventMessage",
    "EventCreationDt",
    "StatusName",
    "StatusDesc",
    "StatusType",
    "ObjectID",
    "StatusID",
    "ID",
    "db_version",
]
WORDS = (
    "Success",
    "Instance is finished",
    "Status is set",
    "ERROR: Instance token is not found",
    "Status 'a' is already set for instance 'b'",
    "SUCCESS",
    "INSTANCE_IS_FINISHED",
    "",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), children, max_size=8)
    ),
    max_leaves=12,
)
ANSWERS = st.binary() | JSON.map(lambda value: answer(value).body)
CODES = st.sampled_from([200, 200, 200, 204, 301, 401, 404, 500, 503])


@given(path=st.sampled_from(PATHS), body=ANSWERS, code=CODES)
def test_any_answer_is_a_result_or_an_error_of_ours(path: str, body: bytes, code: int) -> None:
    """Whatever comes back, the caller gets a result or a StatusekError, and nothing else."""
    call = call_at(path, {})
    response = Response(code, (), body)
    error = failure(call, response)
    if error is not None:
        assert (call.request, response) == (error.request, error.answer)
        assert str(error)


def failure(call: Call[Any], response: Response) -> errors.StatusekError | None:
    try:
        call.decode(response)
    except errors.StatusekError as error:
        return error
    return None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"status":true,"message":' + b"[" * 100_000,
        b'{"status":' + b"9" * 100_000 + b',"message":""}',
        "\ufeff{}".encode(),
        '{"status":true,"message":"Success"}'.encode("utf-16"),
        b"\xff\xfe",
    ],
    ids=["deep", "deep inside", "long number", "BOM", "UTF-16", "no UTF-8"],
)
def test_extreme_json_is_not_understood(body: bytes) -> None:
    """Depth, length and encodings that break parsers end as an answer not understood."""
    with pytest.raises(errors.AnswerError):
        call_at("/status/setStatus", {}).decode(Response(200, (), body))


def test_a_token_that_nobody_could_send_is_not_understood() -> None:
    """JSON can write lone surrogates, and UTF-8 cannot."""
    with pytest.raises(errors.AnswerError, match="its token holds a lone surrogate"):
        call_at("/instance/create", {}).decode(answer(data(instance_token="\ud800")))


@given(
    moment=st.datetimes(),
    offset=st.none() | st.integers(-23 * 60 - 59, 23 * 60 + 59),
    digits=st.integers(0, 9),
)
def test_every_rfc_3339_time_is_read_to_the_microsecond(
    moment: datetime, offset: int | None, digits: int
) -> None:
    """A time with any offset and 0 to 9 digits is read, what is beyond microseconds cut off."""
    fraction = f"{moment.microsecond:06d}789"[:digits]
    zone = UTC if offset is None else timezone(timedelta(minutes=offset))
    expected = moment.replace(microsecond=int(fraction.ljust(6, "0")[:6]), tzinfo=zone)
    text = moment.replace(microsecond=0).isoformat() + (f".{fraction}" if fraction else "")
    hours, minutes = divmod(abs(offset or 0), 60)
    sign = "-" if (offset or 0) < 0 else "+"
    suffix = "Z" if offset is None else f"{sign}{hours:02d}:{minutes:02d}"
    assert expected == instant(text + suffix)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020-06-15",
        "2020-06-15T02:22:05",
        "2020-06-15 02:22:05Z",
        "2020-06-15T02:22:05.Z",
        "2020-06-15T02:22:05.0123456789Z",
        "2020-06-15T02:22:05+0300",
        "2020-02-30T02:22:05Z",
        "2020-06-15T24:22:05Z",
        "2020-06-15T02:22:05+24:00",
        "\uff12\uff10\uff12\uff10-06-15T02:22:05Z",
        "2020-06-15T02:22:05Z\n",
    ],
)
def test_a_time_of_another_form_is_not_understood(text: str) -> None:
    """What is not RFC 3339 with an offset is refused, not guessed at."""
    with pytest.raises(NotUnderstoodError):
        instant(text)


@pytest.mark.parametrize("name", ["it's", "' is already set for instance '", "a\nb", "<b>", ""])
@pytest.mark.parametrize(
    ("path", "template", "error"),
    [
        ("/status/setStatus", "ERROR: Instance token '{}' is not found", "InstanceNotFoundError"),
        ("/instance/create", "ERROR: Object name '{}' is not found", "ObjectNotFoundError"),
        (
            "/status/setStatus",
            "ERROR: Status name '{}' is not found for instance 't'",
            "StatusNotFoundError",
        ),
        (
            "/status/setStatus",
            "Not all previos mandatory statuses are set for status '{}'",
            "PreviousStatusMissingError",
        ),
        (
            "/status/setStatus",
            "No one previos optional statuses are sets for status '{}'",
            "PreviousStatusMissingError",
        ),
        (
            "/status/setStatus",
            "At least one next status is set for optional status '{}'",
            "NextStatusSetError",
        ),
        ("/status/setStatus", "Status '{}' is already set for instance 't'", "AlreadySetError"),
        ("/status/setStatus", "Instance '{}' is finished by 'TIMEOUT'", "InstanceFinishedError"),
    ],
)
def test_names_inside_a_refusal_do_not_mislead(
    path: str, template: str, error: str, name: str
) -> None:
    """A refusal is recognised whatever the names that it quotes contain."""
    text = template.format(name)
    with pytest.raises(errors.RefusedError) as caught:
        call_at(path, {}).decode(answer(data(text)))
    assert (error, text) == (type(caught.value).__name__, caught.value.message)


def test_a_refusal_that_nobody_listed_is_still_a_refusal_in_data() -> None:
    """In the data dialect a false says that the call did not work, whatever the words."""
    with pytest.raises(errors.RefusedError) as caught:
        call_at("/status/setStatus", {}).decode(answer(data("Out of cheese")))
    assert (errors.RefusedError, None) == (type(caught.value), caught.value.code)
    assert "Out of cheese" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/status/setStatus", flat("Success", False)),
        ("/status/setStatus", flat("ERROR: Instance token is not found", True)),
        ("/status/setStatus", flat("ERROR: Object name is not found", False)),
        ("/status/setStatus", flat("Status is set", True)),
        ("/instance/create", flat("ERROR: Instance token is not found", False)),
        ("/status/checkStatusIsSet", flat("Instance is finished", True)),
        ("/event/getEvents", flat("Success", True)),
        ("/event/getEvents", flat("Success", True, events={})),
        ("/event/getEvents", flat("Success", True, events=[1])),
        ("/event/getEvents", flat("Success", True, events=[{}])),
        ("/event/getEvents", data(events=[{"Status": {"StatusName": 1}}])),
        ("/instance/checkIsFinished", {"status": True, "message": "", "data": []}),
        ("/instance/checkIsFinished", data(instance_is_finished=1)),
        ("/instance/checkIsFinished", {"status": 1, "message": "", "data": {}}),
    ],
)
def test_an_answer_that_does_not_fit_its_call_is_not_understood(
    path: str, body: dict[str, Any]
) -> None:
    """A text that is not listed for its call, or a field of another type, is no answer."""
    with pytest.raises(errors.AnswerError, match="not understood"):
        call_at(path, {}).decode(answer(body))


def test_an_event_is_read_whole() -> None:
    """Every part of an event of either dialect arrives."""
    in_data = {
        "Status": {
            "ID": 3,
            "CreatedAt": "2024-05-01T10:00:00Z",
            "UpdatedAt": "2024-05-01T10:00:00Z",
            "DeletedAt": None,
            "ObjectID": 2,
            "StatusName": "FINISHED",
            "StatusDesc": "Task is finished",
            "StatusType": "MANDATORY",
        },
        "EventMessage": "17 files",
        "EventCreationDt": "2020-06-15T02:22:08.998913+03:00",
    }
    in_flat = {
        "Status": {
            "ObjectID": 2,
            "StatusID": 3,
            "StatusName": "FINISHED",
            "StatusDesc": "Task is finished",
            "StatusType": "MANDATORY",
        },
        "EventCreationDt": "2020-06-15T02:22:08.998913+03:00",
    }
    call: Call[tuple[Event, ...]] = call_at("/event/getEvents", {})
    zone = timezone(timedelta(hours=3))
    expected = Event(
        status_name="FINISHED",
        status_type="MANDATORY",
        description="Task is finished",
        created=datetime(2020, 6, 15, 2, 22, 8, 998913, tzinfo=zone),
        message="17 files",
        object_id=2,
        status_id=3,
    )
    assert (expected,) == call.decode(answer(data(events=[in_data])))
    (read,) = call.decode(answer(flat("Success", True, events=[in_flat])))
    assert (None, 3, 2, expected.created) == (
        read.message,
        read.status_id,
        read.object_id,
        read.created,
    )


def test_what_went_over_the_wire_does_not_show_a_token() -> None:
    """The reprs of requests and answers show sizes, never a token or a body."""
    call = call_at("/status/setStatus", {})
    response = answer(data(f"ERROR: Instance token '{TOKEN}' is not found"))
    shown = repr(call.request) + repr(response)
    assert "<Request POST /status/setStatus, 77 bytes><Response 200, 117 bytes>" == shown
