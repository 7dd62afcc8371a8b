"""Growth: what a call costs when there are a million instances, beside what it costs with none."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Goal, goals_table, ratio, table
from benchmarks.server.cluster import Cluster
from benchmarks.server.filling import fill_postgres, fill_sqlite
from benchmarks.server.load import put
from benchmarks.server.process import Process, serving

COUNT: Final = 1_000_000
CLIENTS: Final = 16
ROUNDS: Final = 5
SECONDS: Final = 3


def measure(
    cluster: Cluster,
    folder: Path,
    count: int = COUNT,
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
) -> tuple[str, list[Goal]]:
    """Measure on both databases; returns the text of the page and the goals."""
    rows: list[list[str]] = []
    goals: list[Goal] = []
    for name, urls in (("PostgreSQL", _on_postgres(cluster)), ("SQLite", _on_sqlite(folder))):
        for url in urls:
            with serving(url):
                pass  # it makes the tables
        if name == "SQLite":
            fill_sqlite(folder / "filled.db", count)
        else:
            fill_postgres(cluster, "filled", count)
        with ExitStack() as stack:
            new, full = (stack.enter_context(serving(url)) for url in urls)
            shares = [_rate(new, seconds) / _rate(full, seconds) for _ in range(rounds)]
        cost = median(shares)
        rows.append([name, f"{count:,}", ratio(cost), f"{ratio(min(shares))}-{ratio(max(shares))}"])
        goals.append(Goal(f"{name}: cost of a call, {count:,} instances ÷ none", cost, 1.2))
    head = [
        "database",
        "instances",
        "cost ÷ cost in a new database",
        "least and most of all rounds",
    ]
    return f"{table(head, rows)}\n\n{goals_table(goals)}", goals


def _rate(server: Process, seconds: float) -> float:
    return put(server.host, server.port, CLIENTS, seconds, warm_up=0.5).rate


def _on_postgres(cluster: Cluster) -> tuple[str, str]:
    cluster.sql("create database empty", "create database filled")
    return cluster.url("empty"), cluster.url("filled")


def _on_sqlite(folder: Path) -> tuple[str, str]:
    return f"sqlite:///{folder / 'empty.db'}", f"sqlite:///{folder / 'filled.db'}"
