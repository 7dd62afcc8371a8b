"""Calls: what is sent for which arguments, and which arguments are refused before."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from csm import (
    MajorComponent,
    MajorComponentBuilder,
    MajorComponentType,
    Status,
    StatusMessage,
    StatusMessageBuilder,
)
from statusek_client import calls, errors, modern
from statusek_client.calls import Call
from statusek_client.modern import Model, ModelStatus
from statusek_client.wire import Response
from strategies.client_kit import TOKEN, answer, data


def sent(call: Call[Any]) -> tuple[str, str, Any, dict[str, str]]:
    request = call.request
    body = json.loads(request.body) if request.body else None
    return request.method, request.path, body, dict(request.headers)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            calls.create_instance("2-POINT LINE TASK", 600, "k"),
            (
                "POST",
                "/instance/create",
                {"object_name": "2-POINT LINE TASK", "instance_timeout": 600},
                {"Idempotency-Key": "k"},
            ),
        ),
        (
            calls.create_instance("TASK", None, "k"),
            ("POST", "/instance/create", {"object_name": "TASK"}, {"Idempotency-Key": "k"}),
        ),
        (
            calls.set_status("t", "RUN", None, "k"),
            (
                "POST",
                "/status/setStatus",
                {"instance_token": "t", "status_name": "RUN"},
                {"Idempotency-Key": "k"},
            ),
        ),
        (
            calls.set_status("t", "RÜN", "17 <files>", "k"),
            (
                "POST",
                "/status/setStatus",
                {"instance_token": "t", "status_name": "RÜN", "status_message": "17 <files>"},
                {"Idempotency-Key": "k"},
            ),
        ),
        (
            calls.check_is_finished("t"),
            ("POST", "/instance/checkIsFinished", {"instance_token": "t"}, {}),
        ),
        (
            calls.check_is_finished("t", hold=20),
            ("POST", "/instance/checkIsFinished", {"instance_token": "t"}, {"Prefer": "wait=20"}),
        ),
        (
            calls.check_status_is_set("t", "RUN"),
            (
                "POST",
                "/status/checkStatusIsSet",
                {"instance_token": "t", "status_name": "RUN"},
                {},
            ),
        ),
        (
            calls.check_status_is_ready_to_set("t", "RUN"),
            (
                "POST",
                "/status/checkStatusIsReadyToSet",
                {"instance_token": "t", "status_name": "RUN"},
                {},
            ),
        ),
        (calls.get_events("t"), ("POST", "/event/getEvents", {"instance_token": "t"}, {})),
        (
            calls.get_events("t", known=0, hold=3),
            (
                "POST",
                "/event/getEvents",
                {"instance_token": "t", "known_events": 0},
                {"Prefer": "wait=3"},
            ),
        ),
        (
            calls.set_global_status("MAINTENANCE"),
            ("POST", "/status/setGlobalStatus", {"status_name": "MAINTENANCE"}, {}),
        ),
        (calls.about(), ("GET", "/about", None, {})),
        (modern.model("A/B C?"), ("GET", "/api/v1/models/A%2FB%20C%3F", None, {})),
        (modern.model(".."), ("GET", "/api/v1/models/%2E%2E", None, {})),
        (modern.object_of_instance("t/1"), ("GET", "/api/v1/instances/t%2F1", None, {})),
    ],
    ids=lambda value: value.name if isinstance(value, Call) else "",
)
def test_what_is_sent(call: Call[Any], expected: tuple[str, str, Any, dict[str, str]]) -> None:
    """Each call sends its arguments under the names of the wire, and nothing that is None."""
    assert expected == sent(call)


WRONG: list[tuple[type[Exception], Callable[[], object]]] = [
    (TypeError, lambda: calls.create_instance(5, 60, "k")),  # type: ignore[arg-type]
    (TypeError, lambda: calls.create_instance("TASK", "60", "k")),  # type: ignore[arg-type]
    (TypeError, lambda: calls.create_instance("TASK", 60.0, "k")),  # type: ignore[arg-type]
    (TypeError, lambda: calls.create_instance("TASK", True, "k")),
    (ValueError, lambda: calls.create_instance("TASK", 0, "k")),
    (ValueError, lambda: calls.create_instance("TASK", -1, "k")),
    (ValueError, lambda: calls.create_instance("TASK", calls.LONGEST_LIFE + 1, "k")),
    (ValueError, lambda: calls.create_instance("\ud800", 60, "k")),
    (TypeError, lambda: calls.set_status(None, "RUN", None, "k")),  # type: ignore[arg-type]
    (TypeError, lambda: calls.set_status("t", b"RUN", None, "k")),  # type: ignore[arg-type]
    (TypeError, lambda: calls.set_status("t", "RUN", 5, "k")),  # type: ignore[arg-type]
    (ValueError, lambda: calls.set_status("t", "RUN", "\udfff", "k")),
    (ValueError, lambda: calls.set_status("t", "RUN", StatusMessageBuilder.builder(), "k")),
    (TypeError, lambda: calls.get_events(1)),  # type: ignore[arg-type]
    (TypeError, lambda: modern.model(None)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("error", "make"), WRONG)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    error: type[Exception], make: Callable[[], object]
) -> None:
    """An argument of a wrong type or value never becomes a request."""
    with pytest.raises(error):
        make()


def test_a_status_message_travels_compact() -> None:
    """A StatusMessage, or its builder, is written as the serializer's compact text."""
    message = StatusMessage(
        component=MajorComponent(component_name="SIA"), epoch_seconds_timestamp=1437064108
    )
    builder = StatusMessageBuilder.builder().with_component(
        MajorComponentBuilder.builder().with_major_component_type(MajorComponentType.SIA)
    )
    text = (
        '{"component":{"componentType":"MAJOR","componentName":"SIA"},'
        '"statusMessageType":"COMPONENT","status":"OK","epochSecondsTimestamp":1437064108,'
        '"iso8601UtcTimestamp":"2015-07-16T16:28:28Z"}'
    )
    built = builder.with_epoch_seconds_timestamp(1437064108)
    assert [text, text, "text", None] == [
        calls.message_text(one) for one in (message, built, "text", None)
    ]


def test_keys_are_new_each_time() -> None:
    """No two calls share an idempotency key."""
    assert 100 == len({calls.new_key() for _ in range(100)})


MODEL = {
    "id": 10,
    "name": "TASK",
    "description": "A task",
    "timeout": 600,
    "silence": None,
    "statuses": [
        {"id": 1, "name": "RUN", "type": "MANDATORY", "description": "", "after": []},
        {"id": 2, "name": "END", "type": "MANDATORY", "description": "Done", "after": ["RUN"]},
        {"id": 3, "name": "FAILED", "type": "STOP-STATUS", "description": "", "after": ["RUN"]},
    ],
    "edges": [["RUN", "END"], ["RUN", "FAILED"]],
    "news": {"of": "a later version"},
}


def test_a_model_is_read_whole() -> None:
    """A model arrives with its statuses in order; unknown keys do no harm."""
    run = ModelStatus(name="RUN", type="MANDATORY", id=1)
    end = ModelStatus(name="END", type="MANDATORY", description="Done", after=("RUN",), id=2)
    failed = ModelStatus(name="FAILED", type="STOP-STATUS", after=("RUN",), id=3)
    expected = Model(name="TASK", description="A task", timeout=600, statuses=(run, end, failed))
    model = modern.model("TASK").decode(answer(MODEL))
    assert expected == model
    assert (run, end) == model.mandatory
    bare = answer({"name": "X", "statuses": [{"name": "S", "type": "OPTIONAL"}]})
    assert Model(name="X", statuses=(ModelStatus(name="S", type="OPTIONAL"),)) == modern.model(
        "X"
    ).decode(bare)


def test_the_object_of_an_instance_is_read() -> None:
    """The modern interface tells which object an instance was made of."""
    call = modern.object_of_instance(TOKEN)
    assert "TASK" == call.decode(answer({"token": TOKEN, "object": "TASK", "state": "open"}))


def problem(status: int, **more: object) -> Response:
    body = {"title": "Not Found", "status": status, "detail": "No such thing", **more}
    return answer(body, status=status, content_type="application/problem+json")


@pytest.mark.parametrize(
    ("response", "error", "words"),
    [
        (problem(404), errors.ObjectNotFoundError, "No such thing"),
        (problem(404, code="OBJECT_NAME_IS_NOT_FOUND"), errors.ObjectNotFoundError, "No such"),
        (problem(401, code="UNAUTHORIZED"), errors.UnauthorizedError, "api_key"),
        (problem(503, code="DATABASE_ERROR"), errors.StorageError, "Try again"),
        (answer("404 page not found\n", status=404), errors.AnswerError, "cannot be known"),
        (answer({"hello": 1}, status=404), errors.AnswerError, "cannot be known"),
        (answer({**MODEL, "name": 5}), errors.AnswerError, "not understood"),
        (answer({**MODEL, "timeout": "600"}), errors.AnswerError, "not understood"),
        (answer({**MODEL, "statuses": 5}), errors.AnswerError, "not understood"),
        (
            answer({**MODEL, "statuses": [{"name": "S", "type": "T", "after": "RUN"}]}),
            errors.AnswerError,
            "not understood",
        ),
    ],
)
def test_a_model_that_is_not_there(
    response: Response, error: type[errors.StatusekError], words: str
) -> None:
    """Problems are refusals; an original server is said to be one; the rest is not understood."""
    with pytest.raises(error, match=words):
        modern.model("TASK").decode(response)


def test_an_older_server_is_said_to_lack_the_call() -> None:
    """A 404 for a call that came in 2023 says that the server is older."""
    gone = answer("404 page not found\n", status=404)
    for call in (
        calls.about(),
        calls.set_global_status("X"),
        calls.check_status_is_ready_to_set(TOKEN, "RUN"),
    ):
        with pytest.raises(errors.AnswerError, match="older than 2023 and lacks this call"):
            call.decode(gone)
    with pytest.raises(errors.AnswerError, match="check base_url"):
        calls.get_events(TOKEN).decode(gone)


def test_a_held_answer_is_noticed() -> None:
    """RFC 7240: the answer says whether the wish to wait was applied."""
    call = calls.noticing_hold(calls.check_is_finished(TOKEN, 5))
    body = data(instance_is_finished=False, instanse_is_finished_description="")
    assert [True, True, False, False] == [
        call.decode(answer(body, preference_applied=applied))[1]
        for applied in ("wait=5", "return=minimal, Wait = 5", "return=minimal", "")
    ]


def test_the_message_of_an_event_reads_back() -> None:
    """A message that was a StatusMessage is one again, names unknown here kept; a text is None."""
    text = (
        '{"component":{"componentType":"MAJOR","componentName":"UNHEARD_OF"},"status":"MELTED",'
        '"epochSecondsTimestamp":1437064108}'
    )
    status = {"ID": 1, "ObjectID": 1, "StatusName": "A", "StatusDesc": "", "StatusType": "B"}
    made = {"Status": status, "EventCreationDt": "2020-06-15T02:22:05Z"}
    call = calls.get_events(TOKEN)
    read = [
        call.decode(answer(data(events=[{**made, **more}])))[0].csm
        for more in (
            {"EventMessage": text},
            {"EventMessage": text.replace("MELTED", "WARN").replace("UNHEARD_OF", "SIA")},
            {"EventMessage": "{not json"},
            {"EventMessage": "17 files"},
            {"EventMessage": ""},
            {},
        )
    ]
    assert [None] * 4 == read[2:]
    assert read[0] is not None
    assert ("MELTED", False) == (read[0].status.name, read[0].status.is_known)
    assert read[1] is not None
    assert Status.WARN == read[1].status


@pytest.mark.parametrize(
    ("code", "where", "words"),
    [
        (301, "https://h/base/", "redirects (HTTP 301) to 'https://h/base/'; give its base_url"),
        (302, "/" + "a" * 70_000, f"redirects (HTTP 302) to '/{'a' * 199}'; give"),
        (304, "", "the answer (HTTP 304) is not understood"),
    ],
)
def test_where_a_server_redirects_to_is_said(code: int, where: str, words: str) -> None:
    """The target is told as far as there is one, and as far as a person can read it."""
    with pytest.raises(errors.AnswerError) as caught:
        calls.about().decode(Response(code, (("location", where),)))
    assert words in str(caught.value)
