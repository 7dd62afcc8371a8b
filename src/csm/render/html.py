"""The HTML rendering of a status message: a page by itself, from the same lines as the text.

Only tags, colours and their escaping live here; what the lines say is in `csm.render.outline`.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Final

from csm.identity import label
from csm.render.line import Span, Style
from csm.render.text import laid_out, tree_lines

if TYPE_CHECKING:
    from csm.message import StatusMessage

_STYLE: Final = """\
:root{color-scheme:light dark}
body{margin:1.5rem;font:1rem/1.5 system-ui,sans-serif}
pre{font:.9rem/1.5 ui-monospace,monospace;white-space:pre-wrap}
.name,.heading{font-weight:700}.faint,.guide{opacity:.7}
.ok{color:light-dark(#1c6b49,#74d3a4)}.warn{color:light-dark(#7a5200,#f0c35c);font-weight:700}
.error,.critical{color:light-dark(#a3262a,#ff9a94);font-weight:700}
.critical{text-decoration:underline}.unknown{color:light-dark(#7a2a86,#e3a3ef);font-weight:700}"""


def page(message: StatusMessage, *, now: datetime | None = None) -> str:
    """Return a message as a page: no script, nothing that is loaded from anywhere.

    Args:
        message: The message.
        now: The time that ages are counted from, aware; default: the clock's.
    """
    title = escape(f"{message.status.name} {label(message.component)}")
    lines = laid_out(tree_lines(message, now=now))
    tree = "\n".join("".join(map(_tagged, spans)) for spans in lines)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{_STYLE}\n</style></head>\n"
        f"<body><h1>{title}</h1>\n<pre>{tree}</pre></body></html>\n"
    )


def _tagged(span: Span) -> str:
    text = escape(span.text)
    return text if span.style is Style.PLAIN else f'<span class="{span.style.value}">{text}</span>'
