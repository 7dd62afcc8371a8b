"""``make bench-server``: measures the server and writes the figures into docs/performance.md.

Without arguments everything; else the parts that are named: postgres, sqlite, growth, waiters,
board.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.report import Goal, conditions, write_section
from benchmarks.server import board, growth, throughput, waiters
from benchmarks.server.cluster import Cluster, cluster

Part = Callable[[Cluster, Path], tuple[str, list[Goal]]]

PARTS: Final[dict[str, Part]] = {
    "postgres": lambda server, _: throughput.on_postgres(server),
    "sqlite": lambda _, folder: throughput.on_sqlite(folder),
    "growth": growth.measure,
    "waiters": waiters.measure,
    "board": board.measure,
}

PACKAGES: Final = ("uvicorn", "httptools", "uvloop", "starlette", "asyncpg")


def main(names: list[str]) -> int:
    """Measure parts, print and write them; returns 1 where a goal was not reached."""
    goals: list[Goal] = []
    for name in names or PARTS:
        with TemporaryDirectory() as folder, cluster() as server:
            text, reached = PARTS[name](server, Path(folder))
        text = f"{text}\n\n{conditions(f'make bench-server ARGS={name}', PACKAGES)}"
        print(text, end="\n\n", flush=True)
        write_section(f"server-{name}", text)
        goals += reached
    return int(not all(goal.holds for goal in goals))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
