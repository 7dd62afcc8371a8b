"""Messages that are wrong in one place, and how long it takes to learn where.

Only the mistakes and the measurement of the first problem live here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from benchmarks.csm.measuring import Case, fresh_trees, seconds
from benchmarks.csm.trees import Shape, text
from benchmarks.peers.peer import Peer, Plain
from csm import CsmValidationError, StatusMessageSerializer
from csm.codec.options import EngineName


@attrs.frozen
class Mistake:
    """Something wrong in one message of a tree.

    Args:
        path: The end of the path that the problem must have.
        make: Changes the message.
        place: How far down the text the message stands, from 0 to 1.
    """

    path: str
    make: Callable[[Plain], object]
    place: float

    def text_with(self, plain: Plain) -> bytes:
        """The JSON of a tree that has the mistake."""
        nodes = list(_walk(plain))
        self.make(nodes[int(self.place * (len(nodes) - 1))])
        return text(plain)


def _walk(plain: Plain) -> list[Plain]:
    nodes = [plain]
    for below in plain.get("subStatuses", ()):
        nodes += _walk(below)
    return nodes


def _set(key: str, value: object) -> Callable[[Plain], object]:
    return lambda plain: plain.update({key: value})


MISTAKES: Mapping[str, Mistake] = {
    "an unknown status, at the end": Mistake(".status", _set("status", "MELTED"), 1),
    "timestamps that disagree, in the middle": Mistake(
        "Timestamp", _set("epochSecondsTimestamp", 5), 0.5
    ),
    "a number for a name, at the beginning": Mistake(
        ".component.componentName",
        lambda plain: plain["component"].update(componentName=5),
        0,
    ),
    "a key that is missing, at the end": Mistake(".status", lambda plain: plain.pop("status"), 1),
}


def first_problem(peer: Peer, mistake: Mistake, shape: Shape) -> Case:
    """Reading a text up to the error that says where it is wrong; peers only read it."""

    def case() -> float:
        return seconds(peer.decode, [mistake.text_with(plain) for plain in fresh_trees(shape)])

    return case


def diagnosing(name: str, engine: EngineName, path: str) -> Peer:
    """An engine as one that has to find a problem at a path with this end."""
    read = StatusMessageSerializer(engine=engine, problems="first").from_json_bytes

    def decode(data: bytes) -> None:
        try:
            read(data)
        except CsmValidationError as error:
            (problem,) = error.problems
            if problem.path.endswith(path):
                return
        raise AssertionError(f"no problem was found at a path that ends in {path}")

    return Peer(name, str, decode)
