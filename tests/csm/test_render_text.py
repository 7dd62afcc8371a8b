"""Messages as text for people."""

import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import (
    ActionImportance,
    GeneralComponent,
    MajorComponent,
    Note,
    Status,
    StatusMessage,
    StatusMessageType,
)
from csm.render.age import age
from csm.render.line import Line, Span, Style
from csm.render.text import laid_out, render, tree_lines
from csm.render.wrap import breaks, columns
from csm.vocabulary import StatusMessageTypeLike
from strategies.csm import status_messages
from strategies.trees import EPOCH, chain, node, trees

NOW = datetime.fromtimestamp(EPOCH, UTC) + timedelta(seconds=90)

SHOP = StatusMessage(
    component=MajorComponent(component_name="MADM", secondary_id="ROTX", tertiary_id="Server-02"),
    status="ERROR",
    epoch_seconds_timestamp=EPOCH,
    notes=[
        Note(
            title="Queue grows",
            action_importance="URGENT",
            detail="17,300 messages wait.\n\tUsually: 200",
            action_to_take="Restart the consumer.\nThen watch it.",
        ),
        Note(title="Release 4.17", data='{"build": 7}', data_deserialization_key="json"),
    ],
    sub_statuses=[
        node("disk", node("journal", kind="CLUSTER_NODE", at=EPOCH + 60)),
        node(
            "orders",
            node("broker"),
            status="ERROR",
            kind="DATAFLOW_INBOUND",
            notes=[Note(title="No orders", action_importance="LOW")],
        ),
    ],
)
SHOP_AS_TEXT = """\
What to do, most important first
  URGENT  Restart the consumer.
          Then watch it.
          MADM/ROTX/Server-02: Queue grows
  LOW     No orders
          MADM/ROTX/Server-02 > orders

✗ ERROR  MADM  ROTX · Server-02       1 min ago
│  URGENT  Queue grows
│          17,300 messages wait.
│              Usually: 200
│          → Restart the consumer.
│            Then watch it.
│  note    Release 4.17
│          data (json): {"build": 7}
├─ ✓ OK     disk                      1 min ago
│  └─ ✓ OK  journal  cluster node      30 s ago
└─ ✗ ERROR  orders  inbound dataflow  1 min ago
   │  LOW  No orders
   └─ ✓ OK  broker                    1 min ago

5 statuses: 2 ERROR, 3 OK"""


def test_a_message_as_text() -> None:
    """What to do comes first, then the tree with signs, words, notes and ages, then a count."""
    assert SHOP_AS_TEXT == render(SHOP, now=NOW)
    assert SHOP_AS_TEXT == render(SHOP, now=NOW, width=80)


def test_a_single_good_message_is_one_line() -> None:
    """Nothing to do and nothing below leave a line."""
    assert "✓ OK  disk  1 min ago" == render(node("disk"), now=NOW)


def test_long_lines_are_wrapped_under_their_beginning() -> None:
    """Text continues where it began, beside the branches of the tree; ages stay in line."""
    note = Note(title="full", detail="one two three four five six seven eight")
    message = node("a", node("disk of the second server in the cellar", notes=[note]), node("b"))
    expected = """\
✓ OK  a                      1 min ago
├─ ✓ OK  disk of the second  1 min ago
│        server in the cellar
│     note  full
│           one two three four five
│           six seven eight
└─ ✓ OK  b                   1 min ago

3 statuses: 3 OK"""
    assert expected == render(message, now=NOW, width=38)


def test_lines_are_never_longer_than_people_read() -> None:
    """On a wide terminal text is wrapped at 100 columns; without a width not at all."""
    message = node("a", notes=[Note(title="x", detail="word " * 60)])
    assert 100 >= max(map(len, render(message, now=NOW, width=300).split("\n"))) > 90
    assert 308 == max(map(len, render(message, now=NOW).split("\n")))


def test_a_deep_tree_leaves_room_for_text() -> None:
    """Branches take half of the width at most; the outermost are not drawn beyond that."""
    lines = render(chain(100), now=NOW, width=80).split("\n")
    assert "✓ OK  1" + " " * 64 + "1 min ago" == lines[0]
    assert "…" + " " * 36 + "└─ ✓ OK  100" + " " * 22 + "1 min ago" == lines[99]


@given(trees, st.integers(80, 130))
def test_no_line_is_wider_than_wanted(message: StatusMessage, width: int) -> None:
    """Every line fits."""
    assert all(columns(line) <= width for line in render(message, width=width).split("\n"))


@pytest.mark.parametrize("width", [None, 1, 40])
@pytest.mark.parametrize("colour", [False, True])
def test_foreign_text_cannot_reach_the_terminal(width: int | None, colour: bool) -> None:
    """Escape sequences in every text of a message come out as visible characters."""
    evil = "\x1b[31m\r\x9b2J\x07\u202e\x00"
    message = StatusMessage(
        component=GeneralComponent(component_name=evil, secondary_id=evil, quaternary_id=evil),
        status=Status.kept(evil),
        status_message_type=StatusMessageType.kept(evil),
        notes=[
            Note(
                title=evil,
                action_importance=ActionImportance.kept(evil),
                detail=evil,
                data=evil,
                data_deserialization_key=evil,
                action_to_take=evil,
            )
        ],
        sub_statuses=[node(evil)],
    )
    text = render(message, now=NOW, width=width, colour=colour)
    assert_no_controls(re.sub(r"\x1b\[[\d;]*m", "", text) if colour else text)
    if width is None:
        assert "\\x1b[31m\\r\\x9b2J\\x07\\u202e\\x00" in text


def assert_no_controls(text: str) -> None:
    shown = {character for character in text if unicodedata.category(character) == "Cc"}
    assert shown <= {"\n"}


@given(status_messages(), st.none() | st.integers(1, 130))
def test_no_control_character_is_written(message: StatusMessage, width: int | None) -> None:
    """Whatever a message says, line feeds are the only control characters in the text."""
    assert_no_controls(render(message, now=NOW, width=width))


def test_names_that_are_not_known_are_shown() -> None:
    """A status, an importance and a message type from a later version are shown by their names."""
    message = StatusMessage(
        component=GeneralComponent(component_name="core"),
        status=Status.kept("MELTED"),
        status_message_type=StatusMessageType.kept("REACTOR"),
        epoch_seconds_timestamp=EPOCH,
        notes=[Note(title="leave", action_importance=ActionImportance.kept("AT_ONCE"))],
    )
    expected = """\
What to do, most important first
  AT_ONCE  leave
           core

? MELTED  core  REACTOR  1 min ago
   AT_ONCE  leave"""
    assert expected == render(message, now=NOW)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("COMPONENT", ""),
        ("EXTERNAL_DEPENDENCY", "  external dependency"),
        ("DATAFLOW_INBOUND", "  inbound dataflow"),
        ("DATAFLOW_OUTBOUND", "  outbound dataflow"),
        ("CLUSTER_NODE", "  cluster node"),
    ],
)
def test_message_types_are_words(kind: StatusMessageTypeLike, words: str) -> None:
    """Each message type but the usual one is said in words."""
    assert f"✓ OK  a{words}  1 min ago" == render(node("a", kind=kind), now=NOW)


def test_signs_tell_statuses_apart_without_colours() -> None:
    """Every status has its own sign and its word."""
    lines = [render(node("a", status=status), now=NOW) for status in Status]
    assert ["✓ OK", "▲ WARN", "✗ ERROR", "◆ CRITICAL"] == [line.split("  ")[0] for line in lines]


def test_good_branches_can_be_left_out() -> None:
    """Only branches with a status as bad as wanted are shown; of the others there is a count."""
    message = node(
        "a", node("b", node("c", status="WARN"), node("d")), node("e", node("f")), node("g")
    )
    expected = """\
✓ OK  a          1 min ago
├─ ✓ OK  b       1 min ago
│  ├─ ▲ WARN  c  1 min ago
│  └─ … 1 more, OK
└─ … 3 more, all OK

7 statuses: 1 WARN, 6 OK"""
    assert expected == render(message, now=NOW, at_least=Status.WARN)
    nothing = """\
✓ OK  a  1 min ago
└─ … 6 more, WARN at worst

7 statuses: 1 WARN, 6 OK"""
    assert nothing == render(message, now=NOW, at_least=Status.CRITICAL)


def test_deep_branches_can_be_left_out() -> None:
    """Below the last level shown there is a count, with the worst status."""
    message = node("a", node("b", node("c", status="WARN"), node("d")), node("e"))
    expected = """\
✓ OK  a     1 min ago
├─ ✓ OK  b  1 min ago
│  └─ … 2 below, WARN at worst
└─ ✓ OK  e  1 min ago

5 statuses: 1 WARN, 4 OK"""
    assert expected == render(message, now=NOW, depth=2)


def test_many_actions_are_not_all_repeated() -> None:
    """Ten actions stand above the tree; of the others there is a count."""
    notes = [Note(title=f"note {number}", action_importance="LOW") for number in range(12)]
    lines = render(node("a", notes=notes), now=NOW).split("\n")
    assert ["  LOW  note 9", "       a", "  and 2 more, in the tree below", ""] == lines[19:23]


def test_long_data_are_cut() -> None:
    """Of data, which is made for programs, the beginning is shown and the length."""
    long = render(node("a", notes=[Note(title="x", data="y" * 3_000)]), now=NOW)
    assert f"         data, 3,000 characters: {'y' * 200}…" == long.split("\n")[2]


def test_colours_add_nothing_but_colours() -> None:
    """Without its escape sequences, coloured text is the same as plain text."""
    coloured = render(SHOP, now=NOW, colour=True, width=80)
    assert "\x1b[1;31m✗ ERROR\x1b[0m  \x1b[1mMADM\x1b[0m" in coloured
    assert SHOP_AS_TEXT == re.sub(r"\x1b\[[\d;]*m", "", coloured)


def test_without_rich_text_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rich is not installed, colours are left out."""
    monkeypatch.setitem(sys.modules, "rich", None)
    assert SHOP_AS_TEXT == render(SHOP, now=NOW, colour=True, width=80)


def test_the_clock_is_read_when_no_time_is_given() -> None:
    """Ages count from now."""
    assert "✓ OK  a  now" == render(node("a", at=int(datetime.now(UTC).timestamp()) + 1))[:12]


def test_lines_have_structure() -> None:
    """Lines come as styled spans, before any width: what another medium needs."""
    (line,) = tree_lines(node("a", kind="CLUSTER_NODE"), now=NOW)
    expected = Line(
        lead=(Span("✓ OK", Style.OK), Span("  ")),
        spans=(Span("a", Style.NAME), Span("  cluster node", Style.FAINT)),
        rest="   ",
        aside="1 min ago",
    )
    assert expected == line
    assert "✓ OK  a  cluster node" == line.text


def test_no_lines_are_no_rows() -> None:
    """Nothing laid out is nothing."""
    assert [] == list(laid_out([]))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "now"),
        (0.9, "now"),
        (-0.9, "now"),
        (1, "1 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (3_600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 d ago"),
        (8_640_000, "100 d ago"),
        (8_640_001, "2026-05-31"),
        (-90, "in 1 min"),
        (-86_400, "in 1 d"),
        (-8_640_001, "2026-12-17"),
    ],
)
def test_ages(seconds: float, expected: str) -> None:
    """An age has one unit; beyond 100 days it is a date; what is ahead is said to be."""
    now = datetime(2026, 9, 8, 12, tzinfo=UTC)
    assert expected == age(now - timedelta(seconds=seconds), now)


def test_columns_of_wide_and_combining_characters() -> None:
    """East Asian characters take two columns, combining ones none."""
    assert 5 == columns("ascii")
    assert 4 == columns("数据")
    assert 4 == columns("cafe\u0301")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("one two three four", ["one two", "three four"]),
        ("  indented text stays", ["  inden", "ted text", "stays"]),
        ("unbreakable", ["unbreak", "able"]),
        ("ab unbreakable", ["ab", "unbreakabl", "e"]),
        ("数据数据数据数据", ["数据数", "据数据数据"]),
    ],
)
def test_breaks(text: str, expected: list[str]) -> None:
    """Lines break between words, and inside a word only where it is longer than a line."""
    assert expected == [text[start:end] for start, end in breaks(text, 10, 7)]


@given(st.text(st.sampled_from("ab数 \u0301")), st.integers(2, 9), st.integers(2, 9))
def test_breaking_loses_nothing_but_spaces(text: str, room: int, first: int) -> None:
    """Every line fits, and together the lines have everything but white space."""
    lines = [text[start:end] for start, end in breaks(text, room, first)]
    widths = [first] + [room] * len(lines)
    assert all(columns(line) <= width for line, width in zip(lines, widths, strict=False))
    assert "".join(text.split()) == "".join("".join(lines).split())
