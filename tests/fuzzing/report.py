"""The figures of campaigns on the page about reliability.

Only the writing of what was measured lives here. A campaign is one row, by its target and seed;
another one of the same two takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import conditions, table, write_section
from fuzzing.campaign import Tally
from fuzzing.giant_reading import GiantReading

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability-csm.md"
_CAMPAIGNS, _GIANTS = "csm-fuzz", "csm-giants"
_HEAD = ("target", "seed", "day", "inputs tried", "accepted", "broke a rule")


def record_campaign(target: str, seed: str, tally: Tally, page: Path) -> None:
    """Add a campaign to the table of the page."""
    day = datetime.now(UTC).date()
    row = [target, seed, str(day)]
    row += [f"{each:,}" for each in (tally.inputs, tally.accepted, tally.broken.total())]
    rows = [each for each in _rows(page) if each[:2] != row[:2]] + [row]
    rows.sort(key=lambda each: each[:2])
    sums = [f"{sum(int(each[at].replace(',', '')) for each in rows):,}" for at in (3, 4, 5)]
    total = f"{sums[0]} inputs in all, {sums[1]} of them accepted; {sums[2]} broke a rule."
    lines = [conditions("make fuzz-csm", ["csm-statusek", "msgspec"]), total, table(_HEAD, rows)]
    write_section(_CAMPAIGNS, "\n\n".join(lines), page)


def _rows(page: Path) -> list[list[str]]:
    """Return the rows that the page has."""
    content = page.read_text("utf-8") if page.exists() else ""
    section = re.search(
        rf"<!-- {_CAMPAIGNS}: begin -->(.*)<!-- {_CAMPAIGNS}: end -->", content, re.DOTALL
    )
    lines = section[1].splitlines() if section else []
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in rows if len(row) == len(_HEAD) and row[3].replace(",", "").isdigit()]


def record_giants(readings: Sequence[GiantReading], page: Path) -> None:
    """Put the readings of giants on the page."""
    head = ("100 MB of", "engine", "outcome at most 16 MiB", "outcome", "seconds", "MB of memory")
    text = "\n\n".join(
        [
            conditions("make fuzz-csm ARGS=--giants", ["csm-statusek", "msgspec"]),
            table(head, _giant_rows(readings)),
        ]
    )
    write_section(_GIANTS, text, page)


def _giant_rows(readings: Iterable[GiantReading]) -> Iterable[list[str]]:
    found = list(readings)
    for bounded, free in zip(found[::2], found[1::2], strict=True):
        figures = [f"{free.seconds:.1f}", f"{free.megabytes:,.0f}"]
        yield [free.what, free.engine, bounded.outcome, free.outcome, *figures]
