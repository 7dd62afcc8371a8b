"""Ages as people type them on a command line: as a duration, or as the time that they began.

Only the reading of such an age lives here; times on the wire are strict, and read elsewhere.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Final

import click

_UNITS: Final[Mapping[str, int]] = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([0-9]{1,10})([smhdw]?)")
_HAS_DAY_OR_HOUR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}:[0-9]{2}")
_LONGEST = 100 * 366 * 86_400
_EXPECTED = (
    "expected seconds (90), a duration (30m, 2h, 7d, 4w), or a time such as '2026-11-29 14:00', "
    "'14:00' or '2026-11-29T14:00:00+01:00'"
)


class Age(click.ParamType[int]):
    """A duration, or a time in the past.

    A time is local where it has no offset, of today where it has no day, and of midnight where it
    has no hour.
    """

    name = "age"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the age in seconds, at least one."""
        text = str(value).strip()
        duration = _DURATION.fullmatch(text)
        if duration:
            seconds = int(duration[1]) * _UNITS[duration[2]]
        else:
            began = _time(text) if _HAS_DAY_OR_HOUR.search(text) else None
            if began is None:
                self.fail(f"{value!r} is no age: {_EXPECTED}", param, ctx)
            seconds = ceil((datetime.now(UTC) - began).total_seconds())
        if not 1 <= seconds <= _LONGEST:
            self.fail(f"{value!r} is not within the last hundred years", param, ctx)
        return seconds


def _time(text: str) -> datetime | None:
    from dateutil import parser

    with warnings.catch_warnings():
        warnings.simplefilter("error", parser.UnknownTimezoneWarning)
        try:
            return parser.parse(text).astimezone(UTC)
        except (ValueError, OverflowError, OSError, parser.UnknownTimezoneWarning):
            return None
