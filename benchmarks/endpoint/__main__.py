"""``make bench-endpoint``: measures status endpoints and writes docs/performance.md."""

from __future__ import annotations

import sys
from typing import Final

from benchmarks.endpoint import answers, promises
from benchmarks.report import conditions, goals_table, write_section

PACKAGES: Final = ("uvicorn", "httptools", "uvloop", "msgspec")


def main() -> int:
    """Measure, print and write; returns 1 where a goal was not reached."""
    cost, goals = answers.measure()
    kept, promised = promises.measure()
    goals += promised
    text = "\n\n".join(
        (
            "## Status endpoints",
            cost,
            kept,
            goals_table(goals),
            conditions("make bench-endpoint", PACKAGES),
        )
    )
    print(text)
    write_section("endpoint", text)
    return int(not all(goal.holds for goal in goals))


if __name__ == "__main__":
    sys.exit(main())
