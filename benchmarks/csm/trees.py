"""The three messages that are measured, as plain values.

Only their shape and their contents live here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import attrs

from benchmarks.peers.peer import Plain


@attrs.frozen
class Shape:
    """What a tree looks like.

    Args:
        nodes: How many messages there are.
        branches: How many stand below one that is no leaf.
        noted: Every how manieth has notes; 0 stands for none.
        notes: How many notes it has.
        seconds: Within how many seconds its parts tell how they are.
        copies: How many trees one measurement takes, so that it takes long enough.
    """

    nodes: int
    branches: int = 1
    noted: int = 0
    notes: int = 0
    seconds: int = 1
    copies: int = 1


SHAPES: Final[Mapping[str, Shape]] = {
    "T1": Shape(nodes=1, copies=300),
    "T2": Shape(nodes=25, branches=5, noted=3, notes=1, copies=60),  # 3 levels
    "T3": Shape(nodes=1_000, branches=4, noted=4, notes=2, seconds=10),  # 6 levels
}

_COMPONENTS = (
    ("GENERAL", "Persistence"),
    ("MAJOR", "SIA"),
    ("GENERAL", "Delivery of messages"),
    ("MAJOR_EXTERNAL", "EDW"),
)
_STATUSES = ("OK", "OK", "OK", "WARN", "ERROR")
_TYPES = ("COMPONENT", "EXTERNAL_DEPENDENCY", "DATAFLOW_INBOUND", "CLUSTER_NODE")
_IMPORTANCES = ("NONE", "LOW", "HIGH")
_FIRST_SECOND = 1_437_064_108


def tree(shape: Shape, number: int = 0) -> Plain:
    """A message of some shape; with another number, of another time."""
    newest = _FIRST_SECOND + 60 * number
    nodes = [_node(index, shape, newest - index % shape.seconds) for index in range(shape.nodes)]
    for index in range(1, shape.nodes):
        parent = nodes[(index - 1) // shape.branches]
        parent.setdefault("subStatuses", []).append(nodes[index])
    return nodes[0]


def text(plain: Plain) -> bytes:
    """The JSON text of plain values, as `csm` writes it."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _node(index: int, shape: Shape, second: int) -> Plain:
    kind, name = _COMPONENTS[index % len(_COMPONENTS)]
    component = {
        "componentType": kind,
        "componentName": f"{name} {index}" if kind == "GENERAL" else name,
    }
    if index % 2:
        component["secondaryId"] = f"node-{index}"
    node: Plain = {
        "component": component,
        "statusMessageType": _TYPES[index % len(_TYPES)],
        "status": _STATUSES[index % len(_STATUSES)],
        "epochSecondsTimestamp": second,
        "iso8601UtcTimestamp": f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    if shape.noted and index % shape.noted == 0:
        node["notes"] = [_note(index + each) for each in range(shape.notes)]
    return node


def _note(index: int) -> Plain:
    return {
        "title": f"disk {index % 100} % full",
        "actionImportance": _IMPORTANCES[index % len(_IMPORTANCES)],
        "detail": f"The volume of node {index} has been filling up since yesterday evening.",
        "actionToTake": "Delete what nobody needs, or add a volume",
    }
