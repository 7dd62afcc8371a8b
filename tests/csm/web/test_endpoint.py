"""The endpoint: what is answered to which request, without any server."""

# ruff: noqa: ANN401  # what anybody may pass, on purpose

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import pytest

from csm import GeneralComponent, Note, Status, StatusMessage, from_json_string
from csm.checks import StatusReporter
from csm.web.answer import Answer
from csm.web.endpoint import Endpoint
from csm.web.flow import respond, respond_async
from csm.web.question import Asked

SHOP = GeneralComponent(component_name="shop")


def asked(path: str = "/status", accept: str | None = None, **more: Any) -> Asked:
    return Asked("GET", path, accept, **more)


def reporter_of(status: Status = Status.OK, *, notes: int = 0, **options: Any) -> StatusReporter:
    reporter = StatusReporter(SHOP, **options)
    below = GeneralComponent(component_name="cellar")
    said = StatusMessage(
        component=below, status=status, notes=[Note(title=f"note {n}") for n in range(notes)]
    )
    reporter.add_check("cellar", lambda: said)
    return reporter


def test_a_body_is_written_once_for_a_report() -> None:
    """As long as a report is held, everybody gets the very bytes that the first one got."""
    endpoint = Endpoint(reporter_of(cache=60.0), details=True)
    first = respond(endpoint, asked(), None)
    assert first is respond(endpoint, asked(), None)
    assert first is respond(endpoint, asked(accept="application/json"), None)
    assert first is not respond(endpoint, asked(accept="application/health+json"), None)


def test_a_new_report_is_written_anew() -> None:
    """What is kept belongs to one report, however alike the next one is."""
    endpoint = Endpoint(reporter_of(), details=True)
    assert respond(endpoint, asked(), None) is not respond(endpoint, asked(), None)


def test_what_is_kept_for_some_is_not_shown_to_others() -> None:
    """The same question has an answer with and one without details."""
    endpoint = Endpoint(reporter_of(cache=60.0), details=lambda request: request == "friend")
    bodies = [respond(endpoint, asked(), who).body for who in ("friend", "stranger", "friend")]
    assert [b"cellar" in body for body in bodies] == [True, False, True]


def test_ages_do_not_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that says how long ago things were is kept for no longer than a second."""
    endpoint = Endpoint(reporter_of(cache=60.0), details=True)
    first = respond(endpoint, asked(accept="text/plain"), None)
    assert first is respond(endpoint, asked(accept="text/plain"), None)
    later = time.monotonic() + 1.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert first is not respond(endpoint, asked(accept="text/plain"), None)


def test_what_is_kept_is_bounded() -> None:
    """Answers that are large together are forgotten, and written again when they are asked for."""
    reporter = StatusReporter(SHOP, cache=60.0, redact=str)
    reporter.add_check("cellar", lambda: Note(title="large", detail="x" * 6_000_000))
    endpoint = Endpoint(reporter, details=True, max_bytes=10_000_000)
    for accept in ("application/json", "application/health+json", "text/plain;version=0.0.4"):
        respond(endpoint, asked(accept=accept), None)
        respond(endpoint, asked("/status/cellar", accept), None)
    kept = endpoint._shelf._kept.values()
    assert 6_000_000 < sum(len(each.told.answer.body) for each in kept) <= 2**24


@pytest.mark.parametrize("accept", ["application/json", "application/health+json", "text/plain"])
def test_a_body_that_is_too_long_is_cut_to_its_roll_up(accept: str) -> None:
    """The status stays, and a note says what is missing."""
    endpoint = Endpoint(reporter_of(Status.ERROR, notes=500), details=True, max_bytes=1_000)
    answer = respond(endpoint, asked(accept=accept), None)
    assert (503, True) == (answer.code, len(answer.body) <= 1_000)
    assert b"Left out: 1 status below, and all notes" in answer.body
    if accept == "application/json":
        told = from_json_string(answer.body)
        assert (Status.ERROR, ()) == (told.status, told.sub_statuses)
        assert "where 1,000 are allowed" in str(told.notes[0].detail)


def test_metrics_always_come_with_a_success() -> None:
    """Prometheus drops the data of any other answer; everybody else is told by the code."""
    endpoint = Endpoint(reporter_of(Status.CRITICAL), details=True)
    codes = [
        respond(endpoint, asked(accept=accept), None).code
        for accept in ("text/plain;version=0.0.4", "application/openmetrics-text", "text/plain")
    ]
    assert [200, 200, 503] == codes


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({}, (200, 200, 503, 503)),
        ({Status.WARN: 429}, (200, 429, 503, 503)),
        ({Status.ERROR: 200, Status.CRITICAL: 500}, (200, 200, 200, 500)),
    ],
)
def test_codes_come_from_a_mapping(
    codes: Mapping[Status, int], expected: tuple[int, int, int, int]
) -> None:
    """What the mapping does not have keeps its code."""
    statuses = (Status.OK, Status.WARN, Status.ERROR, Status.CRITICAL)
    assert expected == tuple(
        respond(Endpoint(reporter_of(status), False, http_codes=codes), asked(), None).code
        for status in statuses
    )


def test_a_code_may_be_one_that_has_no_name() -> None:
    """WSGI wants words beside the code, whatever it is."""
    endpoint = Endpoint(reporter_of(), details=False, http_codes={Status.OK: 299})
    answer = respond(endpoint, asked(), None)
    assert (299, "Unknown") == (answer.code, answer.reason)


def test_a_status_that_nobody_knows_is_no_success() -> None:
    """A remote status that this version does not know counts as a failure."""
    endpoint = Endpoint(reporter_of(Status.kept("MELTING")), details=False)
    assert 503 == respond(endpoint, asked(), None).code


@pytest.mark.parametrize(
    ("max_age", "details", "expected"),
    [
        (0, True, ("no-cache", "Accept, Csm-Route")),
        (5, False, ("max-age=5", "Accept, Csm-Route")),
        (
            5,
            lambda _: True,
            ("private, max-age=5", "Accept, Csm-Route, Authorization, Cookie"),
        ),
    ],
)
def test_caches_are_told_for_whom_an_answer_is(
    max_age: int, details: Any, expected: tuple[str, str]
) -> None:
    """Where it depends on who asks what is told, nobody between may keep it for others."""
    headers = dict(respond(Endpoint(reporter_of(), details, max_age=max_age), asked(), 0).headers)
    assert expected == (headers["Cache-Control"], headers["Vary"])


def make(options: dict[str, Any]) -> Endpoint:
    return Endpoint(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_age": -1}, "max_age= is -1: expected at least 0"),
        ({"max_age": True}, "max_age= is a whole number, not bool"),
        ({"max_bytes": 0}, "max_bytes= is 0: expected at least 1"),
        ({"http_codes": [200]}, "http_codes= is a mapping of statuses, not list"),
        ({"http_codes": {"OK": 200}}, "http_codes= has a key of type str, not Status"),
        ({"http_codes": {Status.OK: 99}}, "http_codes[OK]= is 99: expected at least 200"),
        ({"http_codes": {Status.OK: 600}}, "http_codes[OK]= is 600: expected 200 to 599"),
        ({"details": "yes"}, "details= is a bool or a function, not str"),
        ({"reporter": SHOP}, "reporter is a StatusReporter, not GeneralComponent"),
    ],
)
def test_wrong_arguments_are_said_at_once(options: dict[str, Any], message: str) -> None:
    """An argument is refused when the endpoint is made, not when the first probe comes."""
    with pytest.raises((TypeError, ValueError)) as caught:
        make({"reporter": reporter_of(), "details": False} | options)
    assert message == str(caught.value)


@pytest.mark.parametrize(
    "path", ["", "/", "/health", "/live/x", "status//", "/Status", "/status\0", "/" + "x" * 9_999]
)
def test_other_paths_are_not_found(path: str) -> None:
    """There are just the documented places."""
    endpoint = Endpoint(reporter_of(), details=False)
    answer = respond(endpoint, asked(path), None)
    assert (path != "status//") is (endpoint.not_found is answer)


@pytest.mark.parametrize("prefix", ["", "/health"])
def test_what_there_is_is_named_with_its_prefix(prefix: str) -> None:
    """Whoever follows the answer to a wrong path arrives."""
    endpoint = Endpoint(reporter_of(), details=False, prefix=prefix)
    expected = (
        f"There is nothing to tell here. Ask {prefix}/status, {prefix}/live, {prefix}/ready, "
        f"{prefix}/started, or {prefix}/status/ and the name of a component.\n"
    )
    assert expected == respond(endpoint, asked("/nope"), None).body.decode()


def broken(_: object) -> bool:
    raise RuntimeError("password=hunter2")


async def later(_: object) -> bool:
    return True


@pytest.mark.parametrize("details", [broken, later, lambda _: "yes", lambda _: None])
def test_only_a_plain_yes_shows_details(details: Any, caplog: pytest.LogCaptureFixture) -> None:
    """What raises, is no bool or would have to be awaited lets nobody in, and the log says so."""
    with caplog.at_level(logging.WARNING):
        answer = respond(Endpoint(reporter_of(), details), asked(), "request")
    assert b"cellar" not in answer.body
    assert ["details="] == [record.getMessage()[:8] for record in caplog.records]
    assert "hunter2" not in caplog.text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("details", "shown"),
    [(later, True), (broken, False), (lambda _: True, True), (lambda _: 1, False), (True, True)],
)
async def test_who_sees_details_may_be_found_out_later(details: Any, *, shown: bool) -> None:
    """Asynchronous drivers also take a coroutine function."""
    answer = await respond_async(Endpoint(reporter_of(), details), asked(), "request")
    assert shown == (b"cellar" in answer.body)


@pytest.mark.anyio
async def test_a_report_that_is_held_is_told_without_waiting() -> None:
    """Asynchronous drivers, too, answer with the very bytes that the first one got."""
    endpoint = Endpoint(reporter_of(cache=60.0), details=True)
    first = await respond_async(endpoint, asked(), None)
    assert first is await respond_async(endpoint, asked(), None)


@pytest.mark.anyio
async def test_hidden_components_are_not_even_asked() -> None:
    """What somebody may not see costs no run of the checks."""
    asked_for: list[str] = []
    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", lambda: asked_for.append("cellar"))
    endpoint = Endpoint(reporter, details=False)
    assert endpoint.not_found is respond(endpoint, asked("/status/cellar"), None)
    assert endpoint.not_found is await respond_async(endpoint, asked("/status/cellar"), None)
    assert [] == asked_for


def test_a_question_that_came_round_is_answered_without_asking_others() -> None:
    """The header with the route reaches the reporter."""
    reporter = reporter_of()

    class Stock:
        asks_others = True

        def __call__(self) -> bool:
            return False

    reporter.add_check("stock", Stock())
    endpoint = Endpoint(reporter, details=True)
    routes = (None, "GENERAL/stock, GENERAL/other", "GENERAL/other , GENERAL/shop", "a," * 99)
    answers = [respond(endpoint, asked(route=route), None) for route in routes]
    assert [503, 503, 200, 200] == [answer.code for answer in answers]


def test_an_answer_is_known_by_what_it_says() -> None:
    """The same bytes have the same entity tag, others another."""

    def etag(answer: Answer) -> str:
        return dict(answer.headers)["ETag"]

    one, other = Endpoint(reporter_of(cache=60.0), True), Endpoint(reporter_of(cache=60.0), False)
    assert etag(respond(one, asked(), None)) == etag(respond(one, asked("/status/"), None))
    assert etag(respond(one, asked(), None)) != etag(respond(other, asked(), None))
