"""One second in its three forms."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm.timestamps import (
    FIRST_SECOND,
    LAST_SECOND,
    datetime_from_epoch,
    epoch_from_datetime,
    epoch_from_iso,
    in_range,
    iso_from_epoch,
    iso_texts,
)
from strategies.csm import epoch_seconds


@given(epoch_seconds)
def test_round_trip(seconds: int) -> None:
    """Every second of the range survives the way to text and to datetime and back."""
    assert seconds == epoch_from_iso(iso_from_epoch(seconds))
    assert seconds == epoch_from_datetime(datetime_from_epoch(seconds))


@given(epoch_seconds)
def test_text_is_what_the_standard_library_writes(seconds: int) -> None:
    """The text is the ISO form of the same datetime."""
    expected = datetime_from_epoch(seconds).replace(tzinfo=None).isoformat()

    assert f"{expected}Z" == iso_from_epoch(seconds)


def test_remembered_texts_are_bounded_and_right() -> None:
    """More minutes than are remembered still give the right text."""
    for minute in range(5_000):
        assert minute * 60 + 7 == epoch_from_iso(iso_from_epoch(minute * 60 + 7))
        assert len(iso_texts) <= 4_096


def test_texts_are_remembered() -> None:
    """The nodes of a message share the text of their time."""
    assert iso_from_epoch(1437064108) is iso_from_epoch(1437064108)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-07-16T16:28:28Z", 1437064108),
        ("2015-07-16T16:28:28.999999999999Z", 1437064108),
        ("2015-07-16T18:28:28+02:00", 1437064108),
        ("2015-07-16T16:28:28-00:00", 1437064108),
        ("2015-07-15T16:29:28-23:59", 1437064108),
        ("1969-12-31T23:59:59.5Z", -1),
        ("2016-02-29T00:00:00Z", 1456704000),
        ("0001-01-01T00:00:00Z", FIRST_SECOND),
        ("0000-12-31T23:00:00-01:00", FIRST_SECOND),
        ("9999-12-31T23:59:59Z", LAST_SECOND),
    ],
)
def test_accepted(text: str, expected: int) -> None:
    """RFC 3339 with any offset and any fraction names its second, floored."""
    assert expected == epoch_from_iso(text)


@pytest.mark.parametrize(
    "text",
    [
        "2015-07-16T16:28:28",
        "2015-07-16 16:28:28Z",
        "2015-07-16t16:28:28Z",
        "2015-07-16T16:28:28z",
        "2015-07-16T16:28:60Z",
        "2015-07-16T24:00:00Z",
        "2015-07-16T16:60:00Z",
        "2015-07-16T16:28:28.Z",
        "2015-07-16T16:28:28,5Z",
        "2015-07-16T16:28:28+24:00",
        "2015-07-16T16:28:28+01:60",
        "2015-07-16T16:28:28+0100",
        "2015-07-16T16:28Z",
        "2015-02-29T00:00:00Z",
        "2015-13-01T00:00:00Z",
        "2015-00-01T00:00:00Z",
        "20150716T162828Z",
        "2015-W29-4T16:28:28Z",
        "2015-07-16T16:28:28Z\n",
        " 2015-07-16T16:28:28Z",
        "\u0662015-07-16T16:28:28Z",
        "+2015-07-16T16:28:28Z",
        "0000-06-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "",
    ],
)
def test_refused(text: str) -> None:
    """Everything else is no time, rather than a guess."""
    assert epoch_from_iso(text) is None


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_datetime_is_floored(moment: datetime) -> None:
    """An aware datetime becomes the last whole second that is not after it."""
    seconds = epoch_from_datetime(moment)

    assert seconds is not None
    if in_range(seconds):
        assert timedelta(0) <= moment - datetime_from_epoch(seconds) < timedelta(seconds=1)


def test_datetime_outside_the_years() -> None:
    """An offset may lead out of the range, which is told apart, not raised."""
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))

    assert FIRST_SECOND - 3600 == epoch_from_datetime(early)
    assert not in_range(FIRST_SECOND - 3600)


def test_naive_datetime() -> None:
    """A naive datetime names no second."""
    assert epoch_from_datetime(datetime(2015, 7, 16)) is None  # noqa: DTZ001
