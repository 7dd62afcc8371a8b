"""What is told of an exception: its class, and as much of its text as may be shown."""

import pytest

from statusek_client.failures import LONGEST_TEXT, failure


def told(error: BaseException, **settings: object) -> str | None:
    (note,) = failure(error, "TASK", **settings).notes  # type: ignore[arg-type]
    return note.detail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disk full", "disk full"),
        ("postgresql://me:hunter2@db/shop", "postgresql://***@db/shop"),
        ("  ", None),
        ("x" * 501, "x" * (LONGEST_TEXT - 1) + "…"),
        ("half \ud800", "half ?"),
    ],
)
def test_a_text_is_told_without_secrets_and_within_bounds(text: str, expected: str | None) -> None:
    """Secrets that can be recognised are masked, long texts cut, and what is no text replaced."""
    assert expected == told(ValueError(text))


def test_a_hook_decides_what_is_shown() -> None:
    """The caller's own function has the last word, also that nothing is shown."""
    assert "DISK FULL" == told(ValueError("disk full"), redact=str.upper)
    assert told(ValueError("disk full"), redact=lambda _: "") is None


def test_a_hook_or_a_text_that_fails_shows_nothing() -> None:
    """Neither a hook nor an exception that cannot say itself gets into the way."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def failing(text: str) -> str:
        raise LookupError(text)

    assert told(ValueError("secret"), redact=failing) is None
    assert told(MuteError()) is None
