"""Templating: the templates of the board and the words that they may use.

Here live the environment of Jinja and its filters. Everything is escaped; a template decides what a
page looks like, never what is true.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final, cast
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from csm import Component
from statusek_server.board.durations import in_words
from statusek_server.wire.go_json import timestamp

SIGNS: Final = {
    "set": "✓",
    "stopped": "■",
    "next": "▸",
    "expected": "○",
    "possible": "·",
    "missing": "✗",
    "unused": "-",
}
"""How a status stands, for those who do not see colours."""

MEANINGS: Final = {
    "set": "set",
    "stopped": "set, and it stopped the process",
    "next": "can be set next",
    "expected": "must still come",
    "possible": "may still come",
    "missing": "never came",
    "unused": "did not come",
}

ENDINGS: Final = {
    "ALL_MANDATORY_STATUSES_ARE_SET": ("✓", "all mandatory statuses are set"),
    "STOP_STATUS_IS_SET": ("■", "a stop status was set"),
    "TIMEOUT": ("✗", "timed out"),
}
"""How an instance has ended: a sign and the words."""

SEVERITY_SIGNS: Final = {"OK": "✓", "WARN": "!", "ERROR": "✗", "CRITICAL": "‼"}


def page(name: str, values: dict[str, Any]) -> str:
    """Return a page as HTML.

    Args:
        name: The name of its template.
        values: What it shows.
    """
    return _environment().get_template(f"{name}.html").render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("statusek_server.board"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cast("dict[str, object]", environment.filters).update(
        {
            "duration": in_words,
            "moment": timestamp,
            "clock": _clock,
            "query": urlencode,
            "name": _name,
        }
    )
    words: dict[str, object] = environment.globals  # pyright: ignore[reportAssignmentType]
    words.update(
        {
            "signs": SIGNS,
            "meanings": MEANINGS,
            "endings": ENDINGS,
            "severity_signs": SEVERITY_SIGNS,
        }
    )
    return environment


def _clock(moment: datetime) -> str:
    """Return a moment as a person reads it; the page's script may put it into local time."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"


def _name(component: Component) -> str:
    """Return the name of a component; that of a catalogue is a member of it."""
    given = component.component_name
    return given if isinstance(given, str) else given.name
