"""Mermaid: models as diagrams, whatever their names hold."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from statusek_server import StatusModel
from statusek_server.mermaid import mermaid
from statusek_server.models import Status, StatusType
from strategies.server_kit import status_models


def test_shapes_and_edges() -> None:
    """Each type has a shape of its own, and edges are arrows."""
    model = StatusModel(
        "M",
        [
            Status("A"),
            Status("B", StatusType.OPTIONAL, after=("A",)),
            Status("C", StatusType.STOP, after=("A", "B")),
        ],
    )
    assert (
        "flowchart TD\n"
        '    s1["A"]\n'
        '    s2("B")\n'
        '    s3{{"C"}}\n'
        "    s1 --> s2\n"
        "    s1 --> s3\n"
        "    s2 --> s3\n"
    ) == mermaid(model)


def test_escapes() -> None:
    """What would end a label, or mean something in it, is written as a number."""
    model = StatusModel("M", [Status('a"]#<b>`*_\n;ü')])
    assert 's1["a#34;#93;#35;#60;b#62;#96;#42;_#10;#59;ü"]' in mermaid(model)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_name(name: str) -> None:
    """Whatever a name is, it stays inside its quotes and can be read back."""
    line = mermaid(StatusModel("M", [Status(name)])).split("\n")[1]
    found = re.fullmatch(r'    s1\["([^"\n]*)"\]', line)
    assert found
    assert name == re.sub(r"#(\d+);", lambda number: chr(int(number[1])), found[1])


@given(status_models())
def test_any_model(model: StatusModel) -> None:
    """A diagram has a line for each status and each edge."""
    assert 1 + len(model.statuses) + len(model.edges) == mermaid(model).count("\n")
