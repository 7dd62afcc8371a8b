"""The load: jobs over kept-alive connections, by a protocol that costs the machine little.

A job is create, set, set and checkIsFinished. Each answer is checked. As a program it prints its
figures as JSON, so that it runs in a process of its own: ``python -m benchmarks.server.load``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from time import perf_counter
from typing import Any, Final

from attrs import define, field, frozen

OBJECT: Final = "2-POINT LINE TASK"
TOKEN: Final = b"00000000-0000-4000-8000-000000000000"
MARK: Final = b'"instance_token":"'
YES: Final = b'"status":true'
"""What is in the answer to each call of a job, in either dialect, of this server and of others."""


def post(path: str, **body: object) -> bytes:
    """A request as it is sent."""
    text = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: statusek\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


CREATE: Final = post("/instance/create", object_name=OBJECT, instance_timeout=600)
NEXT: Final = (
    post("/status/setStatus", instance_token=TOKEN.decode(), status_name="RUN"),
    post("/status/setStatus", instance_token=TOKEN.decode(), status_name="FINISHED"),
    post("/instance/checkIsFinished", instance_token=TOKEN.decode()),
)
"""What follows in a job."""


@frozen
class Figures:
    """What came of a load.

    Args:
        jobs: Jobs done in the time that counts.
        seconds: That time.
        p50: Half of the calls took no longer, in milliseconds.
        p95: The same for 95 of 100.
        p99: The same for 99 of 100.
    """

    jobs: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds


@define(eq=False)
class Counter:
    """What all callers of a load share."""

    ends: asyncio.Event
    counts: bool = False
    jobs: int = 0
    latencies: list[float] = field(factory=list)
    trouble: str = ""

    def fail(self, trouble: str) -> None:
        """End the load for a reason."""
        self.trouble = self.trouble or trouble
        self.ends.set()


class Caller(asyncio.Protocol):
    """One client, which does job after job."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.step = -1
        self.token = TOKEN
        self.buffer = b""
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the first job."""
        self.transport: Any = transport
        self.send(CREATE)

    def send(self, request: bytes) -> None:
        """Send the next request."""
        self.sent_at = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Gather an answer until it is whole."""
        self.buffer = buffer = self.buffer + data if self.buffer else data
        head_end = buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = buffer[:head_end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(buffer) >= head_end + 4 + length:
            self.buffer = b""
            self.take(buffer[head_end + 4 :])

    def take(self, body: bytes) -> None:
        """Take an answer and go on with what follows."""
        if self.counter.counts:
            self.counter.latencies.append(perf_counter() - self.sent_at)
        if YES not in body:
            self.counter.fail(f"an answer without {YES.decode()}: {body!r}")
            return
        if self.step < 0:
            at = body.find(MARK) + len(MARK)
            self.token = body[at : at + len(TOKEN)]
        self.step += 1
        if self.step < len(NEXT):
            self.send(NEXT[self.step].replace(TOKEN, self.token))
        else:
            self.step = -1
            self.counter.jobs += self.counter.counts
            self.send(CREATE)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the load, unless it is over."""
        if not self.counter.ends.is_set():
            self.counter.fail(f"the connection was lost: {exc}")


async def load(host: str, port: int, clients: int, seconds: float, warm_up: float) -> Figures:
    """Do jobs for a time and return what came of them.

    Raises:
        RuntimeError: An answer was not the one of a good job.
    """
    loop = asyncio.get_running_loop()
    counter = Counter(asyncio.Event())
    callers = [
        await loop.create_connection(lambda: Caller(counter), host, port) for _ in range(clients)
    ]
    await _unless_ended(counter, warm_up)
    counter.counts = True
    begun = perf_counter()
    await _unless_ended(counter, seconds)
    counter.counts = False
    took = perf_counter() - begun
    counter.ends.set()
    for transport, _ in callers:
        transport.abort()
    if counter.trouble:
        raise RuntimeError(counter.trouble)
    times = sorted(counter.latencies)
    places = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.95, 0.99))
    return Figures(counter.jobs, took, *places)


async def _unless_ended(counter: Counter, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await counter.ends.wait()


def put(host: str, port: int, clients: int, seconds: float = 4, warm_up: float = 1) -> Figures:
    """Put a load on a server from a process of its own.

    Args:
        host: Where the server listens.
        port: Where the server listens.
        clients: Connections, each with one call at a time.
        seconds: How long calls count.
        warm_up: Seconds before that.
    """
    command = [sys.executable, "-m", "benchmarks.server.load", host]
    command += [str(value) for value in (port, clients, seconds, warm_up)]
    return Figures(**json.loads(subprocess.check_output(command)))


def main(host: str, port: str, clients: str, seconds: str, warm_up: str) -> None:
    """Put a load on a server and print the figures."""
    uvloop: Any = import_module("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(load(host, int(port), int(clients), float(seconds), float(warm_up)))
    names = ("jobs", "seconds", "p50", "p95", "p99")
    print(json.dumps({name: getattr(figures, name) for name in names}))


if __name__ == "__main__":
    main(*sys.argv[1:])
