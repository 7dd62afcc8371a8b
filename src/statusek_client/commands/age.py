"""Ages as people type them on a command line: as seconds, or as the time that they began.

Only the reading of such an age lives here; times on the wire are strict, and read elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

import click

_EXPECTED = (
    "expected a number of seconds, or a time such as '2026-11-29 14:00', '14:00' or "
    "'2026-11-29T14:00:00+01:00'"
)


class Age(click.ParamType[int]):
    """Seconds, or a time in the past.

    A time is local where it has no offset; what it leaves out is as it is today.
    """

    name = "age"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the age in seconds, at least one."""
        seconds = int(value) if str(value).isdecimal() else self._seconds_since(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no age: {_EXPECTED}", param, ctx)
        if seconds < 1:
            self.fail(f"{value!r} is not in the past", param, ctx)
        return seconds

    def _seconds_since(self, text: str) -> int | None:
        from dateutil import parser

        try:
            moment = parser.parse(text).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return ceil((datetime.now(UTC) - moment).total_seconds())
