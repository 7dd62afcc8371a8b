"""The text rendering of a status message: a tree of lines for terminals, logs and mails.

Laying lines out in columns and colouring them lives here; what the lines say is in
`csm.render.outline`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from csm.render.line import Line, Span, Style
from csm.render.outline import tree_lines
from csm.render.wrap import breaks, columns
from csm.vocabulary import Status

if TYPE_CHECKING:
    from rich.style import Style as RichStyle

    from csm.message import StatusMessage

__all__ = ["laid_out", "render", "tree_lines"]

# Longer lines are hard to read, and an age far to the right is hard to find.
_WIDEST = 100
_NARROWEST = 20
_LEAST = 10
_RICH_STYLES = {
    Style.NAME: "bold",
    Style.HEADING: "bold",
    Style.FAINT: "dim",
    Style.GUIDE: "dim",
    Style.OK: "green",
    Style.WARN: "bold yellow",
    Style.ERROR: "bold red",
    Style.CRITICAL: "bold white on red",
    Style.UNKNOWN: "bold magenta",
}


def render(
    message: StatusMessage,
    *,
    now: datetime | None = None,
    colour: bool = False,
    width: int | None = None,
    at_least: Status | None = None,
    depth: int | None = None,
) -> str:
    """Return a message as text for people: what is to be done, the tree, a count.

    Args:
        message: The message.
        now: The time that ages are counted from, aware; default: the clock's.
        colour: Add terminal colours; without rich, which the extra `cli` brings, there are none.
        width: Wrap at this many columns, and never beyond 100; default: do not wrap.
        at_least: Leave out branches in which no status is this bad.
        depth: Show only this many levels.

    Returns:
        Lines joined by line feeds, without one at the end; there is no other control character in
        it, but for the escape sequences of colours.
    """
    lines = tree_lines(message, now=now, at_least=at_least, depth=depth)
    paint = _painted if colour and _has_rich() else _plain
    return "\n".join(paint(spans) for spans in laid_out(lines, width=width))


def laid_out(lines: Iterable[Line], *, width: int | None = None) -> Iterator[tuple[Span, ...]]:
    """Lay lines out in columns: wrapped, with what stands aside aligned.

    Args:
        lines: The lines, in their order.
        width: Wrap at this many columns, and never beyond 100; default: do not wrap.

    Returns:
        An iterator of the spans of each line on the medium.
    """
    all_lines = list(lines)
    widest = _WIDEST if width is None else max(min(width, _WIDEST), _NARROWEST)
    edge = min(widest, max(map(_natural_width, all_lines), default=0))
    for line in all_lines:
        yield from _rows(line, edge, None if width is None else widest)


def _natural_width(line: Line) -> int:
    return columns(line.text) + len(line.aside) + 2 if line.aside else 0


def _rows(line: Line, edge: int, width: int | None) -> Iterator[tuple[Span, ...]]:
    guide, rest = (_shortened(each, width) for each in (line.guide, line.rest))
    hang = sum(columns(span.text) for span in line.lead)
    text = "".join(span.text for span in line.spans)
    if width is None:
        parts = [(0, len(text))]
    else:
        room = max(width - columns(guide) - hang, _NARROWEST)
        taken = width - edge + len(line.aside) + 2 if line.aside else 0
        parts = list(breaks(text, room, max(room - taken, _LEAST)))
    first, *others = (tuple(_cut(line.spans, part)) for part in parts)
    yield _with_aside((Span(guide, Style.GUIDE), *line.lead, *first), line.aside, edge)
    indent = Span(" " * (columns(guide) + hang - columns(rest)))
    for spans in others:
        yield (Span(rest, Style.GUIDE), indent, *spans)


def _shortened(guide: str, width: int | None) -> str:
    """Return a guide that leaves half of the width to the text, without its outermost branches."""
    if width is None or len(guide) <= width // 2:
        return guide
    return "…" + guide[1 - width // 2 :]


def _cut(spans: Iterable[Span], part: tuple[int, int]) -> Iterator[Span]:
    start, end = part
    offset = 0
    for span in spans:
        text = span.text[max(start - offset, 0) : max(end - offset, 0)]
        offset += len(span.text)
        if text:
            yield Span(text, span.style)


def _with_aside(row: tuple[Span, ...], aside: str, edge: int) -> tuple[Span, ...]:
    if not aside:
        return row
    used = sum(columns(span.text) for span in row)
    gap = max(edge - used - len(aside), 2)
    return (*row, Span(" " * gap), Span(aside, Style.FAINT))


def _plain(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans).rstrip(" ")


def _has_rich() -> bool:
    return find_spec("rich") is not None


@cache
def _rich_style(style: Style) -> RichStyle:
    from rich.style import Style as RichStyle

    return RichStyle.parse(_RICH_STYLES.get(style, ""))


def _painted(spans: Iterable[Span]) -> str:
    from rich.color import ColorSystem

    return "".join(
        _rich_style(span.style).render(span.text, color_system=ColorSystem.STANDARD)
        for span in spans
    ).rstrip(" ")
