"""Measure everything, print the tables, and write them into ``docs/performance.md``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.csm.contenders import EVERYBODY
from benchmarks.csm.results import Results, middle
from benchmarks.csm.run import run
from benchmarks.csm.trees import SHAPES
from benchmarks.report import conditions, goals_table, write_section


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(prog="make bench-csm", description=__doc__)
    parser.add_argument(
        "--processes", type=int, default=7, help="one after the other (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=8, help="rounds of each (%(default)s)")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    arguments = parser.parse_args()
    runs = list(runs_of(arguments.processes, arguments.rounds))
    section = page_section(middle(runs), len(runs), arguments.rounds)
    print(section)
    if not arguments.print_only:
        write_section("bench-csm", section)


def runs_of(processes: int, rounds: int) -> Iterator[Results]:
    """The same run in several processes, one after the other.

    Where the parts of a program lie in memory differs from process to process, and that makes it
    faster or slower by a tenth, whoever wrote it.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for number in range(processes):
            print(f"process {number + 1} of {processes}", file=sys.stderr)
            yield pool.submit(run, SHAPES, rounds).result()


def page_section(results: Results, processes: int, rounds: int) -> str:
    """What the page says about some runs."""
    packages = [package for peer in EVERYBODY for package in peer.packages]
    return "\n\n".join(
        [
            conditions("make bench-csm", packages)
            + f" Medians of {processes} processes, of each the fastest of {rounds} rounds;"
            " a cell holds T1 / T2 / T3, for which 1 is the library named in the head.",
            results.everybody(),
            results.first_problems(),
            goals_table(results.goals()),
        ]
    )


if __name__ == "__main__":
    main()
