"""One run: everything that is measured, in interleaved rounds.

Only the list of measurements lives here.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping

from benchmarks.csm import depth, imports, measuring
from benchmarks.csm.contenders import EVERYBODY, JSON, engines
from benchmarks.csm.measuring import Case
from benchmarks.csm.mistakes import MISTAKES, diagnosing, first_problem
from benchmarks.csm.results import (
    CONSTRUCT,
    CONSTRUCT_AND_ENCODE,
    DECODE,
    ENCODE,
    IMPORT,
    MEMORY,
    Key,
    Results,
)
from benchmarks.csm.trees import Shape
from benchmarks.report import fastest


def run(shapes: Mapping[str, Shape], rounds: int) -> Results:
    """Measure everything.

    Args:
        shapes: The trees, by name.
        rounds: How often each measurement counts.
    """
    # What importing has left is never looked at again by the collector; libraries differ in that.
    gc.collect()
    gc.freeze()
    try:
        figures = fastest(_timed(shapes), rounds)
        figures |= fastest(_imports(), rounds)
        figures |= fastest(_memory(shapes), rounds=3)
    finally:
        gc.unfreeze()
    return Results(figures, {name: depth.failures(engine) for name, engine in engines().items()})


def _timed(shapes: Mapping[str, Shape]) -> dict[Key, Case]:
    cases: dict[Key, Case] = {}
    for tree, shape in shapes.items():
        for peer in EVERYBODY:
            cases[Key(ENCODE, peer.name, tree)] = measuring.encoding(peer, shape)
            cases[Key(DECODE, peer.name, tree)] = measuring.decoding(peer, shape)
            if peer.kinds is not None:
                both = measuring.construction_and_encoding(peer, shape)
                cases[Key(CONSTRUCT, peer.name, tree)] = measuring.construction(peer, shape)
                cases[Key(CONSTRUCT_AND_ENCODE, peer.name, tree)] = both
        for what, mistake in MISTAKES.items():
            cases[Key(what, JSON.name, tree)] = first_problem(JSON, mistake, shape)
            for name, engine in engines().items():
                peer = diagnosing(name, engine, mistake.path)
                cases[Key(what, name, tree)] = first_problem(peer, mistake, shape)
    return cases


def _imports() -> dict[Key, Case]:
    programs = imports.PROGRAMS.items()
    return {Key(IMPORT, name): imports.first_round_trip(program) for name, program in programs}


def _memory(shapes: Mapping[str, Shape]) -> dict[Key, Case]:
    return {
        Key(MEMORY, peer.name, tree): measuring.memory(peer, shape)
        for tree, shape in shapes.items()
        for peer in EVERYBODY
    }
