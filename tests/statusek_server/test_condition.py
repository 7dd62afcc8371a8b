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
from statusek_server import Settings, create_app
from statusek_server import probes as probes_module
from statusek_server.condition import SWEEP_PATIENCE, Condition
from strategies.server_kit import FakeClock, client, database_url

AT = datetime(2027, 1, 1, tzinfo=UTC)


def message(
    name: str, status: str = "OK", note: str | None = None, *below: StatusMessage
) -> StatusMessage:
    return StatusMessage(
        component=GeneralComponent(component_name=name),
        status=status,
        timestamp=AT,
        notes=(Note(title=note),) if note else (),
        sub_statuses=below,
    )


class Seconds:
    """A clock of seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_server_that_is_well() -> None:
    """All parts are well, and so is the whole."""
    condition = Condition(Seconds())
    assert message("statusek") == condition.alive(AT)
    assert message(
        "statusek", "OK", None, message("database"), message("sweeper")
    ) == condition.ready(AT, None)


def test_a_server_in_trouble() -> None:
    """A database that is away makes a server unready, a late sweeper only worse, a stop unready."""
    clock = Seconds()
    condition = Condition(clock)
    away = message("database", "ERROR", "away")
    assert message("statusek", "ERROR", None, away, message("sweeper")) == condition.ready(
        AT, "away"
    )
    clock.now += SWEEP_PATIENCE + 1
    late = message("sweeper", "WARN", "instances that are due were not finished for 61 seconds")
    assert message("statusek", "WARN", None, message("database"), late) == condition.ready(AT, None)
    condition.swept()
    condition.stop()
    assert message(
        "statusek", "ERROR", "the server is stopping", message("database"), message("sweeper")
    ) == condition.ready(AT, None)


@pytest.mark.anyio
async def test_over_http(tmp_path: Path) -> None:
    """Both messages are JSON that csm reads, and nobody may cache them."""
    clock = FakeClock(AT)
    async with client(tmp_path, clock=clock) as server:
        alive, ready = [await server.get(path) for path in ("/healthz", "/readyz")]
    assert [(200, "application/json", "no-store")] * 2 == [
        (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"])
        for answer in (alive, ready)
    ]
    assert message("statusek") == from_json_string(alive.text)
    assert message(
        "statusek", "OK", None, message("database"), message("sweeper")
    ) == from_json_string(ready.text)


@pytest.mark.anyio
async def test_a_database_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer makes a server unready, and does not hold the answer."""
    monkeypatch.setattr(probes_module, "PATIENCE", 0.01)
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
    assert ["the database does not answer within 0.01 seconds"] == [
        note.title for note in told.sub_statuses[0].notes
    ]


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


@pytest.mark.anyio
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


@pytest.mark.anyio
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
