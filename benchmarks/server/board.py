"""The board: what its pages cost when there are a hundred thousand instances."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final
from urllib.parse import urlencode

from attrs import frozen

from benchmarks.report import Goal, goals_table, table
from benchmarks.server.cluster import Cluster
from benchmarks.server.filling import fill_postgres, fill_sqlite
from benchmarks.server.load import OBJECT
from benchmarks.server.process import Process, serving

COUNT: Final = 100_000
ROUNDS: Final = 21
MILLISECONDS: Final = 200.0
"""In which the first page is to be there."""


@frozen
class _Page:
    name: str
    path: str


def measure(
    cluster: Cluster, folder: Path, count: int = COUNT, rounds: int = ROUNDS
) -> tuple[str, list[Goal]]:
    """Ask for each page on both databases; returns the text of the page and the goals."""
    rows: list[list[str]] = []
    goals: list[Goal] = []
    for name, (url, fill) in _databases(cluster, folder, count).items():
        with serving(url):
            pass  # it makes the tables
        fill()
        with serving(url) as server:
            for page in _pages(server):
                times = sorted(_milliseconds(server, page.path) for _ in range(rounds))[:-1]
                rows.append([name, page.name, f"{median(times):.0f}", f"{times[-1]:.0f}"])
                if page.path == "/":
                    what = f"{name}: milliseconds to the first page, {count:,} instances"
                    goals.append(Goal(what, median(times), MILLISECONDS))
    head = ["database", "page", "median, ms", "longest but one, ms"]
    return f"{table(head, rows)}\n\n{goals_table(goals)}", goals


def _databases(
    cluster: Cluster, folder: Path, count: int
) -> dict[str, tuple[str, Callable[[], None]]]:
    cluster.sql("create database board")
    file = folder / "board.db"
    return {
        "PostgreSQL": (cluster.url("board"), lambda: fill_postgres(cluster, "board", count)),
        "SQLite": (f"sqlite:///{file}", lambda: fill_sqlite(file, count)),
    }


def _pages(server: Process) -> list[_Page]:
    """The pages; the address of the second is a link of the first."""
    token = re.search(r"token=([0-9a-f-]{36})", _text(server, "/"))
    older = re.search(r'href="\?([^"]*cursor=[^"]*)"', _text(server, "/"))
    assert token
    assert older
    return [
        _Page("all instances", "/"),
        _Page("the page behind it", f"/?{older[1].replace('&amp;', '&')}"),
        _Page("open ones of a model", "/?" + urlencode({"object": OBJECT, "state": "open"})),
        _Page("one instance", f"/board/instance?token={token[1]}"),
        _Page("one model", "/board/model?" + urlencode({"name": OBJECT})),
    ]


def _milliseconds(server: Process, path: str) -> float:
    begin = perf_counter()
    _text(server, path)
    return (perf_counter() - begin) * 1000


def _text(server: Process, path: str) -> str:
    connection = HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text
        return text
    finally:
        connection.close()
