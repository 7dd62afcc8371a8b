"""``make faults-server``: does all harm in earnest, and writes what came of it.

Without arguments everything; else the parts that are named. The findings go between the marks of
each part in docs/reliability.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.report import conditions, write_section
from benchmarks.server.cluster import versions
from faults.crashes import database_crashes, server_crashes
from faults.findings import Finding, findings_table
from faults.floods import attacks, crowd
from faults.injections import injections
from faults.outages import can_mount, clock_set_back, database_stops, full_disk
from faults.places import KINDS
from faults.races import races
from faults.random_calls import random_calls
from faults.readers import readers
from faults.repeats import repeats

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
PACKAGES: Final = ("asyncpg", "hypothesis", "uvicorn", "httptools")

Findings = list[Finding]


def _races(folder: Path) -> Findings:
    return [finding for kind in KINDS for finding in races(kind, _new(folder, kind), 5_000)]


def _crashes(folder: Path) -> Findings:
    found = [finding for kind in KINDS for finding in server_crashes(kind, _new(folder, kind), 20)]
    for version in versions():
        found += database_crashes(_new(folder, str(version)), 20, version)
    return found


def _outages(folder: Path) -> Findings:
    found: Findings = []
    for version in versions():
        found += database_stops(_new(folder, str(version)), 5, version)
    if can_mount():
        found += full_disk(_new(folder, "full"), 20)
    for kind in KINDS:
        found += clock_set_back(kind, _new(folder, kind))
    return found


def _floods(folder: Path) -> Findings:
    return [*attacks(_new(folder, "attacks"), 20), *crowd(_new(folder, "crowd"), 10_000)]


def _readers(folder: Path) -> Findings:
    return readers(folder, 2_000)


def _repeats(folder: Path) -> Findings:
    return [finding for kind in KINDS for finding in repeats(kind, _new(folder, kind), 200)]


def _injections(folder: Path) -> Findings:
    return [finding for kind in KINDS for finding in injections(kind, _new(folder, kind))]


def _random_calls(_: Path) -> Findings:
    return [finding for kind in KINDS for finding in random_calls(kind, 300)]


PARTS: Final[dict[str, Callable[[Path], Findings]]] = {
    "races": _races,
    "repeats": _repeats,
    "crashes": _crashes,
    "outages": _outages,
    "floods": _floods,
    "readers": _readers,
    "injections": _injections,
    "random-calls": _random_calls,
}


def main(names: list[str]) -> int:
    """Do the harm of parts, print and write the findings; returns 1 where something broke."""
    all_found: Findings = []
    for name in names or PARTS:
        with TemporaryDirectory() as folder:
            found = PARTS[name](Path(folder))
        text = (
            f"{findings_table(found)}\n\n{conditions(f'make faults-server ARGS={name}', PACKAGES)}"
        )
        sys.stdout.write(f"{text}\n\n")
        sys.stdout.flush()
        write_section(f"faults-{name}", text, PAGE)
        all_found += found
    return int(not all(finding.holds for finding in all_found))


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
