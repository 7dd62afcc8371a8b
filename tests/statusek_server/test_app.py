"""The application: its life, its advice, and what it says when it has none."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

import statusek_server
from csm import from_json_string
from statusek_server import Settings, create_app
from statusek_server.answers import Finished
from statusek_server.app import prepare_to_stop
from statusek_server.errors import ModelError, StorageError
from strategies.server_kit import client, database_url, model_file

ODD = """
[[model]]
name = "ODD"

[[model.status]]
name = "A"

[[model.status]]
name = "B"
type = "OPTIONAL"
after = ["A"]
"""


def test_the_public_names() -> None:
    """What the package lists is there."""
    assert ["Settings", "StatusModel", "create_app", "load_models"] == statusek_server.__all__
    assert all(hasattr(statusek_server, name) for name in statusek_server.__all__)


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/instance/create", "/api/v1/models"])
async def test_without_its_lifespan(tmp_path: Path, path: str) -> None:
    """An application that was never started says how to start it."""
    app = create_app(Settings(database=database_url(tmp_path)))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://statusek") as talking:
        with pytest.raises(RuntimeError, match=r"the server is not started: .*lifespan_context"):
            await talking.get(path)


@pytest.mark.anyio
async def test_advice_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is odd about a model is told once, and never stops a server."""
    models = model_file(tmp_path, ODD)
    with caplog.at_level(logging.WARNING, logger="statusek_server"):
        async with client(tmp_path, models=models) as server:
            assert 200 == (await server.get("/healthz")).status_code
    assert [
        f"{models}: model 'ODD' finishes at its first status",
        (
            f"{models}: model 'ODD', status 'B' is unreachable: "
            "setting 'A' before it finishes the instance"
        ),
    ] == [record.getMessage() for record in caplog.records]


@pytest.mark.anyio
async def test_the_default_catalogue_is_silent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A server without a model file logs nothing about models that nobody here has written."""
    async with client(tmp_path) as server:
        models = (await server.get("/api/v1/models")).json()["models"]
    assert ([], 10) == (caplog.records, len(models))


def test_a_wrong_model_file_stops_at_once(tmp_path: Path) -> None:
    """An application with a wrong model file cannot be made."""
    settings = Settings(models=model_file(tmp_path, "[[model]]"))
    with pytest.raises(ModelError, match=r"models\.toml: model number 1 has no name"):
        create_app(settings)


@pytest.mark.anyio
async def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    """A database that cannot be opened stops the start, and says which."""
    app = create_app(Settings(database=database_url(tmp_path / "missing")))
    with pytest.raises(StorageError, match=r"missing/statusek\.db cannot be opened: unable"):
        async with app.router.lifespan_context(app):
            pytest.fail("it must not start")


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "click", "prometheus_client"])
def test_without_its_extra(missing: str) -> None:
    """Without its extra the package says in one sentence what to install."""
    script = (
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        f"util.find_spec = lambda name, *a: None if name == {missing!r} else found(name, *a)\n"
        "import statusek_server\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (
        f"ImportError: statusek_server needs {missing}: pip install 'csm-statusek[server]'"
        == done.stderr.strip().splitlines()[-1]
    )


@pytest.mark.anyio
async def test_mounted_in_another_application(tmp_path: Path) -> None:
    """Mounted somewhere, with its lifespan run there, every path works below."""
    app = create_app(Settings(database=database_url(tmp_path)))
    outer = Starlette(routes=[Mount("/deep/down", app)])
    transport = httpx2.ASGITransport(outer)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://statusek/deep/down") as talking,
    ):
        texts = [(await talking.get(path)).text for path in ("/", "/v2/", "/nothing")]
        about = await talking.get("/v2/about")
        slash = await talking.get("/v2/about/")
        models = await talking.get("/api/v1/models")
    assert ["Welcome home!", "Welcome home!", "404 page not found\n"] == texts
    assert ("SUCCESS", "/deep/down/v2/about", 200) == (
        about.json()["code"],
        slash.headers["location"],
        models.status_code,
    )


@pytest.mark.anyio
async def test_a_storage_that_is_gone(tmp_path: Path) -> None:
    """Without its storage the server is down, and the modern interface says so with its code."""
    app = create_app(Settings(database=database_url(tmp_path)))
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://statusek") as talking,
    ):
        await app.state.service.storage._reader.stop()
        health = await talking.get("/readyz")
        instance = await talking.get("/api/v1/instances/x")
        answers = [
            (await talking.post(path, content=b"{}")).json()
            for path in ("/instance/checkIsFinished", "/v2/instance/checkIsFinished")
        ]
    assert 503 == health.status_code
    assert ["The database does not answer"] == [
        note.title for note in from_json_string(health.text).sub_statuses[0].notes
    ]
    assert {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The storage does not answer; try again later.",
        "code": "DATABASE_ERROR",
    } == instance.json()
    assert [
        {"code": "DATABASE_ERROR", "message": "ERROR: Database error", "status": False},
        {
            "status": False,
            "message": "Database error: '%s'",
            "code": "DATABASE_ERROR",
            "data": {},
        },
    ] == answers


@pytest.mark.anyio
async def test_a_stop_is_announced(tmp_path: Path) -> None:
    """Told of a stop, an application is not ready any more, and lets go of whoever waits."""
    app = create_app(Settings(database=database_url(tmp_path)))
    async with app.router.lifespan_context(app):
        service = app.state.service
        token = (await service.create("TASK", 600)).token
        held = asyncio.create_task(service.check_is_finished(token, wait=60))
        while not service.waiting.count:  # noqa: ASYNC110 - nothing tells that somebody waits
            await asyncio.sleep(0)
        prepare_to_stop(app)
        assert Finished(None) == await held
    assert app.state.condition.is_stopping


@pytest.mark.anyio
async def test_calls_need_no_routing(tmp_path: Path) -> None:
    """The calls of the dialects are answered without any route; everything else has one."""
    app = create_app(Settings(database=database_url(tmp_path)))
    app.router.routes.clear()
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as server,
    ):
        body = {"object_name": "TASK", "instance_timeout": 60}
        for path in ("/instance/create", "/v1/instance/create", "/v2/instance/create"):
            answer = await server.post(path, json=body)
            assert ("SUCCESS", True) == (answer.json()["code"], "x-request-id" in answer.headers)
        for path in ("/healthz", "/v3/instance/create", "/v1", "/"):
            assert 404 == (await server.get(path)).status_code
