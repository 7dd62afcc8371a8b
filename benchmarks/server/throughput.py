"""Jobs a second, beside what the database itself can commit, and beside an original server.

A round measures everything once, one after the other; figures are medians over rounds, and ratios
are those of one round.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from attrs import define, field, frozen

from benchmarks.report import Goal, goals_table, ratio, table
from benchmarks.server.cluster import Cluster, Work
from benchmarks.server.load import Figures, put
from benchmarks.server.process import Process, serving

CLIENTS: Final = (1, 16, 64)

ORIGINAL: Final[Mapping[int, float]] = {1: 154 / 5_100, 16: 168 / 18_500, 64: 117 / 20_900}
"""Jobs of the original (2.7.2) for each transaction of pgbench, measured once on one machine."""

GOALS: Final[Mapping[int, float]] = {1: 1, 16: 6, 64: 12}
"""How many times the original's jobs/s are to be reached."""

SECONDS: Final = 3
ROUNDS: Final = 5


@frozen
class Round:
    """What was measured together.

    Args:
        figures: Ours.
        peers: Transactions, or jobs of another server, a second.
    """

    figures: Figures
    peers: dict[str, float]

    def per(self, peer: str) -> float:
        """Our jobs for each transaction or job of a peer."""
        return self.figures.rate / self.peers[peer]


@define
class Throughput:
    """The rounds of one database, by number of clients.

    Args:
        server: Ours.
        peers: Measures each peer with a number of clients.
        seconds: How long a load takes.
    """

    server: Process
    peers: Mapping[str, Callable[[int], float]]
    seconds: float = SECONDS
    rounds: dict[int, list[Round]] = field(factory=dict, init=False)

    def measure(self, rounds: int) -> None:
        """Measure everything so often, and once more before that."""
        for number in range(rounds + 1):
            for clients in CLIENTS:
                peers = {name: peer(clients) for name, peer in self.peers.items()}
                done = Round(
                    put(
                        self.server.host,
                        self.server.port,
                        clients,
                        self.seconds,
                        min(1, self.seconds),
                    ),
                    peers,
                )
                if number:
                    self.rounds.setdefault(clients, []).append(done)

    def per(self, peer: str, clients: int) -> float:
        """Our jobs for each transaction or job of a peer; the median of the rounds."""
        return median(done.per(peer) for done in self.rounds[clients])

    def table(self) -> str:
        """All figures."""
        head = ["clients", "jobs/s", *self.peers, *(f"jobs ÷ {name}" for name in self.peers)]
        rows = [self._row(clients) for clients in self.rounds]
        return table([*head, "p50", "p95", "p99"], rows)

    def _row(self, clients: int) -> list[str]:
        rounds = self.rounds[clients]
        return [
            str(clients),
            f"{median(done.figures.rate for done in rounds):,.0f}",
            *(f"{median(done.peers[name] for done in rounds):,.0f}" for name in self.peers),
            *(ratio(self.per(name, clients)) for name in self.peers),
            *(
                f"{median(getattr(done.figures, name) for done in rounds):.1f} ms"
                for name in ("p50", "p95", "p99")
            ),
        ]


def on_postgres(cluster: Cluster, rounds: int = ROUNDS) -> tuple[str, list[Goal]]:
    """Measure on PostgreSQL; returns the text of the page and the goals."""

    def pgbench(work: Work) -> Callable[[int], float]:
        return lambda clients: cluster.pgbench(work, clients, SECONDS)

    peers = {"updates/s": pgbench("updates"), "reads/s": pgbench("reads")}
    if url := os.environ.get("STATUSEK_ORIGINAL_URL"):
        peers["original's jobs/s"] = _jobs_of(url)
    with serving(cluster.url()) as server:
        measured = Throughput(server, peers)
        measured.measure(rounds)
        memory = server.peak_memory
    goals = [_goal(measured, clients, is_at_hand=bool(url)) for clients in CLIENTS]
    goals.append(Goal("resident memory under this load, MiB", memory, 150))
    text = (
        f"PostgreSQL {cluster.version}, `synchronous_commit = on`, one server process; the peers "
        "are pgbench's transactions on one row by its primary key.\n\n"
        f"{measured.table()}\n\n{goals_table(goals)}"
    )
    return text, goals


def on_sqlite(folder: Path, rounds: int = ROUNDS) -> tuple[str, list[Goal]]:
    """Measure on SQLite; returns the text of the page and the goals."""
    with ExitStack() as stack:
        peer = stack.enter_context(closing(_peer(folder / "peer.db")))
        server = stack.enter_context(serving(f"sqlite:///{folder / 'load.db'}"))
        measured = Throughput(server, {"updates/s": lambda _: _updates(peer)})
        measured.measure(rounds)
        goals = [Goal("resident memory under this load, MiB", server.peak_memory, 150)]
    text = (
        f"SQLite {sqlite3.sqlite_version}, acknowledged means synced; the peer is one connection "
        "of Python's sqlite3 that updates one row by its primary key and commits, as durably.\n\n"
        f"{measured.table()}\n\n{goals_table(goals)}"
    )
    return text, goals


def _goal(measured: Throughput, clients: int, *, is_at_hand: bool) -> Goal:
    what = f"{clients} clients: times the original's jobs/s"
    if is_at_hand:
        actual = measured.per("original's jobs/s", clients)
    else:
        actual = measured.per("updates/s", clients) / ORIGINAL[clients]
    return Goal(what, actual, GOALS[clients], "at least")


def _jobs_of(url: str) -> Callable[[int], float]:
    address = urlsplit(url)
    assert address.hostname
    assert address.port, "STATUSEK_ORIGINAL_URL needs a port"
    host, port = address.hostname, address.port
    return lambda clients: put(host, port, clients, SECONDS).rate


def _peer(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table row (id integer primary key, n integer not null)")
    connection.execute(
        "with recursive numbers (id) as (select 1 union all select id + 1 from numbers where"
        " id < 100000) insert into row select id, 0 from numbers"
    )
    return connection


def _updates(connection: sqlite3.Connection) -> float:
    """Return how many rows were updated in a second, each with a commit of its own."""
    begun = perf_counter()
    count = 0
    while perf_counter() - begun < 2:
        connection.execute("update row set n = n + 1 where id = ?", (count * 7919 % 100000 + 1,))
        count += 1
    return count / (perf_counter() - begun)
