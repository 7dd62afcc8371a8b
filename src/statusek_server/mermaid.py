"""Mermaid: a status model as the text of a diagram, for people and the pages that draw it.

Here live the shapes of the three types of statuses and the escapes of names. A rectangle must be
set, a rounded one may be, a hexagon interrupts the process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from statusek_server.models import StatusModel, StatusType

SHAPES: Final[Mapping[StatusType, tuple[str, str]]] = {
    StatusType.MANDATORY: ("[", "]"),
    StatusType.OPTIONAL: ("(", ")"),
    StatusType.STOP: ("{{", "}}"),
}

_SPECIAL: Final = re.compile(r"[^\w .,:/+=()@-]")


def mermaid(model: StatusModel) -> str:
    """Return a model as a Mermaid flowchart, with its statuses in their order.

    Args:
        model: The model; its names may hold anything.

    >>> from statusek_server.models import Status
    >>> line = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))])
    >>> print(mermaid(line), end="")
    flowchart TD
        s1["RUN"]
        s2["END"]
        s1 --> s2
    """
    ids = {status.name: f"s{number}" for number, status in enumerate(model.statuses, 1)}
    lines = ["flowchart TD"]
    for status in model.statuses:
        opening, closing = SHAPES[status.type]
        lines.append(f'    {ids[status.name]}{opening}"{_escaped(status.name)}"{closing}')
    lines += [f"    {ids[previous]} --> {ids[name]}" for previous, name in model.edges]
    return "\n".join(lines) + "\n"


def _escaped(name: str) -> str:
    """Return a name as a label that cannot end early, nor be read as Markdown or HTML."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", name)
