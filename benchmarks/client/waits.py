"""A thousand waits at once in one async client, against the real server.

As a program it is the process of the client, whose memory nobody else has grown.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import attrs
import httpx2
from httpx_aiohttp.httpx2 import Httpx2AiohttpClient

from statusek_client import AsyncInstance, AsyncStatusekClient

RESTING = 10.0
"""Seconds in which nothing happens but waiting."""


@attrs.frozen
class Waits:
    """What so many waits have cost the process of the client."""

    waits: int
    kilobytes_each: float
    processor_share_at_rest: float
    milliseconds_each: float
    seconds_to_the_last: float


@contextmanager
def server() -> Generator[str]:
    """Give the URL of a real server in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'statusek.db'}"
        command = [sys.executable, "-m", "statusek_server", "--port", "0", "--database", database]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                lines = iter(process.stderr.readline, "")
                yield next(found[1] for line in lines if (found := re.search(r"on (\S+)", line)))
            finally:
                process.terminate()


def measured(waits: int, *, over_aiohttp: bool, resting: float = RESTING) -> Waits:
    """Measure in a process of its own."""
    with server() as url:
        command = [
            sys.executable,
            "-m",
            __spec__.name,
            url,
            str(waits),
            str(int(over_aiohttp)),
            str(resting),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    return Waits(**json.loads(done.stdout))


async def waiting(url: str, waits: int, resting: float, *, over_aiohttp: bool) -> Waits:
    """Wait so many times at once, rest, then finish every instance."""
    async with AsyncExitStack() as stack:
        limits = httpx2.Limits(max_connections=2 * waits)  # None means 100 to aiohttp's
        own = Httpx2AiohttpClient(limits=limits) if over_aiohttp else None
        if own is not None:
            await stack.enter_async_context(own)
        client = AsyncStatusekClient(url, http_client=own, timeout=240)
        await stack.enter_async_context(client)
        tasks = await _created(client, waits)
        memory, processor = _kilobytes(), time.process_time()
        waiters = [asyncio.create_task(task.wait(timeout=1200)) for task in tasks]
        await asyncio.sleep(resting)  # all of them are asked by then
        begun = time.process_time()
        await asyncio.sleep(resting)
        at_rest = (time.process_time() - begun) / resting
        grown = _kilobytes() - memory
        last = time.perf_counter()
        await _finish(tasks)
        assert all(await asyncio.wait_for(asyncio.gather(*waiters), 300))
        return Waits(
            waits=waits,
            kilobytes_each=grown / waits,
            processor_share_at_rest=at_rest,
            milliseconds_each=(time.process_time() - processor) / waits * 1000,
            seconds_to_the_last=time.perf_counter() - last,
        )


async def _created(client: AsyncStatusekClient, count: int) -> list[AsyncInstance]:
    gate = asyncio.Semaphore(20)

    async def one() -> AsyncInstance:
        async with gate:
            return await client.create("1-POINT TASK", instance_timeout=3600)

    return await asyncio.gather(*(one() for _ in range(count)))


async def _finish(tasks: list[AsyncInstance]) -> None:
    left = iter(tasks)

    async def some() -> None:
        for task in left:
            await task.set("FINISHED")

    await asyncio.gather(*(some() for _ in range(20)))


def _kilobytes() -> int:
    # The most that the process has ever had: it grows while the waits begin.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    _, _url, _waits, _over, _resting = sys.argv
    _found = asyncio.run(waiting(_url, int(_waits), float(_resting), over_aiohttp=_over == "1"))
    print(json.dumps(attrs.asdict(_found)))
