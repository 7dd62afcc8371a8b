"""The graph: a status model laid out as a drawing, in the units of an SVG.

Here lives the one boundary to Graphviz: names and edges in, places of boxes and lines out. What a
box looks like, and what its status means for an instance, lives in the pages.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from attrs import frozen

from statusek_server.models import StatusModel, StatusType

POINTS_PER_INCH: Final = 72.0
HEIGHT: Final = 44.0
"""Of a box, in pixels."""

LONGEST_LABEL: Final = 28
"""Characters of a name that are drawn; the whole one is in the title of the box."""

MOST_STATUSES: Final = 200
"""A larger model is no picture any more; its statuses are in a table all the same."""

_graphviz: Final = threading.Lock()  # Graphviz keeps state of its own


@frozen
class Box:
    """A status in the drawing.

    Args:
        name: Its name.
        label: What of it is drawn.
        type: What setting it means.
        x: The middle, from the left.
        y: The middle, from the top.
        width: In pixels.
        height: In pixels.
    """

    name: str
    label: str
    type: StatusType
    x: float
    y: float
    width: float
    height: float

    @property
    def hexagon(self) -> str:
        """The corners of a hexagon of this size, as SVG has points."""
        left, right = self.x - self.width / 2, self.x + self.width / 2
        top, bottom, slope = self.y - self.height / 2, self.y + self.height / 2, 12
        corners = (
            (left, self.y),
            (left + slope, top),
            (right - slope, top),
            (right, self.y),
            (right - slope, bottom),
            (left + slope, bottom),
        )
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


@frozen
class Line:
    """An edge in the drawing.

    Args:
        previous: The name of the status where it begins.
        name: The name of the status where it ends.
        path: Its course, as SVG has paths.
    """

    previous: str
    name: str
    path: str


@frozen
class Drawing:
    """A model, laid out.

    Args:
        width: In pixels.
        height: In pixels.
        boxes: In the order of the statuses.
        lines: In the order of the edges.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@lru_cache(maxsize=256)
def drawing(model: StatusModel) -> Drawing | None:
    """Return a model as a drawing, or None where it is too large for one.

    It takes some milliseconds once for a model, so it belongs into a thread.
    """
    if len(model.statuses) > MOST_STATUSES:
        return None
    with _graphviz:
        return _drawn(model)


def _drawn(model: StatusModel) -> Drawing:
    new_graph: Any = import_module("pygraphviz").AGraph  # it brings no types
    graph = new_graph(directed=True, strict=True, rankdir="TB", ranksep="0.45")
    # The boxes have their sizes from here: no font of this machine plays a part.
    graph.node_attr.update(shape="box", fixedsize="true", label="", height=HEIGHT / POINTS_PER_INCH)
    graph.edge_attr.update(arrowhead="none")
    nodes = {status.name: f"s{number}" for number, status in enumerate(model.statuses)}
    for status in model.statuses:
        graph.add_node(nodes[status.name], width=_width(status.name) / POINTS_PER_INCH)
    for previous, name in model.edges:
        graph.add_edge(nodes[previous], nodes[name])
    graph.layout(prog="dot")
    _, _, width, height = (float(number) for number in graph.graph_attr["bb"].split(","))

    def place(text: str) -> tuple[float, float]:
        x, y = text.split(",")[-2:]
        return float(x), height - float(y)  # Graphviz counts from below

    def box(name: str, kind: StatusType) -> Box:
        x, y = place(graph.get_node(nodes[name]).attr["pos"])
        return Box(name, _label(name), kind, x, y, _width(name), HEIGHT)

    def line(previous: str, name: str) -> Line:
        start, *curve = graph.get_edge(nodes[previous], nodes[name]).attr["pos"].split()
        points = (f"{x:.1f},{y:.1f}" for x, y in map(place, (start, *curve)))
        return Line(previous, name, f"M{next(points)} C{' '.join(points)}")

    return Drawing(
        width,
        height,
        tuple(box(status.name, status.type) for status in model.statuses),
        tuple(line(previous, name) for previous, name in model.edges),
    )


def _label(name: str) -> str:
    text = " ".join(name.split())
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _width(name: str) -> float:
    """Return how wide a box has to be for its label and the sign of its state."""
    return max(110.0, 9.0 * len(_label(name)) + 60)
