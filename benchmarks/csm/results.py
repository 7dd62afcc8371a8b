"""The figures of one run, the tables that show them, and the goals that they are held against.

Nothing is measured here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

import attrs

from benchmarks.csm.contenders import EVERYBODY, FAST, JSON, ORJSON, PLAIN, PYDANTIC, STRUCTS
from benchmarks.csm.mistakes import MISTAKES
from benchmarks.report import Goal, ratio, table

CONSTRUCT: Final = "construct"
ENCODE: Final = "encode"
DECODE: Final = "decode"
CONSTRUCT_AND_ENCODE: Final = "construct and encode"
IMPORT: Final = "import and first round trip"
MEMORY: Final = "memory"

_BASES: Mapping[str, str] = {
    CONSTRUCT: PYDANTIC.name,
    ENCODE: ORJSON.name,
    DECODE: STRUCTS.name,
    CONSTRUCT_AND_ENCODE: PYDANTIC.name,
    IMPORT: PYDANTIC.name,
    MEMORY: STRUCTS.name,
}
_GOAL_TREES = ("T2", "T3")


class Key(NamedTuple):
    """What a figure is about: the work, who did it, and to which tree."""

    work: str
    name: str
    tree: str = ""


@attrs.frozen
class Results:
    """What came out of a run.

    Args:
        figures: Seconds, or bytes for memory.
        depth_failures: By engine, the hostile texts that did not end in a clear error.
    """

    figures: Mapping[Key, float]
    depth_failures: Mapping[str, Sequence[str]]

    def over(self, work: str, name: str, other: str, tree: str = "") -> float:
        """How many times as much one takes as another."""
        return self.figures[Key(work, name, tree)] / self.figures[Key(work, other, tree)]

    def everybody(self) -> str:
        """A table of the ratios of all, for T1 / T2 / T3."""
        head = ["", *(f"{work} ÷ {base}" for work, base in _BASES.items())]
        rows = [
            [peer.name, *(self._cell(work, peer.name, base) for work, base in _BASES.items())]
            for peer in EVERYBODY
        ]
        return table(head, rows)

    def first_problems(self) -> str:
        """A table of what it costs to learn of a mistake, for T1 / T2 / T3."""
        head = ['problems="first" ÷ json.loads of the same text', FAST.name, PLAIN.name]
        rows = [
            [what, *(self._cell(what, peer.name, JSON.name) for peer in (FAST, PLAIN))]
            for what in MISTAKES
        ]
        return table(head, rows)

    def _cell(self, work: str, name: str, base: str) -> str:
        trees = [key.tree for key in self.figures if key[:2] == (work, name)]
        return " / ".join(ratio(self.over(work, name, base, tree)) for tree in trees) or "-"

    def goals(self) -> list[Goal]:
        """Which goals there are, and which hold."""
        return [*self._goals_of_trees(), *self._goals_of_processes()]

    def _goals_of_trees(self) -> Iterable[Goal]:
        fast, plain, pydantic = FAST.name, PLAIN.name, PYDANTIC.name
        for tree in _GOAL_TREES:
            for work, name, other, bound in (
                (ENCODE, fast, ORJSON.name, 3.2),
                (DECODE, fast, STRUCTS.name, 3.2),
                (DECODE, plain, JSON.name, 2.5),
                *((what, name, JSON.name, 2) for what in MISTAKES for name in (fast, plain)),
            ):
                yield Goal(
                    f"{tree}: {work}: {name} ÷ {other}", self.over(work, name, other, tree), bound
                )
            for work, name, other, bound in (
                (ENCODE, fast, pydantic, 2.5),
                (ENCODE, plain, JSON.name, 1.9),
                (DECODE, fast, pydantic, 1.4),
                (CONSTRUCT_AND_ENCODE, fast, pydantic, 2),
                (CONSTRUCT_AND_ENCODE, plain, pydantic, 2),
            ):
                yield Goal(
                    f"{tree}: {work}: {other} ÷ {name}",
                    self.over(work, other, name, tree),
                    bound,
                    "at least",
                )

    def _goals_of_processes(self) -> Iterable[Goal]:
        for peer in (FAST, PLAIN):
            others = self.over(IMPORT, peer.name, PYDANTIC.name)
            yield Goal(f"{IMPORT}: {peer.name} ÷ {PYDANTIC.name}", others, 0.55)
            surprises = len(self.depth_failures[peer.name])
            yield Goal(f"hostile depth: {peer.name}: texts without a clear error", surprises, 0)


def middle(runs: Sequence[Results]) -> Results:
    """Of each figure the median of some runs; of failures all."""
    keys, engines = runs[0].figures, runs[0].depth_failures
    return Results(
        {key: median(run.figures[key] for run in runs) for key in keys},
        {
            engine: [text for run in runs for text in run.depth_failures[engine]]
            for engine in engines
        },
    )
