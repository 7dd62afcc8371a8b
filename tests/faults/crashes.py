"""Crashes: processes that are killed under load, the server's and the database's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from benchmarks.server.process import serving
from faults.callers import Callers, lost, models
from faults.findings import Finding
from faults.places import Kind, PostgresPlace, place

ENOUGH: Final = 60
"""Statuses that are acknowledged before a process is killed."""

PATIENCE: Final = 60.0
"""Seconds until a server must serve again."""


def server_crashes(kind: Kind, folder: Path, times: int) -> list[Finding]:
    """Kill the server under load so often, and look at what is stored in the end."""
    acknowledged: set[tuple[str, str]] = set()
    wrong: list[str] = []

    async def crash(callers: Callers, kill: Callable[[], None]) -> None:
        running = asyncio.create_task(callers.run())
        await until(lambda: len(callers.acknowledged) >= ENOUGH or running.done())
        kill()
        await running

    with place(kind, folder) as stored:
        for _ in range(times):
            with serving(stored.url, *models(folder)) as server:
                callers = Callers(server)
                asyncio.run(crash(callers, server.popen.kill))
                acknowledged |= callers.acknowledged
                wrong += callers.wrong
        missing, halves = lost(acknowledged, stored.stored()), stored.halves()
    return [
        Finding(
            f"{stored.name}: `kill -9` of the server under load",
            f"{times} times, {len(acknowledged):,} statuses acknowledged",
            f"{missing} lost, {halves} half stored, {len(wrong)} wrong answers",
            not (missing or halves or wrong) and len(acknowledged) >= times * ENOUGH,
        )
    ]


def database_crashes(folder: Path, times: int, version: int | None = None) -> list[Finding]:
    """Kill PostgreSQL under load so often, with one server that lives through all of it."""
    with place("postgres", folder, version) as stored:
        assert isinstance(stored, PostgresPlace)
        with serving(stored.url, *models(folder)) as server:
            callers = Callers(server)
            longest = asyncio.run(_crash_database(callers, stored, times))
            alive = server.popen.poll() is None
        missing, halves = lost(callers.acknowledged, stored.stored()), stored.halves()
        name = f"PostgreSQL {stored.cluster.version}"
    return [
        Finding(
            f"{name}: `kill -9` of all its processes under load, and a start",
            f"{times} times, {len(callers.acknowledged):,} statuses acknowledged",
            f"{missing} lost, {halves} half stored, {len(callers.wrong)} wrong answers; "
            f"{callers.refused:,} calls told of the trouble, {callers.broken} connections broken; "
            f"served again {longest:.1f} s after the database's start at the latest",
            not (missing or halves or callers.wrong or callers.broken) and alive,
        )
    ]


async def _crash_database(callers: Callers, stored: PostgresPlace, times: int) -> float:
    running = asyncio.create_task(callers.run(forever=True))
    longest = 0.0
    for _ in range(times):
        known = len(callers.acknowledged)
        await until(lambda known=known: len(callers.acknowledged) >= known + ENOUGH)  # type: ignore[misc]
        await asyncio.to_thread(stored.cluster.kill)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(stored.cluster.start)
        started, known = monotonic(), len(callers.acknowledged)
        await until(lambda known=known: len(callers.acknowledged) > known)  # type: ignore[misc]
        longest = max(longest, monotonic() - started)
    callers.stop()
    await running
    return longest


async def until(condition: Callable[[], bool]) -> None:
    """Return when something is so.

    Raises:
        TimeoutError: It took a minute.
    """
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for is of another process
            await asyncio.sleep(0.01)
