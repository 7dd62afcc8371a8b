"""What all benchmarks share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.report import Goal, fastest, goals_table, medians, write_section


@pytest.mark.parametrize(("take", "expected"), [(medians, (2, 5)), (fastest, (1, 4))])
def test_rounds_are_interleaved(
    take: Callable[..., dict[str, float]], expected: tuple[float, float]
) -> None:
    """Every case runs once a round, and the warm-up does not count."""
    order: list[str] = []
    figures = {"a": [100.0, 1, 3, 2], "b": [0.0, 5, 4, 6]}

    def case(name: str) -> float:
        order.append(name)
        return figures[name].pop(0)

    found = take({"a": lambda: case("a"), "b": lambda: case("b")}, rounds=3)

    assert expected == (found["a"], found["b"])
    assert ["a", "b"] * 4 == order


def test_goals() -> None:
    """A goal holds up to its bound, as far as the printed digits tell."""
    goals = [
        Goal("most", 2.004, 2),
        Goal("most", 2.006, 2),
        Goal("least", 1.4, 1.4, "at least"),
        Goal("least", 1.39, 1.4, "at least"),
    ]

    assert [True, False, True, False] == [goal.holds for goal in goals]
    assert "| least | 1.39 | at least 1.4 | **no** |" == goals_table(goals).splitlines()[-1]


def test_sections(tmp_path: Path) -> None:
    """A section is written at the end first, and replaced afterwards; the rest stays."""
    page = tmp_path / "page.md"
    page.write_text("# Page\n\nBefore.\n")
    write_section("one", "first", page)
    page.write_text(page.read_text() + "\nAfter.\n")
    write_section("one", "second", page)

    expected = "# Page\n\nBefore.\n\n<!-- one: begin -->\n\nsecond\n\n<!-- one: end -->\n\nAfter.\n"
    assert expected == page.read_text()


def test_lost_mark(tmp_path: Path) -> None:
    """A page with half of the marks is left alone."""
    page = tmp_path / "page.md"
    page.write_text("<!-- one: begin -->\ntext\n")
    with pytest.raises(ValueError, match="needs both marks"):
        write_section("one", "text", page)

    assert "<!-- one: begin -->\ntext\n" == page.read_text()
