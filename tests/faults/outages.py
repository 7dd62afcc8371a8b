"""Outages: a database that is away for a while, a disk that is full, a clock that goes back."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

import httpx2

from benchmarks.server.process import Process, serving
from benchmarks.server.talk import Talk
from benchmarks.server.waiters import held
from faults.callers import Callers, call, connected, created, lost, models
from faults.crashes import until
from faults.findings import Finding
from faults.places import Kind, PostgresPlace, SqlitePlace, place
from strategies.databases import place_of
from strategies.server_kit import client

ANSWER_SECONDS: Final = 10.5
"""Seconds within which a call is answered although there is no database."""

BACK_SECONDS: Final = 5.0
"""Seconds after the database's start within which calls are served again."""

FULL: Final = "32m"
"""The size of the disk that is filled: room for the file and its log of several MiB, and more."""


def database_stops(folder: Path, times: int, version: int | None = None) -> list[Finding]:
    """Stop and start PostgreSQL so often, with callers that call and one that waits."""
    with place("postgres", folder, version) as stored:
        assert isinstance(stored, PostgresPlace)
        with serving(stored.url, *models(folder)) as server:
            slowest, back, ready = asyncio.run(_stop(stored, server, times))
        name = f"PostgreSQL {stored.cluster.version}"
    return [
        Finding(
            f"{name}: stopped as an operator does it, and started, under a server",
            f"{times} times",
            f"the slowest answer without a database took {slowest:.1f} s, `/readyz` said {ready}; "
            f"served again {back:.1f} s after its start at the latest, and who waited was told",
            slowest <= ANSWER_SECONDS and back <= BACK_SECONDS and ready == {503},
        )
    ]


async def _stop(
    stored: PostgresPlace, server: Process, times: int
) -> tuple[float, float, set[int]]:
    talk, waiting = await connected(server), await connected(server)
    slowest = back = 0.0
    ready: set[int] = set()
    for _ in range(times):
        token = await created(talk, "LINE")
        waits = asyncio.create_task(_wait(waiting, token))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(stored.cluster.stop)
        begun = monotonic()
        answer = await call(talk, "/status/setStatus", instance_token=token, status_name="A")
        slowest = max(slowest, monotonic() - begun)
        assert answer["code"] == "DATABASE_ERROR", answer
        ready.add((await asyncio.to_thread(httpx2.get, f"{server.url}/readyz")).status_code)
        await asyncio.to_thread(stored.cluster.start)
        begun = monotonic()
        for name in "ABC":
            while True:
                answer = await call(
                    talk, "/status/setStatus", instance_token=token, status_name=name
                )
                if answer["code"] in {"SUCCESS", "STATUS_IS_ALREADY_SET"}:
                    break
                assert answer["code"] == "DATABASE_ERROR", answer
        back = max(back, monotonic() - begun)
        told = await asyncio.wait_for(waits, 10)
        if told["code"] == "DATABASE_ERROR":  # told of the trouble, not of a fact
            told = await _wait(waiting, token)
        assert told["code"] == "INSTANCE_IS_FINISHED", told
    for one in (talk, waiting):
        one.writer.transport.abort()
    return slowest, back, ready


async def _wait(talk: Talk, token: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await talk.ask(held(token)))
    return answer


def can_mount() -> bool:
    """Return whether this process may make a disk of its own; in a container root may not."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    with TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of a few MiB."""
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={FULL}", "tmpfs", str(disk)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def full_disk(folder: Path, times: int) -> list[Finding]:
    """Fill the disk of a SQLite file so often, under load, and make room again."""
    with small_disk(folder) as disk:
        stored = SqlitePlace(disk / "faults.db")
        with serving(stored.url, *models(folder)) as server:
            callers = Callers(server)
            asyncio.run(_fill(callers, disk, times))
            alive = server.popen.poll() is None
        missing, halves = lost(callers.acknowledged, stored.stored()), stored.halves()
    return [
        Finding(
            "SQLite: the disk full under load, then room again, without a restart",
            f"{times} times, {len(callers.acknowledged):,} statuses acknowledged",
            f"{missing} lost, {halves} half stored, {len(callers.wrong)} wrong answers; "
            f"{callers.refused:,} calls told of the trouble, reading went on",
            not (missing or halves or callers.wrong or callers.broken)
            and alive
            and callers.refused >= times,
        )
    ]


async def _fill(callers: Callers, disk: Path, times: int) -> None:
    running = asyncio.create_task(callers.run(forever=True))
    talk = await connected(callers.server)
    for _ in range(times):
        known = len(callers.acknowledged)
        await until(lambda known=known: len(callers.acknowledged) > known + 20)  # type: ignore[misc]
        _fill_up(disk / "filler")
        refused = callers.refused
        await until(lambda refused=refused: callers.refused > refused + 20)  # type: ignore[misc]
        token = next(iter(callers.acknowledged))[0]
        seen = await call(talk, "/status/checkStatusIsSet", instance_token=token, status_name="A")
        assert seen["code"] == "STATUS_IS_SET", seen
        (disk / "filler").unlink()
    known = len(callers.acknowledged)
    await until(lambda: len(callers.acknowledged) > known)
    callers.stop()
    await running
    talk.writer.transport.abort()


def _fill_up(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        for size in (1 << 16, 1 << 12, 1):
            while True:
                try:
                    if filler.write(b"0" * size) < size:
                        break
                except OSError:
                    break


def clock_set_back(kind: Kind, folder: Path) -> list[Finding]:
    """Set the clock of the storage back by a day between two statuses, and forth again."""
    return asyncio.run(_set_back(kind, folder))


async def _set_back(kind: Kind, folder: Path) -> list[Finding]:
    day = 24 * 60 * 60
    with place_of(kind, folder) as where:
        async with client(folder, clock=where.clock, database=where.url) as server:

            async def post(path: str, **body: object) -> dict[str, Any]:
                answer: dict[str, Any] = (await server.post(path, json=body)).json()
                return answer

            made = await post(
                "/instance/create", object_name="3-POINT LINE TASK", instance_timeout=600
            )
            token = made["instance_token"]
            codes = []
            for name, step in (("RUN", -day), ("IN THE MIDDLE", -60), ("FINISHED", day + 3600)):
                done = await post("/status/setStatus", instance_token=token, status_name=name)
                codes.append(done["code"])
                where.clock.step(step)
            events = (await post("/event/getEvents", instance_token=token))["events"]
            end = await post("/v2/instance/checkIsFinished", instance_token=token)
    names = [event["Status"]["StatusName"] for event in events]
    reason = end["data"]["instanse_is_finished_description"]
    holds = (
        codes == ["SUCCESS"] * 3
        and names == ["RUN", "IN THE MIDDLE", "FINISHED"]
        and reason == "ALL_MANDATORY_STATUSES_ARE_SET"
    )
    name = "SQLite" if kind == "sqlite" else "PostgreSQL"
    return [
        Finding(
            f"{name}: the clock of the storage set back by a day and forth again",
            "between all statuses of an instance",
            f"{codes.count('SUCCESS')} of 3 set, in the order {', '.join(names)}; {reason}",
            holds,
        )
    ]
