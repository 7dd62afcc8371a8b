"""The benchmark of messages: that it measures what it says, and that its peers do the same work."""

import json
import sys

import pytest

from benchmarks.csm import depth
from benchmarks.csm.trees import SHAPES, Shape, text, tree
from csm import from_json_string, to_json_string

pytestmark = pytest.mark.slow

SMALL = {name: Shape(7, branches=2, noted=3, notes=1) for name in SHAPES}


@pytest.mark.parametrize(
    ("name", "nodes", "levels", "notes"), [("T1", 1, 1, 0), ("T2", 25, 3, 9), ("T3", 1_000, 6, 500)]
)
def test_trees(name: str, nodes: int, levels: int, notes: int) -> None:
    """The trees have the sizes that the tables claim, and are written as they are read."""
    written = text(tree(SHAPES[name])).decode()
    message = from_json_string(written)

    walked = [node for _, node in message.walk()]
    assert (nodes, levels) == (len(walked), message.height)
    assert notes == sum(len(node.notes) for node in walked)
    assert written == to_json_string(message)


def test_fresh_trees() -> None:
    """Two trees of one shape are never of one time."""
    times = [
        {node.epoch_seconds_timestamp for _, node in from_json_string(text(plain)).walk()}
        for plain in (tree(SHAPES["T3"], 0), tree(SHAPES["T3"], 1))
    ]
    assert not times[0] & times[1]


@pytest.fixture
def peers() -> None:
    """The libraries of the group `bench`, which only the benchmark itself installs."""
    for module in ("mashumaro", "orjson", "pydantic"):
        pytest.importorskip(module)


@pytest.mark.usefixtures("peers")
def test_peers_do_the_same_work() -> None:
    """Every library makes by its constructors what it reads, and writes what it has read."""
    from benchmarks.csm.contenders import EVERYBODY
    from benchmarks.peers.peer import constructing, times

    plain = tree(SHAPES["T2"])
    for peer in EVERYBODY:
        written = peer.encode(peer.decode(text(plain)))
        assert plain == json.loads(written), peer.name
        if peer.kinds is not None:
            made = constructing(plain, peer.kinds)(*times(plain))
            assert written == peer.encode(made), peer.name


@pytest.mark.usefixtures("peers")
def test_run() -> None:
    """A whole run yields a figure for every cell, and the goals of both engines."""
    from benchmarks.csm.__main__ import page_section
    from benchmarks.csm.results import middle
    from benchmarks.csm.run import run

    results = middle([run(SMALL, rounds=1), run(SMALL, rounds=1)])
    section = page_section(results, processes=2, rounds=1)

    assert all(figure > 0 for figure in results.figures.values())
    assert 36 == len(results.goals())
    assert {"**csm**, with fast": [], "**csm**, without": []} == results.depth_failures
    assert all(f"| {name} |" in section for name in ("pydantic", "**csm**, with fast"))


def test_depth_notices_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that is read, or that ends in another error, is a failure with its name."""
    texts = [("good", text(tree(SHAPES["T1"])).decode()), ("wrong", "{}"), ("no JSON", "[")]
    monkeypatch.setattr(depth, "hostile_texts", lambda: iter(texts))
    monkeypatch.setattr(depth, "RECURSION_LIMITS", (sys.getrecursionlimit(),))
    depth.main("stdlib")

    limit = f"{sys.getrecursionlimit():,}"
    expected = f"good at limit {limit}: accepted\nwrong at limit {limit}: CsmValidationError\n"
    assert expected == capsys.readouterr().out
