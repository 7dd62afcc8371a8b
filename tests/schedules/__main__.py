"""``make faults-client``: many conversations on bad days, and what came of them.

A conversation is drawn from its number; one that fails is repeated by ``--only NUMBER``.
"""

from __future__ import annotations

import argparse
import sys
import time
from multiprocessing import Pool
from typing import Final

from benchmarks.report import PAGE as FIGURES
from benchmarks.report import conditions, table, write_section
from schedules.conversation import Tally, converse
from schedules.judge import LieError

PAGE: Final = FIGURES.with_name("reliability-client.md")
_AT_ONCE: Final = 25
Chunk = tuple[int, int, bool]
Lie = tuple[int, bool, str]


def main() -> None:
    """Have the conversations that the command line asks for."""
    parser = argparse.ArgumentParser(prog="make faults-client", description=__doc__)
    parser.add_argument("--in-memory", type=int, default=9_500, metavar="N")
    parser.add_argument("--over-sockets", type=int, default=500, metavar="N")
    parser.add_argument("--start", type=int, default=1_000_000, help="the first number")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="have this one, both ways")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    asked = parser.parse_args()
    if asked.only is not None:
        for over_sockets in (False, True):
            converse(asked.only, Tally(), over_sockets=over_sockets)
        return
    begin = time.monotonic()
    total, lies = _all(asked.start, asked.in_memory, asked.over_sockets)
    text = _page(total, lies, asked.over_sockets)
    print(f"{text}\n\n{time.monotonic() - begin:.0f} s")  # noqa: T201 (a command)
    if not asked.print_only:
        write_section("faults-client", text, PAGE)
    sys.exit(bool(lies))


def _all(start: int, in_memory: int, over_sockets: int) -> tuple[Tally, list[Lie]]:
    chunks = _chunks(start, in_memory, over_sockets=False)
    chunks += _chunks(start, over_sockets, over_sockets=True)
    total, lies = Tally(), list[Lie]()
    with Pool() as pool:
        for tally, found in pool.imap_unordered(_some, chunks):
            total.conversations += tally.conversations
            total.calls.update(tally.calls)
            total.fates.update(tally.fates)
            lies += found
    return total, lies


def _chunks(start: int, count: int, *, over_sockets: bool) -> list[Chunk]:
    return [
        (first, min(first + _AT_ONCE, start + count), over_sockets)
        for first in range(start, start + count, _AT_ONCE)
    ]


def _some(chunk: Chunk) -> tuple[Tally, list[Lie]]:
    first, end, over_sockets = chunk
    tally, lies = Tally(), list[Lie]()
    for seed in range(first, end):
        try:
            converse(seed, tally, over_sockets=over_sockets)
        except LieError as lie:
            lies.append((seed, over_sockets, repr(lie)))
    return tally, lies


def _page(total: Tally, lies: list[Lie], over_sockets: int) -> str:
    requests = sum(total.fates.values())
    trouble = requests - total.fates["well"]
    summary = (
        f"{total.conversations + len(lies):,} conversations ({over_sockets:,} of them over real "
        f"sockets), {sum(total.calls.values()):,} calls, {requests:,} requests, {trouble:,} of "
        f"them in trouble. Calls that told their caller what is not so: **{len(lies)}**."
    )
    parts = [
        conditions("make faults-client", ("csm-statusek", "httpx2")),
        summary,
        table(["a call ended in", "calls"], _rows(total.calls)),
        table(["a request's fate", "requests"], _rows(total.fates)),
    ]
    parts += [f"- number {seed}, over sockets: {over}: `{lie}`" for seed, over, lie in lies]
    return "\n\n".join(parts)


def _rows(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(name, f"{count:,}") for name, count in sorted(counts.items(), key=lambda one: -one[1])]


if __name__ == "__main__":
    main()
