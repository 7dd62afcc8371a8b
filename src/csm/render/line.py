"""The line: one line of a rendered message, as styled text before any medium or width is known.

Only these values live here. What they say is decided by `csm.render.outline`; how they look on a
medium by one module per medium.
"""

from __future__ import annotations

from enum import Enum

import attrs


class Style(Enum):
    """What a span is; a medium decides what that looks like."""

    PLAIN = "plain"
    NAME = "name"
    HEADING = "heading"
    FAINT = "faint"
    GUIDE = "guide"
    OK = "ok"
    WARN = "warn"
    ERROR = "error"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@attrs.frozen
class Span:
    """Printable text of one style."""

    text: str
    style: Style = Style.PLAIN


@attrs.frozen
class Line:
    """One line, which a medium may have to wrap.

    Attributes:
        spans: The text; where it is wrapped, the rest stands under the first span that is not part
            of `lead`.
        lead: What stands before the text, once: a sign, a label, spaces.
        guide: The branches of the tree before all that.
        rest: The branches of the tree before the lines that wrapping adds, which may be wider than
            `guide`, but not than `guide` and `lead`.
        aside: What stands at the right edge, aligned in all lines.
    """

    spans: tuple[Span, ...] = ()
    lead: tuple[Span, ...] = ()
    guide: str = ""
    rest: str = ""
    aside: str = ""

    @property
    def text(self) -> str:
        """The line without styles, unwrapped and without what stands aside."""
        return self.guide + "".join(span.text for span in (*self.lead, *self.spans))
