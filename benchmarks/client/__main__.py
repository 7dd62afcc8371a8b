"""Measure everything, print the tables, and write them into ``docs/performance.md``."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from benchmarks.client import imports, peers, waits
from benchmarks.report import Goal, conditions, goals_table, ratio, table, write_section

_LEAST = (
    "All take turns, call by call, and of each the time counts that its fastest tenth keeps: on "
    "a machine that is busy with other things, medians tell more of those."
)
PACKAGES = ("csm-statusek", "httpx2", "httpcore2", "httpx-aiohttp", "aiohttp")


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(prog="make bench-client", description=__doc__)
    parser.add_argument("--calls", type=int, default=3000, help="calls that count (%(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (%(default)s)")
    parser.add_argument("--waits", type=int, default=1000, help="waits at once (%(default)s)")
    parser.add_argument("--only", choices=("calls", "waits"), help="a part of it")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    asked = parser.parse_args()
    parts: dict[str, Callable[[], str]] = {
        "calls": lambda: calls_section(asked.calls, asked.rounds),
        "waits": lambda: waits_section(asked.waits),
    }
    for name, part in parts.items():
        if asked.only not in (None, name):
            continue
        section = part()
        print(section)
        if not asked.print_only:
            write_section(f"bench-client-{name}", section)


def calls_section(calls: int, rounds: int) -> str:
    """What the page says about calls and about importing."""
    with answering() as port:
        blocking = peers.Sync(port)
        try:
            sync = peers.seconds_of_each(blocking.calls, calls)
        finally:
            blocking.close()
        many = asyncio.run(peers.processor_time_of_each(port, calls // 2, rounds))
    importing = imports.costs(4 * rounds + 1)
    return "\n\n".join(
        [
            "## The client",
            conditions("make bench-client", PACKAGES),
            f"One blocking call over a connection that is kept alive. {_LEAST}",
            _ratios(sync, "http.client"),
            f"{peers.IN_FLIGHT} calls in flight in one event loop; processor time of a call.",
            _ratios(many, "httpx2"),
            "Importing; processor time beyond that of an empty interpreter.",
            _ratios(importing, "httpx2"),
            goals_table(goals(sync, many, importing)),
        ]
    )


def waits_section(count: int) -> str:
    """What the page says about waits."""
    waited = {
        "over aiohttp": waits.measured(count, over_aiohttp=True),
        "httpx2": waits.measured(count, over_aiohttp=False),
    }
    return "\n\n".join(
        [
            conditions("make bench-client", PACKAGES),
            f"{count} waits at once in one async client, on a real server; then each gets its end.",
            _waits_table(waited),
        ]
    )


def goals(
    sync: dict[str, float], many: dict[str, float], importing: dict[str, float]
) -> list[Goal]:
    """What has to hold."""
    ours, over = many["statusek_client"], many["statusek_client over aiohttp"]
    by_hand = many["httpx2 over aiohttp"]
    blocking, imported = sync["statusek_client"], importing["statusek_client"]
    return [
        Goal("a blocking call, by httpx2's by hand", blocking / sync["httpx2"], 1.15),
        Goal("a blocking call, by http.client's", blocking / sync["http.client"], 2.0),
        Goal("an async call, by httpx2's by hand", ours / many["httpx2"], 1.15),
        Goal("an async call over aiohttp, by the same by hand", over / by_hand, 1.15),
        Goal("calls per second over aiohttp, by the default's", ours / over, 2.5, "at least"),
        Goal("importing, by httpx2", imported / importing["httpx2"], 1.4),
    ]


@contextmanager
def answering() -> Generator[int]:
    """Give the port of a server that answers at once, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.client.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _ratios(figures: dict[str, float], base: str) -> str:
    rows = [
        (name, ratio(figure / figures[base]), f"{figure * 1e6:,.0f} µs")
        for name, figure in figures.items()
    ]
    return table(["", f"÷ {base}", "here"], rows)


def _waits_table(waited: dict[str, waits.Waits]) -> str:
    head = ["", "memory of a wait", "processor at rest", "processor time of a wait", "last end"]
    rows = [
        (
            name,
            f"{one.kilobytes_each:.0f} KiB",
            f"{one.processor_share_at_rest:.1%} of a core",
            f"{one.milliseconds_each:.1f} ms",
            f"{one.seconds_to_the_last:.1f} s",
        )
        for name, one in waited.items()
    ]
    return table(head, rows)


if __name__ == "__main__":
    main()
