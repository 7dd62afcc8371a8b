"""Repeats: the same call with the same key, eight times at once, through several processes."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.server.process import Process, serving
from benchmarks.server.talk import Talk
from faults.callers import connected, created, models
from faults.findings import Finding
from faults.places import Kind, place

CALLERS = 8


async def keyed(talk: Talk, path: str, key: str, **body: object) -> dict[str, Any]:
    """The answer to a call that comes with a key."""
    text = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: statusek\r\nIdempotency-Key: {key}\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    answer: dict[str, Any] = json.loads(await talk.ask(head.encode() + text))
    return answer


def repeats(kind: Kind, folder: Path, rounds: int, processes: int = 2) -> list[Finding]:
    """Repeat calls at once, and use one key for different calls at once."""
    with place(kind, folder) as stored, ExitStack() as stack:
        servers = [
            stack.enter_context(serving(stored.url, *models(folder))) for _ in range(processes)
        ]
        wrong = asyncio.run(_rounds(servers, rounds))
        halves, events = stored.halves(), len(stored.stored())
    return [
        Finding(
            f"{stored.name}: one `Idempotency-Key` in {CALLERS} calls at once, on {processes} "
            "processes: the same call, and different ones",
            f"{rounds:,} rounds",
            f"{sum(wrong.values())} done twice or told wrongly"
            + "".join(f"; {what}: {count}" for what, count in wrong.most_common(3))
            + f"; {halves} half stored",
            # In each round one of the same and one of the different calls sets a status.
            not wrong and not halves and events == 2 * rounds,
        )
    ]


async def _rounds(servers: list[Process], rounds: int) -> Counter[str]:
    talks = [await connected(servers[number % len(servers)]) for number in range(CALLERS)]
    wrong: Counter[str] = Counter()
    for number in range(rounds):
        wrong.update(await _round(talks, number))
    for talk in talks:
        talk.writer.transport.abort()
    return wrong


async def _round(talks: list[Talk], number: int) -> list[str]:
    same = {"object_name": "LINE", "instance_timeout": 60}
    made = await asyncio.gather(
        *(keyed(talk, "/instance/create", f"create-{number}", **same) for talk in talks)
    )
    tokens = {answer["instance_token"] for answer in made}
    event = {"instance_token": tokens.pop(), "status_name": "A"}
    done = await asyncio.gather(
        *(keyed(talk, "/status/setStatus", f"set-{number}", **event) for talk in talks)
    )
    others = [await created(talks[0], "LINE") for _ in talks]
    told = await asyncio.gather(
        *(
            keyed(talk, "/status/setStatus", f"o-{number}", instance_token=token, status_name="A")
            for talk, token in zip(talks, others, strict=True)
        )
    )
    codes = sorted(answer["code"] for answer in told)
    return [
        what
        for what, is_wrong in {
            "several instances for one key": bool(tokens),
            "a repeated set was refused": any(answer["code"] != "SUCCESS" for answer in done),
            f"different calls: {codes}": codes
            != ["IDEMPOTENCY_KEY_IS_REUSED"] * (CALLERS - 1) + ["SUCCESS"],
        }.items()
        if is_wrong
    ]
