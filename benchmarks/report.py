"""What all benchmarks share: interleaved rounds, tables, goals, and the marked section of a page.

Nothing about what is measured lives here.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Literal, TypeVar

import attrs

K = TypeVar("K")

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


@attrs.frozen
class Goal:
    """A bound that a ratio has to keep.

    Args:
        what: The ratio, in words.
        actual: Its value in this run.
        bound: The most or the least that it may be.
        sense: Whether the bound is the most or the least.
    """

    what: str
    actual: float
    bound: float
    sense: Literal["at most", "at least"] = "at most"

    @property
    def holds(self) -> bool:
        """Whether the bound is kept, by the figures as they are printed."""
        actual = float(ratio(self.actual))
        return actual <= self.bound if self.sense == "at most" else actual >= self.bound


def medians(
    cases: Mapping[K, Callable[[], float]], rounds: int = 9, warm_ups: int = 1
) -> dict[K, float]:
    """The median of each case over some rounds; see `figures_of`."""
    figures = figures_of(cases, rounds, warm_ups)
    return {name: median(values) for name, values in figures.items()}


def fastest(
    cases: Mapping[K, Callable[[], float]], rounds: int = 9, warm_ups: int = 1
) -> dict[K, float]:
    """The least figure of each case over some rounds; see `figures_of`.

    Nothing makes a program faster than it is, and much makes it slower.
    """
    figures = figures_of(cases, rounds, warm_ups)
    return {name: min(values) for name, values in figures.items()}


def figures_of(
    cases: Mapping[K, Callable[[], float]], rounds: int, warm_ups: int
) -> dict[K, list[float]]:
    """The figures of rounds in which every case runs once, one after the other.

    Args:
        cases: Each makes what it needs afresh, measures, and returns its figure.
        rounds: How often each case counts.
        warm_ups: How often each case runs before that.
    """
    figures: dict[K, list[float]] = {name: [] for name in cases}
    for number in range(warm_ups + rounds):
        for name, case in cases.items():
            figure = case()
            if number >= warm_ups:
                figures[name].append(figure)
    return figures


def ratio(value: float) -> str:
    """A ratio in about three digits."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column holds the names."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def goals_table(goals: Iterable[Goal]) -> str:
    """Which goals hold, as a Markdown table."""
    rows = [
        (
            goal.what,
            ratio(goal.actual),
            f"{goal.sense} {goal.bound:g}",
            "yes" if goal.holds else "**no**",
        )
        for goal in goals
    ]
    return table(["goal", "ratio", "to reach", "holds"], rows)


def conditions(command: str, packages: Iterable[str]) -> str:
    """One paragraph: the command, the day, and the versions of Python and of the packages."""
    day = datetime.now(UTC).date()
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"`{command}` on {day}; {python}; {versions}."


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Write a text between a page's marks for it, or with new marks at the page's end.

    Args:
        name: Names the marks, ``<!-- name: begin -->`` and ``<!-- name: end -->``.
        text: Markdown; takes the place of everything between the marks.
        page: A Markdown file.

    Raises:
        ValueError: The page has one of the marks only.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    section = f"{begin}\n\n{text.strip()}\n\n{end}"
    content = page.read_text("utf-8") if page.exists() else "# Performance\n"
    if begin not in content and end not in content:
        page.write_text(f"{content.rstrip()}\n\n{section}\n", "utf-8")
        return
    before, has_begin, rest = content.partition(begin)
    _, has_end, after = rest.partition(end)
    if not has_begin or not has_end:
        raise ValueError(f"{page} needs both marks, {begin} and then {end}: restore or remove them")
    page.write_text(f"{before}{section}{after}", "utf-8")
