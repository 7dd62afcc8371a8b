"""Callers at once: a status is stored exactly once or its caller is told; the last ones finish."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from statusek_server import StatusModel
from statusek_server.models import Status
from strategies.databases import KINDS, schema
from strategies.server_kit import client, database_url, model_file, running, toml_of

pytestmark = pytest.mark.anyio

LETTERS = "ABCDEFGH"
MODELS = toml_of(
    [StatusModel("WIDE", [Status(letter) for letter in LETTERS]), StatusModel("ONE", [Status("A")])]
)
ROUNDS = 20


async def post(server: httpx2.AsyncClient, path: str, **body: object) -> dict[str, object]:
    answer: dict[str, object] = (await server.post(path, json=body)).json()
    return answer


async def create(server: httpx2.AsyncClient, name: str) -> object:
    created = await post(server, "/instance/create", object_name=name, instance_timeout=600)
    return created["instance_token"]


async def race(servers: Sequence[httpx2.AsyncClient], token: object, names: str) -> Counter[object]:
    """Set all names at once, each through the next server, and count the codes of the answers."""
    calls = [
        post(
            servers[number % len(servers)],
            "/status/setStatus",
            instance_token=token,
            status_name=name,
        )
        for number, name in enumerate(names)
    ]
    return Counter(answer["code"] for answer in await asyncio.gather(*calls))


async def end(server: httpx2.AsyncClient, token: object) -> tuple[list[object], object]:
    instance = (await server.get(f"/api/v1/instances/{token}")).json()
    return sorted(instance["set_statuses"]), instance["reason"]


async def races(servers: Sequence[httpx2.AsyncClient]) -> None:
    finished = "ALL_MANDATORY_STATUSES_ARE_SET"
    for _ in range(ROUNDS):
        token = await create(servers[0], "WIDE")
        assert Counter({"SUCCESS": 1, "STATUS_IS_ALREADY_SET": 7}) == await race(
            servers, token, "A" * 8
        )
        assert Counter({"SUCCESS": 7}) == await race(servers, token, LETTERS[1:])
        assert (list(LETTERS), finished) == await end(servers[-1], token)
        token = await create(servers[0], "ONE")
        assert Counter({"SUCCESS": 1, "INSTANCE_IS_FINISHED": 7}) == await race(
            servers, token, "A" * 8
        )
        assert (["A"], finished) == await end(servers[-1], token)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with its own clock."""
    if request.param == "sqlite":
        yield database_url(tmp_path)
    else:
        with schema() as (_, found):
            yield found


async def test_at_once_in_one_process(url: str, tmp_path: Path) -> None:
    """Eight callers at once get one success for one status, and eight statuses finish."""
    async with client(tmp_path, models=model_file(tmp_path, MODELS), database=url) as server:
        await races([server])


@pytest.mark.slow
async def test_at_once_on_two_processes(url: str, tmp_path: Path) -> None:
    """Two servers that share a database are one to their callers."""
    flags = ("--models", str(model_file(tmp_path, MODELS)), "--database", url)
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(
                httpx2.AsyncClient(
                    base_url=stack.enter_context(running(tmp_path, *flags)).url,
                    timeout=30,
                )
            )
            for _ in range(2)
        ]
        await races(servers)
