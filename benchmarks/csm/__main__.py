"""Measure everything, print the tables, and write them into ``docs/performance.md``."""

from __future__ import annotations

import argparse

from benchmarks.csm.contenders import EVERYBODY
from benchmarks.csm.results import Results
from benchmarks.csm.run import run
from benchmarks.csm.trees import SHAPES
from benchmarks.report import conditions, goals_table, write_section


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(prog="make bench-csm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count (%(default)s)")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    arguments = parser.parse_args()
    section = page_section(run(SHAPES, arguments.rounds), arguments.rounds)
    print(section)
    if not arguments.print_only:
        write_section("bench-csm", section)


def page_section(results: Results, rounds: int) -> str:
    """What the page says about a run."""
    packages = [package for peer in EVERYBODY for package in peer.packages]
    return "\n\n".join(
        [
            conditions("make bench-csm", packages)
            + f" Medians of {rounds} interleaved rounds, processor time;"
            " a cell holds T1 / T2 / T3, for which 1 is the library named in the head.",
            results.everybody(),
            results.first_problems(),
            goals_table(results.goals()),
        ]
    )


if __name__ == "__main__":
    main()
