"""Mutants of `csm`: what the tests do not notice; see `make mutate-csm`.

Only the running of mutmut and the counting live here; what is mutated, and by which tests it is
judged, is in pyproject.toml. Each survivor needs an explanation: a line that names it on the page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from benchmarks.report import conditions, table, write_section

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability-csm.md"
MOST_SURVIVORS = 0.05

_OUTCOMES = ("killed", "timeout", "survived", "unjudged")
_KILLED, _TIMEOUT = (1, 3, 37), (24, -24, 36, 152, 255)


@attrs.frozen
class Verdict:
    """What became of one mutant.

    Attributes:
        module: The module that it was made of.
        name: The function and the number of the change in it.
        outcome: ``killed``, ``timeout``, ``survived``, or ``unjudged`` where the run was stopped.
    """

    module: str
    name: str
    outcome: str


def verdicts(mutants: Path) -> Iterator[Verdict]:
    """Yield what became of each mutant, from the files that mutmut leaves behind.

    Args:
        mutants: Its folder.
    """
    for path in sorted(mutants.glob("src/csm/**/*.py.meta")):
        found: Mapping[str, int | None] = json.loads(path.read_text("utf-8"))["exit_code_by_key"]
        for key, code in found.items():
            module, _, name = key.rpartition(".")
            yield Verdict(module, name.removeprefix("x_"), _outcome(code))


def _outcome(code: int | None) -> str:
    if code is None:
        return "unjudged"
    if code in _KILLED:
        return "killed"
    return "timeout" if code in _TIMEOUT else "survived"


def summary(found: list[Verdict]) -> str:
    """Return the figures for each module, as a Markdown table."""
    head = ("module", "mutants", "killed", "ran too long", "survived", "not judged")
    counts = Counter((each.module, each.outcome) for each in found)
    rows = []
    for module in sorted({each.module for each in found}):
        row = [counts[module, outcome] for outcome in _OUTCOMES]
        rows.append([module, *(str(each) for each in (sum(row), *row))])
    return table(head, rows)


def unexplained(found: list[Verdict], page: str) -> list[str]:
    """Return the survivors that a page does not name."""
    names = [f"{each.module}.{each.name}" for each in found if each.outcome == "survived"]
    return [name for name in names if f"`{name}`" not in page]


def main() -> int:
    """Make and judge all mutants; 0 where all are judged, few survive and each is explained."""
    parser = argparse.ArgumentParser(prog="make mutate-csm", description=__doc__)
    parser.add_argument("--count-only", action="store_true", help="count what the last run left")
    parser.add_argument("--write", action="store_true", help=f"write the figures into {PAGE.name}")
    arguments = parser.parse_args()
    if not arguments.count_only:
        # It draws its progress even where nobody looks.
        drawn = None if sys.stdout.isatty() else subprocess.DEVNULL
        subprocess.run([sys.executable, "-m", "mutmut", "run"], check=True, cwd=ROOT, stdout=drawn)
    found = list(verdicts(ROOT / "mutants"))
    print(summary(found))
    outcomes = Counter(each.outcome for each in found)
    survived = outcomes["survived"]
    share = survived / max(1, len(found))
    print(f"{survived} of {len(found)} survived: {share:.1%}, at most {MOST_SURVIVORS:.0%}")
    if arguments.write:
        text = f"{conditions('make mutate-csm', ['mutmut'])}\n\n{summary(found)}"
        write_section("csm-mutants", text, PAGE)
    left = unexplained(found, PAGE.read_text("utf-8"))
    for name in left:
        print(f"not explained in {PAGE.name}: `{name}` (see: mutmut show)")
    return int(bool(left) or share > MOST_SURVIVORS or outcomes["unjudged"] > 0 or not found)


if __name__ == "__main__":
    sys.exit(main())
