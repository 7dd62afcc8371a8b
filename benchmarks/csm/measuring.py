"""What is measured about one library and one tree, on fresh objects each time.

Only the measurements live here; each is a function without arguments, as `report.medians` calls it.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from itertools import count
from time import process_time
from typing import Any, TypeAlias

from benchmarks.csm.trees import Shape, text, tree
from benchmarks.peers.peer import Kinds, Peer, Plain, constructing, times

Case: TypeAlias = Callable[[], float]

_numbers = count()


def fresh_trees(shape: Shape) -> list[Plain]:
    """As many trees as one measurement takes, none of a time that was there before."""
    return [tree(shape, next(_numbers)) for _ in range(shape.copies)]


def fresh_texts(shape: Shape) -> list[bytes]:
    """The same as JSON."""
    return list(map(text, fresh_trees(shape)))


def seconds(work: Callable[[Any], object], items: list[Any]) -> float:
    """The processor's seconds for one item; what others do on the machine is not in them."""
    gc.collect()
    begin = process_time()
    for item in items:
        work(item)
    return (process_time() - begin) / len(items)


def construction(peer: Peer, shape: Shape) -> Case:
    """Making objects by their constructors."""
    make = constructing(tree(shape), _kinds(peer))

    def case() -> float:
        given = list(map(times, fresh_trees(shape)))
        return seconds(lambda each: make(*each), given)

    return case


def construction_and_encoding(peer: Peer, shape: Shape) -> Case:
    """Making objects by their constructors and writing them."""
    make = constructing(tree(shape), _kinds(peer))

    def case() -> float:
        return seconds(
            lambda given: peer.encode(make(*given)), list(map(times, fresh_trees(shape)))
        )

    return case


def _kinds(peer: Peer) -> Kinds:
    if peer.kinds is None:
        raise TypeError(f"{peer.name} has no objects of its own: leave it out")
    return peer.kinds


def encoding(peer: Peer, shape: Shape) -> Case:
    """Writing objects that have never been written before."""

    def case() -> float:
        return seconds(peer.encode, [peer.decode(data) for data in fresh_texts(shape)])

    return case


def decoding(peer: Peer, shape: Shape) -> Case:
    """Reading bytes into objects."""

    def case() -> float:
        return seconds(peer.decode, fresh_texts(shape))

    return case


def memory(peer: Peer, shape: Shape) -> Case:
    """The bytes that a message takes that has been read, its strings included."""

    def case() -> float:
        texts = fresh_texts(shape)
        gc.collect()
        tracemalloc.start()
        try:
            kept = [peer.decode(data) for data in texts]
            size, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return size / len(kept)

    return case
