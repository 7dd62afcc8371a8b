"""What a server says about itself: alive, ready, and its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from csm import GeneralComponent, Note, Status, StatusMessage, from_json_string
from csm.vocabulary import StatusLike
from statusek_server import Settings, create_app
from statusek_server import condition as condition_module
from statusek_server.condition import SWEEP_PATIENCE, Condition, reporter_of
from statusek_server.errors import StorageError
from strategies.server_kit import FakeClock, client, database_url

pytestmark = pytest.mark.anyio

AT = datetime(2027, 1, 1, tzinfo=UTC)


def message(
    name: str, status: StatusLike = "OK", note: str | None = None, *below: StatusMessage
) -> StatusMessage:
    return StatusMessage(
        component=GeneralComponent(component_name=name),
        status=status,
        timestamp=AT,
        notes=(Note(title=note),) if note else (),
        sub_statuses=below,
    )


WELL = (message("database"), message("requests"), message("sweeper"))


async def answers() -> None:
    """Be a database that is well."""


async def test_a_server_that_is_well() -> None:
    """All parts are well, and so is the whole."""
    report = await reporter_of(Condition(), answers, lambda: AT).report_async()
    assert message("statusek", "OK", None, *WELL) == report


async def test_a_database_that_is_away() -> None:
    """The server is not ready; what the trouble was stays in the log, since it may name hosts."""

    async def fail() -> None:
        raise StorageError("cannot reach shop:h0pSecret99@db.example")

    report = await reporter_of(Condition(), fail, lambda: AT).report_async()
    away = message("database", "ERROR", "The database does not answer")
    assert message("statusek", "ERROR", None, away, *WELL[1:]) == report


async def test_a_sweeper_that_is_late() -> None:
    """It is a warning, which says what to do, and no reason to send no requests."""
    seconds = [0.0]
    condition = Condition(lambda: seconds[-1])
    reporter = reporter_of(condition, answers, lambda: AT)
    seconds.append(SWEEP_PATIENCE + 1)
    report = await reporter.report_async()
    [note] = report.sub_statuses[2].notes
    assert (Status.WARN, "Instances that are due were not finished for 61 seconds") == (
        report.status,
        note.title,
    )
    assert note.action_to_take
    condition.swept()
    assert Status.OK == (await reporter.report_async()).status


async def test_a_server_that_stops() -> None:
    """It should get no requests any more."""
    condition = Condition()
    reporter = reporter_of(condition, answers, lambda: AT)
    condition.stop()
    stopping = message("requests", "WARN", "The server is stopping")
    expected = message("statusek", "ERROR", None, WELL[0], stopping, WELL[2])
    assert expected == await reporter.report_async()


async def test_over_http(tmp_path: Path) -> None:
    """Both messages are JSON that csm reads, and nobody may keep them unasked."""
    clock = FakeClock(AT)
    async with client(tmp_path, clock=clock) as server:
        alive, ready = [await server.get(path) for path in ("/healthz", "/readyz")]
    assert [(200, "application/json", "no-cache")] * 2 == [
        (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"])
        for answer in (alive, ready)
    ]
    assert message("statusek") == from_json_string(alive.text)
    assert message("statusek", "OK", None, *WELL) == from_json_string(ready.text)


async def test_in_every_format(tmp_path: Path) -> None:
    """A monitor gets what it reads; a probe that only looks at the code may ask with HEAD."""
    async with client(tmp_path) as server:
        told = await server.get("/readyz", headers={"accept": "application/health+json"})
        probe = await server.head("/readyz")
        unknown = await server.get("/readyz", headers={"accept": "image/png"})
    assert ("application/health+json", "pass") == (
        told.headers["content-type"],
        told.json()["status"],
    )
    assert (200, b"") == (probe.status_code, probe.content)
    assert 406 == unknown.status_code


async def test_a_database_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer makes a server unready, and does not hold the answer."""
    monkeypatch.setattr(condition_module, "PATIENCE", 0.1)
    app = create_app(Settings(database=database_url(tmp_path)))

    class Hanging:
        async def ping(self) -> None:
            await asyncio.Event().wait()

    class Service:
        storage = Hanging()

    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://statusek"
        ) as server,
    ):
        app.state.service = Service()
        answer = await server.get("/readyz")
        assert 200 == (await server.get("/healthz")).status_code
    told = from_json_string(answer.text)
    assert (503, Status.ERROR) == (answer.status_code, told.status)
    # How long it took is up to the machine.
    assert told.sub_statuses[0].notes[1].title.startswith("No answer for ")


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


async def test_figures(tmp_path: Path) -> None:
    """Requests are counted by call and outcome, and no label is a caller's choice."""
    async with client(tmp_path) as server:
        created = await server.post(
            "/instance/create", json={"object_name": "TASK", "instance_timeout": 60}
        )
        token = created.json()["instance_token"]
        for path in ("/instance/beat", "/api/v1/instances/" + token, "/" + token, "/api/v1/models"):
            await server.post(path, json={"instance_token": token})
            await server.get(path)
        answer = await server.get("/metrics")
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["content-type"]
    found = list(samples(answer.text))
    assert {
        ("create", "SUCCESS"): 1,
        ("beat", "SUCCESS"): 1,
        ("beat", "PARAMS_PARSING_IS_FAILED"): 1,
        ("get_instance", "405"): 1,
        ("get_instance", "200"): 1,
        ("list_models", "405"): 1,
        ("list_models", "200"): 1,
        ("other", "404"): 2,
    } == {
        (labels["call"], labels["code"]): value
        for name, labels, value in found
        if name == "statusek_requests_total"
    }
    assert token not in answer.text
    assert [1.0] == [
        value
        for name, labels, value in found
        if name == "statusek_request_seconds_count" and labels["call"] == "create"
    ]


async def test_the_sweeper_is_counted(tmp_path: Path) -> None:
    """Instances that the sweeper finishes are counted."""
    clock = FakeClock()
    async with client(tmp_path, clock=clock) as server:
        await server.post("/instance/create", json={"object_name": "TASK", "instance_timeout": 1})
        clock.step(2)
        finished = 0.0
        while not finished:
            await asyncio.sleep(0.01)
            [finished] = [
                value
                for name, _, value in samples((await server.get("/metrics")).text)
                if name == "statusek_sweeper_finished_instances_total"
            ]
    assert 1.0 == finished
