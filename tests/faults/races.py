"""Races: eight processes set statuses of one instance at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from attrs import define, field

from benchmarks.server.process import serving
from benchmarks.server.talk import Talk
from faults.callers import LETTERS, call, connected, created, models
from faults.findings import Finding
from faults.places import Kind, StoredPlace, place

PROCESSES: Final = 8
AT_ONCE: Final = 16
"""Instances that are raced for at the same time."""


@define
class Count:
    """What went wrong."""

    lost: int = 0
    duplicate: int = 0
    left_open: int = 0
    other: Counter[str] = field(factory=Counter)


async def race(talks: list[Talk], count: Count) -> str:
    """One round: the same status eight times at once, then the seven others and it once more."""
    token = await created(talks[0], "WIDE")
    same = await _at_once(talks, token, "A" * PROCESSES)
    others = await _at_once(talks, token, LETTERS[1:] + "A")
    successes = Counter(name for name, code in [*same, *others] if code == "SUCCESS")
    allowed = {"SUCCESS", "STATUS_IS_ALREADY_SET", "INSTANCE_IS_FINISHED"}
    count.other.update(code for _, code in [*same, *others] if code not in allowed)
    answer = await call(talks[-1], "/event/getEvents", instance_token=token)
    stored = Counter(event["Status"]["StatusName"] for event in answer["events"] or ())
    count.lost += len(set(successes) - set(stored)) + len(set(LETTERS) - set(successes))
    count.duplicate += sum(number - 1 for number in (successes | stored).values())
    end = await call(talks[-1], "/instance/checkIsFinished", instance_token=token)
    count.left_open += end["code"] != "INSTANCE_IS_FINISHED"
    return token


async def _at_once(talks: list[Talk], token: str, names: str) -> list[tuple[str, str]]:
    answers = await asyncio.gather(
        *(
            call(talk, "/status/setStatus", instance_token=token, status_name=name)
            for talk, name in zip(talks, names, strict=True)
        )
    )
    return [(name, answer["code"]) for name, answer in zip(names, answers, strict=True)]


async def _races(servers: list[list[Talk]], rounds: int, count: Count) -> None:
    left = iter(range(rounds))

    async def lane(talks: list[Talk]) -> None:
        for _ in left:
            await race(talks, count)

    await asyncio.gather(*(lane(talks) for talks in servers))


def races(kind: Kind, folder: Path, rounds: int, processes: int = PROCESSES) -> list[Finding]:
    """Race on a database; ``processes`` servers share the eight callers."""
    with place(kind, folder) as stored, ExitStack() as stack:
        count = _raced(stored, folder, rounds, processes, stack)
        halves = stored.halves()
        events = len(stored.stored())
    wrong = count.lost + count.duplicate + count.left_open + halves + sum(count.other.values())
    return [
        Finding(
            f"{stored.name}: 8 callers on {processes} processes set one status at once, then all",
            f"{rounds:,} rounds",
            f"{count.lost} lost, {count.duplicate} duplicate, {count.left_open} open when complete,"
            f" {halves} half stored, {sum(count.other.values())} other answers",
            wrong == 0 and events == rounds * len(LETTERS),
        )
    ]


def _raced(
    stored: StoredPlace, folder: Path, rounds: int, processes: int, stack: ExitStack
) -> Count:
    servers = [stack.enter_context(serving(stored.url, *models(folder))) for _ in range(processes)]
    count = Count()

    async def run() -> None:
        lanes = [
            [await connected(servers[number % processes]) for number in range(PROCESSES)]
            for _ in range(AT_ONCE)
        ]
        await _races(lanes, rounds, count)
        for talks in lanes:
            for talk in talks:
                talk.writer.transport.abort()

    asyncio.run(run())
    return count
