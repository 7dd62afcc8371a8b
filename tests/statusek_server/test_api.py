"""The modern interface: models and instances as resources, problems as problems."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from strategies.server_kit import FakeClock, client, model_file

pytestmark = pytest.mark.anyio

MODELS = """
[[model]]
name = "A/B 100% ü"
description = "A name that a URL must escape"
timeout = 600
silence = 60

[[model.status]]
name = "RUN"
description = "It runs"

[[model.status]]
name = "END"
after = ["RUN"]

[[model.status]]
name = "STOP"
type = "STOP-STATUS"

[[model]]
name = "PLAIN"

[[model.status]]
name = "RUN"
type = "OPTIONAL"
"""
NAME = "A/B 100% ü"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(tmp_path: Path, clock: FakeClock) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client(tmp_path, clock=clock, models=model_file(tmp_path, MODELS)) as talking:
        yield talking


async def created(server: httpx2.AsyncClient, *names: str) -> str:
    token: str = (await server.post("/instance/create", json={"object_name": NAME})).json()[
        "instance_token"
    ]
    for name in names:
        await server.post("/status/setStatus", json={"instance_token": token, "status_name": name})
    return token


async def test_models(server: httpx2.AsyncClient) -> None:
    """The models are listed in their order, with the numbers of their objects."""
    assert {
        "models": [
            {"id": 1, "name": NAME, "description": "A name that a URL must escape"},
            {"id": 2, "name": "PLAIN", "description": ""},
        ]
    } == (await server.get("/api/v1/models")).json()


async def test_a_model(server: httpx2.AsyncClient) -> None:
    """A model tells its statuses and edges, under its escaped name."""
    response = await server.get(f"/api/v1/models/{quote(NAME, safe='')}")
    assert {
        "id": 1,
        "name": NAME,
        "description": "A name that a URL must escape",
        "timeout": 600,
        "silence": 60,
        "statuses": [
            {
                "id": 1,
                "name": "RUN",
                "type": "MANDATORY",
                "description": "It runs",
                "after": [],
            },
            {"id": 2, "name": "END", "type": "MANDATORY", "description": "", "after": ["RUN"]},
            {"id": 3, "name": "STOP", "type": "STOP-STATUS", "description": "", "after": []},
        ],
        "edges": [["RUN", "END"]],
        "mermaid": (
            'flowchart TD\n    s1["RUN"]\n    s2["END"]\n    s3{{"STOP"}}\n    s1 --> s2\n'
        ),
    } == response.json()


async def test_an_open_instance(server: httpx2.AsyncClient) -> None:
    """An open instance tells what is set, what is missing and when it is due."""
    token = await created(server, "RUN")
    assert {
        "token": token,
        "object": NAME,
        "state": "open",
        "reason": None,
        "created": "2026-03-01T12:00:00.25Z",
        "deadline": "2026-03-01T12:10:00.25Z",
        "due": "2026-03-01T12:01:00.25Z",
        "finished": None,
        "set_statuses": ["RUN"],
        "missing_mandatory": ["END"],
    } == (await server.get(f"/api/v1/instances/{token}")).json()


async def test_a_finished_instance(server: httpx2.AsyncClient, clock: FakeClock) -> None:
    """A finished instance tells when and why, however late it is asked."""
    token = await created(server, "RUN")
    clock.step(5)
    await server.post("/status/setStatus", json={"instance_token": token, "status_name": "STOP"})
    clock.step(10_000)
    instance = (await server.get(f"/api/v1/instances/{token}")).json()
    assert (
        "finished",
        "STOP_STATUS_IS_SET",
        "2026-03-01T12:00:05.25Z",
        ["RUN", "STOP"],
        ["END"],
    ) == (
        instance["state"],
        instance["reason"],
        instance["finished"],
        instance["set_statuses"],
        instance["missing_mandatory"],
    )


async def test_a_timed_out_instance(server: httpx2.AsyncClient, clock: FakeClock) -> None:
    """The end of an instance that nobody asked about is the time it was due."""
    token = await created(server)
    clock.step(100_000)
    instance = (await server.get(f"/api/v1/instances/{token}")).json()
    assert ("finished", "TIMEOUT", "2026-03-01T12:01:00.25Z") == (
        instance["state"],
        instance["reason"],
        instance["finished"],
    )


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [
        (
            "GET",
            "/models/NO%20SUCH",
            {
                "title": "Not Found",
                "status": 404,
                "detail": "Object name 'NO SUCH' is not found",
                "code": "OBJECT_NAME_IS_NOT_FOUND",
            },
        ),
        (
            "GET",
            "/instances/NO/SUCH",
            {
                "title": "Not Found",
                "status": 404,
                "detail": "Instance token 'NO/SUCH' is not found",
                "code": "INSTANCE_TOKEN_IS_NOT_FOUND",
            },
        ),
        ("GET", "/nothing", {"title": "Not Found", "status": 404, "detail": "Not Found"}),
        (
            "DELETE",
            "/models",
            {"title": "Method Not Allowed", "status": 405, "detail": "Method Not Allowed"},
        ),
    ],
)
async def test_problems(
    server: httpx2.AsyncClient, method: str, path: str, problem: dict[str, object]
) -> None:
    """What is not there is a problem with its HTTP code."""
    response = await server.request(method, f"/api/v1{path}")
    assert (problem["status"], "application/problem+json", problem) == (
        response.status_code,
        response.headers["content-type"],
        response.json(),
    )
    assert ("allow" in response.headers) == (method == "DELETE")


async def test_health(server: httpx2.AsyncClient) -> None:
    """A server that can read its storage is well."""
    response = await server.get("/healthz")
    assert (200, {"status": "ok"}) == (response.status_code, response.json())
