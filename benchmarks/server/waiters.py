"""Waiters: how soon each of a thousand callers of one process is told of the finish."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.report import Goal, goals_table, table
from benchmarks.server.cluster import Cluster
from benchmarks.server.load import MARK, OBJECT, TOKEN, YES, post
from benchmarks.server.process import Process, serving
from benchmarks.server.talk import Talk, talks

COUNT: Final = 1_000
SETTERS: Final = 8
METRICS: Final = b"GET /metrics HTTP/1.1\r\nHost: statusek\r\n\r\n"


def held(token: str) -> bytes:
    """The request of one who waits for the finish."""
    body = json.dumps({"instance_token": token}).encode()
    return (
        b"POST /instance/checkIsFinished HTTP/1.1\r\nHost: statusek\r\nPrefer: wait=300\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


async def told_after(waited_at: Process, set_at: Process, count: int) -> list[float]:
    """Return the seconds from the acknowledged last status to the answer, for each who waits.

    Args:
        waited_at: The process that holds the answers.
        set_at: The process that statuses are set at.
        count: How many wait, each for an instance of its own.
    """
    # Made first, since a connection on which nothing is asked for long is closed.
    async with talks(set_at, SETTERS) as making:
        made = await asyncio.gather(*(_many_running(talk, count // SETTERS + 1) for talk in making))
    tokens = [token for some in made for token in some][:count]
    async with talks(waited_at, count + 1) as connected, talks(set_at, SETTERS) as setting:
        *waiting, asking = connected
        told: dict[str, float] = {}

        async def wait(talk: Talk, token: str) -> None:
            answer = await talk.ask(held(token))
            assert YES in answer, answer
            told[token] = perf_counter()

        waits = [
            asyncio.create_task(wait(talk, token))
            for talk, token in zip(waiting, tokens, strict=True)
        ]
        while b"statusek_waiters %d.0\n" % count not in await asking.ask(METRICS):
            assert not told
            await asyncio.sleep(0.05)
        assert not told
        finished: dict[str, float] = {}

        async def finish(talk: Talk, mine: Sequence[str]) -> None:
            for token in mine:
                await _set(talk, token, "FINISHED")
                finished[token] = perf_counter()

        await asyncio.gather(
            *(finish(talk, tokens[number::SETTERS]) for number, talk in enumerate(setting))
        )
        await asyncio.wait_for(asyncio.gather(*waits), 60)
    return [max(0.0, told[token] - finished[token]) for token in tokens]


async def _many_running(talk: Talk, count: int) -> list[str]:
    return [await _running(talk) for _ in range(count)]


async def _running(talk: Talk) -> str:
    created = await talk.ask(post("/instance/create", object_name=OBJECT, instance_timeout=3600))
    at = created.index(MARK) + len(MARK)
    token = created[at : at + len(TOKEN)].decode()
    await _set(talk, token, "RUN")
    return token


async def _set(talk: Talk, token: str, name: str) -> None:
    answer = await talk.ask(post("/status/setStatus", instance_token=token, status_name=name))
    assert YES in answer, answer


def measure(cluster: Cluster, folder: Path, count: int = COUNT) -> tuple[str, list[Goal]]:
    """Measure on both databases; returns the text of the page and the goals."""
    rows: list[list[str]] = []
    goals: list[Goal] = []
    for name, url in (
        ("PostgreSQL", cluster.url()),
        ("SQLite", f"sqlite:///{folder / 'waiters.db'}"),
    ):
        with ExitStack() as stack:
            holds, other = (stack.enter_context(serving(url)) for _ in range(2))
            for where, set_at in (("at the same process", holds), ("at another process", other)):
                delays = asyncio.run(told_after(holds, set_at, count))
                what = f"{name}, set {where}"
                memory = holds.peak_memory
                rows.append(
                    [
                        what,
                        f"{count:,}",
                        f"{median(delays) * 1000:.0f} ms",
                        f"{max(delays) * 1000:.0f} ms",
                        f"{memory:.0f} MiB",
                    ]
                )
                goals.append(Goal(f"{what}: seconds until the last one is told", max(delays), 1))
            goals.append(Goal(f"{name}: resident memory with all who wait, MiB", memory, 150))
    head = ["who waits", "waiters", "half are told after", "all are told after", "resident memory"]
    return f"{table(head, rows)}\n\n{goals_table(goals)}", goals
