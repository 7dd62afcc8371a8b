"""One second, in its three forms: epoch seconds, ISO 8601 text, and an aware datetime.

Only conversions live here. The text follows RFC 3339, section 5.6, in the narrow reading that the
format uses: capital T and Z, an offset always, no leap second, no hour 24. Everything is floored to
the whole second.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

FIRST_SECOND = -62_135_596_800
"""0001-01-01T00:00:00Z."""
LAST_SECOND = 253_402_300_799
"""9999-12-31T23:59:59Z."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
_DAYS_OF_400_YEARS = 146_097
RFC_3339 = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]+)?"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_rfc_3339 = re.compile(RFC_3339)
_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))
_TEXTS_REMEMBERED = 4_096

iso_texts: dict[int, str] = {}
"""Texts that `new_iso_text` made lately, for loops that cannot afford to call `iso_from_epoch`."""
_minute_texts: dict[int, str] = {}
"""The beginnings of these texts, by the minutes since 1970."""


def in_range(epoch_seconds: int) -> bool:
    """Whether a time lies in the years 1 to 9999."""
    return FIRST_SECOND <= epoch_seconds <= LAST_SECOND


def iso_from_epoch(epoch_seconds: int) -> str:
    """The text of a time in range.

    >>> iso_from_epoch(1437064108)
    '2015-07-16T16:28:28Z'
    """
    # The nodes of a message report at about the same time.
    return iso_texts.get(epoch_seconds) or new_iso_text(epoch_seconds)


def new_iso_text(epoch_seconds: int) -> str:
    """The text of a time in range, which `iso_texts` has from now on."""
    minute, second = epoch_seconds // 60, epoch_seconds % 60
    text = f"{_minute_texts.get(minute) or _new_minute_text(minute)}:{_TWO_DIGITS[second]}Z"
    if len(iso_texts) >= _TEXTS_REMEMBERED:
        iso_texts.clear()
        _minute_texts.clear()
    iso_texts[epoch_seconds] = text
    return text


def _new_minute_text(minute: int) -> str:
    day, minutes = divmod(minute, 1_440)
    hour, minute_of_hour = divmod(minutes, 60)
    two = _TWO_DIGITS
    text = f"{_day_text(day)}T{two[hour]}:{two[minute_of_hour]}"
    _minute_texts[minute] = text
    return text


@lru_cache(maxsize=16)
def _day_text(day: int) -> str:
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


def epoch_from_iso(text: str) -> int | None:
    """The time that an RFC 3339 text names, floored to the second; None where it names none.

    A time outside the years 1 to 9999 is none.

    >>> epoch_from_iso("2015-07-16T18:28:28.999+02:00")
    1437064108
    """
    match = _rfc_3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        # Year 0 has no date, but an offset may lead from it into year 1; calendars repeat.
        days = date(year or 400, month, day).toordinal() - (0 if year else _DAYS_OF_400_YEARS)
    except ValueError:
        return None
    seconds = (days - _EPOCH_DAY) * 86_400 + hour * 3_600 + minute * 60 + second
    seconds -= _offset(*match.groups()[6:])
    return seconds if in_range(seconds) else None


def _offset(sign: str | None, hours: str, minutes: str) -> int:
    if sign is None:
        return 0
    seconds = int(hours) * 3_600 + int(minutes) * 60
    return -seconds if sign == "-" else seconds


def epoch_from_datetime(moment: datetime) -> int | None:
    """The time of an aware datetime, floored to the second; None for a naive one."""
    if moment.utcoffset() is None:
        return None
    return (moment - _EPOCH) // timedelta(seconds=1)


def datetime_from_epoch(epoch_seconds: int) -> datetime:
    """The aware datetime, in UTC, of a time in range."""
    return _EPOCH + timedelta(seconds=epoch_seconds)
