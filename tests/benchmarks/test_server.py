"""The benchmark of the server: its load does jobs, its fillings are instances like any other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from benchmarks.server import board, growth, waiters
from benchmarks.server.cluster import Cluster, cluster
from benchmarks.server.load import load
from benchmarks.server.process import serving
from benchmarks.server.throughput import Throughput

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    with cluster(fsync="off") as made:
        yield made


def counted(server: httpx2.Client, **wanted: str) -> int:
    found: list[object] = server.get("/api/v1/instances", params=wanted).json()["instances"]
    return len(found)


def test_growth(postgres: Cluster, tmp_path: Path) -> None:
    """The cost of a call is measured where there are many instances, open and finished ones."""
    text, goals = growth.measure(postgres, tmp_path, count=50, rounds=1, seconds=0.2)
    assert ["PostgreSQL: cost of a call, 50 instances ÷ none"] == [goal.what for goal in goals][:1]
    assert 2 == sum(line.count(" 50 |") for line in text.splitlines())
    for url in (postgres.url("filled"), f"sqlite:///{tmp_path / 'filled.db'}"):
        with serving(url) as process, httpx2.Client(base_url=process.url) as server:
            by_calls = counted(server, state="open", limit="100") - 5
            assert 0 <= by_calls <= growth.CLIENTS  # what the load had under way at its end
            item = server.get("/api/v1/instances?state=open&limit=100").json()["instances"][-1]
            answer = server.post(
                "/status/setStatus",
                json={"instance_token": item["token"], "status_name": "FINISHED"},
            )
            assert "SUCCESS" == answer.json()["code"]


def test_board(postgres: Cluster, tmp_path: Path) -> None:
    """Every kind of page is asked for on both databases, with more than one page of them."""
    text, goals = board.measure(postgres, tmp_path, count=150, rounds=2)
    assert 10 == len(re.findall(r"^\| (?:PostgreSQL|SQLite) \|", text, re.MULTILINE))
    assert 2 == len(goals)


def test_waiters(postgres: Cluster, tmp_path: Path) -> None:
    """Everybody who waits is told, and when; on two processes of both databases."""
    _, goals = waiters.measure(postgres, tmp_path, count=10)
    assert 6 == len(goals)
    assert all(goal.actual >= 0 for goal in goals)


def test_throughput(postgres: Cluster, tmp_path: Path) -> None:
    """Jobs are counted and set beside what peers did in the same round."""
    with serving(f"sqlite:///{tmp_path / 'load.db'}") as server:
        measured = Throughput(server, {"peers/s": lambda clients: clients * 10.0}, seconds=0.2)
        measured.measure(1)
    assert [1, 16, 64] == list(measured.rounds)
    [done] = measured.rounds[16]
    assert done.figures.rate > 0
    assert done.figures.rate / 160 == measured.per("peers/s", 16)
    assert 5 == len(measured.table().splitlines())
    assert 10 < postgres.pgbench("reads", 1, 1)


def test_a_load_that_fails(tmp_path: Path) -> None:
    """A load ends with what went wrong where a job is not done."""
    models = tmp_path / "models.toml"
    models.write_text('[[model]]\nname = "OTHER"\n[[model.status]]\nname = "A"\n', "utf-8")
    url = f"sqlite:///{tmp_path / 'other.db'}"
    with (
        serving(url, "--models", str(models)) as server,
        pytest.raises(RuntimeError, match="OBJECT_NAME_IS_NOT_FOUND"),
    ):
        asyncio.run(load(server.host, server.port, 1, 30, 0))
