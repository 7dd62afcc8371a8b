"""Readers: thousands of callers who follow what changes, on one process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

from benchmarks.server.process import Process, serving
from faults.callers import call, connected, created, models
from faults.findings import Finding
from faults.floods import MOST_MEMORY

JOBS = 5
EVENTS = 4 * JOBS
"""Three statuses and an end for each."""

FOLLOW = b"GET /api/v1/stream HTTP/1.1\r\nHost: statusek\r\n\r\n"


def readers(folder: Path, count: int) -> list[Finding]:
    """Have so many callers follow all changes while jobs are done."""
    with serving(f"sqlite:///{folder / 'readers.db'}", *models(folder)) as server:
        complete, slowest = asyncio.run(_follow(server, count))
        memory = server.peak_memory
    return [
        Finding(
            "readers of the stream of all changes, on one process",
            f"{count:,} at once, {EVENTS} events",
            f"{complete:,} got every event; a job took {slowest:.1f} s at most meanwhile; "
            f"resident memory {memory:.0f} MiB at most",
            complete == count and memory < MOST_MEMORY,
        )
    ]


async def _follow(server: Process, count: int) -> tuple[int, float]:
    following: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for begin in range(0, count, 100):
        opening = (
            asyncio.open_connection(server.host, server.port)
            for _ in range(min(100, count - begin))
        )
        following += await asyncio.gather(*opening)
    for _, writer in following:
        writer.write(FOLLOW)
    for reader, _ in following:
        assert b" 200 OK" in await reader.readuntil(b"\r\n\r\n")
    reading = [asyncio.create_task(_read(reader)) for reader, _ in following]
    slowest = await _jobs(server)
    done, late = await asyncio.wait(reading, timeout=30)
    for task in late:
        task.cancel()
    for _, writer in following:
        writer.transport.abort()
    return sum(task.result() == EVENTS for task in done), slowest


async def _read(reader: asyncio.StreamReader) -> int:
    """Return how many events came, until enough did."""
    events = 0
    while events < EVENTS and (line := await reader.readline()):
        events += line.startswith(b"event:")
    return events


async def _jobs(server: Process) -> float:
    talk = await connected(server)
    slowest = 0.0
    for _ in range(JOBS):
        begun = monotonic()
        token = await created(talk, "LINE")
        for name in "ABC":
            await call(talk, "/status/setStatus", instance_token=token, status_name=name)
        slowest = max(slowest, monotonic() - begun)
    talk.writer.transport.abort()
    return slowest
