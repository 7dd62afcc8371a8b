"""The outline: a status message as lines for people, before anybody knows a medium or a width.

What is said about a message, in which order and in which words is decided here; nothing here knows
colours, columns of a terminal or tags of a page. Everything that comes from the message is escaped
here: it is foreign text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from csm.action import Action, actions
from csm.identity import ids_of, name_of, path_label
from csm.printable import printable, printable_lines
from csm.render.age import age
from csm.render.line import Line, Span, Style
from csm.render.wrap import columns
from csm.tree import walk
from csm.vocabulary import ActionImportance, Status, StatusMessageType

if TYPE_CHECKING:
    from csm.message import StatusMessage
    from csm.note import Note

_SIGNS = {Status.OK: "✓", Status.WARN: "▲", Status.ERROR: "✗", Status.CRITICAL: "◆"}
_STATUS_STYLES = {
    Status.OK: Style.OK,
    Status.WARN: Style.WARN,
    Status.ERROR: Style.ERROR,
    Status.CRITICAL: Style.CRITICAL,
}
_IMPORTANCE_STYLES = {
    ActionImportance.NONE: Style.FAINT,
    ActionImportance.LOW: Style.PLAIN,
    ActionImportance.MEDIUM: Style.WARN,
    ActionImportance.HIGH: Style.ERROR,
    ActionImportance.URGENT: Style.CRITICAL,
}
_TYPE_WORDS = {
    StatusMessageType.EXTERNAL_DEPENDENCY: "external dependency",
    StatusMessageType.DATAFLOW_INBOUND: "inbound dataflow",
    StatusMessageType.DATAFLOW_OUTBOUND: "outbound dataflow",
    StatusMessageType.CLUSTER_NODE: "cluster node",
}
# More would push the tree off the screen; all of them stand in the tree as well.
_MOST_ACTIONS = 10
# Enough to recognise a payload, which is made for programs.
_MOST_DATA = 200


def tree_lines(
    message: StatusMessage,
    *,
    now: datetime | None = None,
    at_least: Status | None = None,
    depth: int | None = None,
) -> Iterator[Line]:
    """Say a message in lines: what is to be done first, then the tree, then a count.

    Args:
        message: The message.
        now: The time that ages are counted from, aware; default: the clock's.
        at_least: Leave out branches in which no status is this bad, and say how many there were.
        depth: Show this many levels, the root being the first, and say how many statuses are below
            them.

    Returns:
        An iterator of lines, in which everything from the message is printable.
    """
    view = _View(datetime.now(UTC) if now is None else now, at_least, depth, _totals(message))
    yield from _action_lines(actions(message))
    yield from _branch_lines(message, view)
    yield from _count_lines(message)


@attrs.frozen
class _Total:
    """A branch in figures: how many statuses it has, its root included, and the worst of them."""

    count: int
    worst: Status

    @classmethod
    def of(cls, totals: Sequence[_Total]) -> _Total:
        return cls(sum(each.count for each in totals), Status.worst(each.worst for each in totals))


@attrs.frozen
class _View:
    """What is to be shown of a message."""

    now: datetime
    at_least: Status | None
    depth: int | None
    totals: dict[int, _Total]

    def total(self, nodes: Iterable[StatusMessage]) -> _Total:
        return _Total.of([self.totals[id(node)] for node in nodes])

    def shows(self, node: StatusMessage) -> bool:
        return self.at_least is None or not self.totals[id(node)].worst < self.at_least


@attrs.frozen
class _Branch:
    """A node about to be shown, and where it hangs in the tree."""

    node: StatusMessage
    guide: str = ""
    rest: str = ""
    status_width: int = 0
    depth: int = 1


def _totals(message: StatusMessage) -> dict[int, _Total]:
    totals: dict[int, _Total] = {}
    # A walk backwards meets every node after the nodes below it.
    for _, node in reversed(list(walk(message))):
        own = _Total(1, node.status)
        totals[id(node)] = _Total.of([own, *(totals[id(sub)] for sub in node.sub_statuses)])
    return totals


def _branch_lines(message: StatusMessage, view: _View) -> Iterator[Line]:
    waiting: list[_Branch | Line] = [_Branch(message)]
    while waiting:
        branch = waiting.pop()
        if isinstance(branch, Line):
            yield branch
            continue
        below = _below(branch, view)
        rail = branch.rest + ("│  " if below else "   ")
        yield _head_line(branch, rail, view.now)
        yield from _note_lines(branch.node.notes, rail)
        waiting.extend(reversed(below))


def _below(branch: _Branch, view: _View) -> list[_Branch | Line]:
    subs = branch.node.sub_statuses
    if not subs:
        return []
    if view.depth is not None and branch.depth >= view.depth:
        total = view.total(subs)
        return [_left_out(branch, f"{total.count:,} below, {_at_worst(total)}")]
    shown = [sub for sub in subs if view.shows(sub)]
    hidden = [sub for sub in subs if not view.shows(sub)]
    width = max((columns(_status_word(sub)) for sub in shown), default=0)
    below: list[_Branch | Line] = [
        _Branch(sub, f"{branch.rest}├─ ", f"{branch.rest}│  ", width, branch.depth + 1)
        for sub in shown
    ]
    if hidden:
        total = view.total(hidden)
        below.append(_left_out(branch, f"{total.count:,} more, {_at_worst(total)}"))
    else:
        below[-1] = _Branch(
            shown[-1], f"{branch.rest}└─ ", f"{branch.rest}   ", width, branch.depth + 1
        )
    return below


def _left_out(branch: _Branch, text: str) -> Line:
    return Line(
        spans=(Span(text, Style.FAINT),),
        lead=(Span("… ", Style.FAINT),),
        guide=f"{branch.rest}└─ ",
        rest=f"{branch.rest}   ",
    )


def _at_worst(total: _Total) -> str:
    word = printable(total.worst.name)
    if total.count == 1:
        return word
    return f"all {word}" if total.worst == Status.OK else f"{word} at worst"


def _head_line(branch: _Branch, rail: str, now: datetime) -> Line:
    node = branch.node
    style = _STATUS_STYLES.get(node.status, Style.UNKNOWN)
    word = _status_word(node)
    return Line(
        lead=(
            Span(f"{_SIGNS.get(node.status, '?')} {word}", style),
            Span(" " * (max(branch.status_width - columns(word), 0) + 2)),
        ),
        spans=tuple(_title_spans(node)),
        guide=branch.guide,
        rest=rail,
        aside=age(node.timestamp, now),
    )


def _status_word(node: StatusMessage) -> str:
    return printable(node.status.name)


def _title_spans(node: StatusMessage) -> Iterator[Span]:
    yield Span(printable(name_of(node.component)), Style.NAME)
    if ids := ids_of(node.component):
        yield Span("  " + " · ".join(map(printable, ids)))
    if node.status_message_type != StatusMessageType.COMPONENT:
        word = _TYPE_WORDS.get(node.status_message_type, node.status_message_type.name)
        yield Span(f"  {printable(word)}", Style.FAINT)


def _note_lines(notes: Sequence[Note], rail: str) -> Iterator[Line]:
    width = max((columns(_importance_word(note)) for note in notes), default=0) + 2
    for note in notes:
        indent = Span(" " * width)
        style = Style.PLAIN if note.action_importance == ActionImportance.NONE else Style.NAME
        yield Line((Span(printable(note.title), style),), _label_spans(note, width), rail, rail)
        for text in printable_lines(note.detail) if note.detail else ():
            yield Line((Span(text),), (indent,), rail, rail)
        if note.data is not None:
            yield Line((Span(_data_text(note), Style.FAINT),), (indent,), rail, rail)
        for arrow, text in _arrowed(note.action_to_take):
            yield Line((Span(text),), (indent, Span(arrow, Style.HEADING)), rail, rail)


def _label_spans(note: Note, width: int) -> tuple[Span, Span]:
    word = _importance_word(note)
    style = _IMPORTANCE_STYLES.get(note.action_importance, Style.UNKNOWN)
    return Span(word, style), Span(" " * (width - columns(word)))


def _importance_word(note: Note) -> str:
    if note.action_importance == ActionImportance.NONE:
        return "note"
    return printable(note.action_importance.name)


def _data_text(note: Note) -> str:
    data = note.data or ""
    key = (
        ""
        if note.data_deserialization_key is None
        else f" ({printable(note.data_deserialization_key)})"
    )
    shown = printable(data[:_MOST_DATA])
    if len(data) > _MOST_DATA:
        return f"data{key}, {len(data):,} characters: {shown}…"
    return f"data{key}: {shown}"


def _arrowed(text: str | None) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(printable_lines(text) if text else ()):
        yield ("  " if number else "→ "), line


def _action_lines(found: Sequence[Action]) -> Iterator[Line]:
    if not found:
        return
    yield Line((Span("What to do, most important first", Style.HEADING),))
    shown = found[:_MOST_ACTIONS]
    width = max(columns(_importance_word(action.note)) for action in shown) + 2
    for action in shown:
        yield from _one_action(action, width)
    if len(found) > len(shown):
        more = f"and {len(found) - len(shown):,} more, in the tree below"
        yield Line((Span(more, Style.FAINT),), (Span("  "),))
    yield Line()


def _one_action(action: Action, width: int) -> Iterator[Line]:
    indent = (Span(" " * (width + 2)),)
    label = (Span("  "), *_label_spans(action.note, width))
    for number, text in enumerate(printable_lines(action.text)):
        yield Line((Span(text, Style.NAME),), indent if number else label)
    where = path_label(action.path)
    why = "" if action.text == action.note.title else f": {printable(action.note.title)}"
    yield Line((Span(where + why, Style.FAINT),), indent)


def _count_lines(message: StatusMessage) -> Iterator[Line]:
    counts = Counter(node.status for _, node in walk(message))
    total = sum(counts.values())
    if total == 1:
        return
    yield Line()
    spans = [Span(f"{total:,} statuses: ", Style.FAINT)]
    # Sorting is stable, so unknown statuses, which rank equal, keep the order of the document.
    for status in sorted(counts, reverse=True):
        comma = Span(", ", Style.FAINT)
        style = _STATUS_STYLES.get(status, Style.UNKNOWN)
        spans += [Span(f"{counts[status]:,} {printable(status.name)}", style), comma]
    yield Line(tuple(spans[:-1]))
