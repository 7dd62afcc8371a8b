"""Ages as people type them."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from statusek_client.commands.age import Age


def age(text: str) -> int:
    return Age().convert(text, None, None)


def test_durations() -> None:
    """A number is seconds, or what the letter behind it says."""
    assert (1, 86_400, 90) == (age("1"), age("86400"), age("90s"))
    assert (1_800, 7_200, 604_800, 2_419_200) == (age("30m"), age("2h"), age("7d"), age("4w"))


def test_times() -> None:
    """A time is as old as it is, with an offset or in local time."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    local = hour_ago.astimezone().replace(tzinfo=None)
    for text in (
        hour_ago.isoformat(),
        hour_ago.astimezone().isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S}",
        f"{local:%d %b %Y %I:%M:%S %p}",
    ):
        assert 3_600 <= age(text) <= 3_660, text


def test_days() -> None:
    """A day begins at midnight."""
    day = datetime.now(UTC).astimezone() - timedelta(days=3)
    assert 3 * 86_400 - 3_700 <= age(f"{day:%Y-%m-%d}") <= 4 * 86_400 + 3_700


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "nov",
        "monday",
        "-5",
        "5.5",
        "2 hours",
        "3h30m",
        "0x10",
        "2026-13-01",
        "2026-11-28 14:00 NOWHERE",
        "9" * 5_000,
        "9" * 400 + "-01-01",
    ],
)
def test_what_is_no_age(text: str) -> None:
    """What is neither is told with an example of both."""
    with pytest.raises(click.BadParameter, match="expected seconds"):
        age(text)


@pytest.mark.parametrize("text", ["0", "9999-12-31 12:00", "1890-01-01", "9999999999w"])
def test_far_away(text: str) -> None:
    """What has not begun yet has no age, and what is too old is a mistake."""
    with pytest.raises(click.BadParameter, match="is not within the last hundred years"):
        age(text)
