"""JSON text as Go's encoder writes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_server.wire.go_json import encode, timestamp


def test_compact_escaped_and_ended() -> None:
    """Text is compact, safe inside HTML, otherwise as it is, and ends with a newline."""
    assert (
        b'{"a":"\\u003cb\\u003e \\u0026 \\u2028\\u2029 \\"\\n","\xc3\xa9":[null,true,1]}\n'
        == encode({"a": '<b> & \u2028\u2029 "\n', "é": [None, True, 1]})
    )


@given(st.dictionaries(st.text(), st.text() | st.lists(st.booleans())))
def test_it_means_what_was_meant(value: dict[str, object]) -> None:
    """Whatever is escaped, a reader gets back what was written."""
    assert value == json.loads(encode(value))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2020, 6, 15, 2, 22, 5, 382_880, UTC), "2020-06-15T02:22:05.38288Z"),
        (datetime(2020, 6, 15, 2, 22, 5, tzinfo=UTC), "2020-06-15T02:22:05Z"),
        (datetime(2020, 6, 15, 2, 22, 10, 100_000, UTC), "2020-06-15T02:22:10.1Z"),
        (
            datetime(2020, 6, 15, 2, 22, 50, tzinfo=timezone(timedelta(hours=3))),
            "2020-06-14T23:22:50Z",
        ),
    ],
)
def test_times(moment: datetime, expected: str) -> None:
    """A time is RFC 3339 in UTC, with as many digits as it needs."""
    assert expected == timestamp(moment)
