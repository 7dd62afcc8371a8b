"""Floods: callers that send too slowly, too much, without end, or nothing at all."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

from attrs import frozen

from benchmarks.server.process import Process, serving
from faults.callers import call, connected, created, models
from faults.findings import Finding

READ_SECONDS: Final = 2
MOST_MEMORY: Final = 150.0
"""MiB that a process may take, whatever callers do."""

POST: Final = b"POST /instance/create HTTP/1.1\r\nHost: statusek\r\n"


@frozen
class Attack:
    """One way of being a bad caller.

    Args:
        what: In words.
        head: What is sent at once.
        more: What is sent again and again.
        pause: Seconds between that.
        expected: What the answer begins with, where there is one.
    """

    what: str
    head: bytes
    more: bytes
    pause: float
    expected: tuple[bytes, ...]


ATTACKS: Final = (
    Attack("a request line, a byte at a time", b"", b"P", 0.1, (b"HTTP/1.1 4",)),
    Attack("headers, a byte at a time", POST + b"X: ", b"x", 0.1, (b"HTTP/1.1 408",)),
    Attack("headers without end", POST, b"X-Y: " + b"z" * 1000 + b"\r\n", 0, (b"HTTP/1.1 431",)),
    Attack("one header without end", POST + b"X: ", b"z" * 10_000, 0, (b"HTTP/1.1 431",)),
    Attack("a path without end", b"POST /", b"z" * 10_000, 0, (b"HTTP/1.1 414",)),
    Attack(
        "a body, a byte at a time",
        POST + b"Content-Length: 1000\r\n\r\n",
        b" ",
        0.1,
        (b"HTTP/1.1 408",),
    ),
    Attack(
        "a body of 1 GB",
        POST + b"Content-Length: 1000000000\r\n\r\n",
        b" " * 100_000,
        0,
        (b"HTTP/1.1 200",),
    ),
    Attack(
        "a chunked body without end",
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        b"2710\r\n" + b" " * 10_000 + b"\r\n",
        0,
        (b"HTTP/1.1 200",),
    ),
    Attack(
        "chunks of one byte without end",
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        b"1\r\n \r\n" * 1000,
        0,
        (b"HTTP/1.1 413", b"HTTP/1.1 200", b"HTTP/1.1 408"),
    ),
    Attack(
        "a chunk's extension without end",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1;",
        b"x" * 10_000,
        0,
        (b"HTTP/1.1 4",),
    ),
    Attack(
        "trailers without end",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        b"X-Y: " + b"z" * 1000 + b"\r\n",
        0,
        (b"HTTP/1.1 4",),
    ),
    Attack("nothing", b"", b"", 0.1, (b"",)),
)


def attacks(folder: Path, callers: int) -> list[Finding]:
    """Have so many callers at once do each bad thing, and see how others are served meanwhile."""
    findings: list[Finding] = []
    url = f"sqlite:///{folder / 'faults.db'}"
    flags = (*models(folder), "--read-seconds", str(READ_SECONDS))
    with serving(url, *flags) as server:
        findings += [asyncio.run(_attack(server, attack, callers)) for attack in ATTACKS]
        memory = server.peak_memory
    findings.append(
        Finding(
            "all of that", "", f"resident memory {memory:.0f} MiB at most", memory < MOST_MEMORY
        )
    )
    return findings


async def _attack(server: Process, attack: Attack, callers: int) -> Finding:
    ends = [asyncio.create_task(_one(server, attack)) for _ in range(callers)]
    delays = await _good_calls(server, lambda: all(end.done() for end in ends))
    done = await asyncio.gather(*ends)
    longest = max(seconds for seconds, _, _ in done)
    answers = sorted({answer.partition(b"\r\n")[0].decode("latin-1") for _, answer, _ in done})
    most = max(size for _, _, size in done)
    in_time = longest <= READ_SECONDS + 8
    fitting = [answer.startswith(attack.expected) for _, answer, _ in done if answer]
    # Who sends at full speed may lose the answer with the connection; who is slow gets it.
    as_expected = all(fitting) and (any(fitting) or not attack.pause or attack.expected == (b"",))
    return Finding(
        attack.what,
        f"{callers} callers at once",
        f"answered {' or '.join(answers) or 'by nothing'}, at an end after {longest:.1f} s and "
        f"{most / 1e6:.1f} MB at most; meanwhile others got {len(delays)} answers, half of them "
        f"within {median(delays) * 1000:.0f} ms",
        in_time and as_expected,
    )


async def _one(server: Process, attack: Attack) -> tuple[float, bytes, int]:
    """Return how long the server put up with it, what it said, and how much was sent."""
    begun = monotonic()
    reader, writer = await asyncio.open_connection(server.host, server.port)
    answer = asyncio.create_task(reader.read(200))
    sent = 0
    with suppress(OSError):
        writer.write(attack.head)
        while not writer.transport.is_closing() and monotonic() - begun < READ_SECONDS + 10:
            writer.write(attack.more)
            sent += len(attack.more)
            await writer.drain()
            await asyncio.sleep(attack.pause)
            if answer.done() and (reader.at_eof() or attack.pause):
                break
    said = b""
    with suppress(OSError, TimeoutError):
        said = await asyncio.wait_for(answer, READ_SECONDS + 10)
    writer.transport.abort()
    return monotonic() - begun, said, sent


async def _good_calls(server: Process, is_over: Callable[[], bool]) -> list[float]:
    """Return how long calls of a caller took that does nothing bad."""
    talk = await connected(server)
    delays: list[float] = []
    while not is_over() or not delays:
        begun = monotonic()
        assert await created(talk, "LINE")
        delays.append(monotonic() - begun)
        await asyncio.sleep(0.02)
    talk.writer.transport.abort()
    return delays


def crowd(folder: Path, count: int) -> list[Finding]:
    """Keep so many connections open that say nothing, and one more than the server takes."""
    limit = min(count, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 500)
    resource.setrlimit(
        resource.RLIMIT_NOFILE,
        (
            resource.getrlimit(resource.RLIMIT_NOFILE)[1],
            resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        ),
    )
    url = f"sqlite:///{folder / 'crowd.db'}"
    flags = (*models(folder), "--max-connections", str(limit + 1), "--read-seconds", "300")
    with serving(url, *flags) as server:
        delays, surplus = asyncio.run(_crowd(server, limit))
        memory = server.peak_memory
    return [
        Finding(
            "connections that say nothing, and one more than the limit",
            f"{limit:,} at once",
            f"another caller's calls took {median(delays) * 1000:.0f} ms by half and "
            f"{max(delays) * 1000:.0f} ms at most; one too many was told {surplus}; "
            f"resident memory {memory:.0f} MiB at most",
            surplus.startswith("HTTP/1.1 503") and memory < MOST_MEMORY and max(delays) < 5,
        )
    ]


async def _crowd(server: Process, count: int) -> tuple[list[float], str]:
    good = await connected(server)
    assert await created(good, "LINE")
    silent: list[asyncio.StreamWriter] = []
    for _ in range(0, count, 100):
        opening: list[Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = [
            asyncio.open_connection(server.host, server.port)
            for _ in range(min(100, count - len(silent)))
        ]
        silent += [writer for _, writer in await asyncio.gather(*opening)]
    delays: list[float] = []
    for _ in range(50):
        begun = monotonic()
        answer = await call(good, "/instance/create", object_name="LINE", instance_timeout=60)
        assert answer["code"] == "SUCCESS", answer
        delays.append(monotonic() - begun)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    said = await asyncio.wait_for(reader.read(200), 10)
    for one in [*silent, writer, good.writer]:
        one.transport.abort()
    return delays, said.partition(b"\r\n")[0].decode("latin-1")
