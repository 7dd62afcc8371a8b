"""JSONPaths and keys."""

import pytest

from csm.paths import element_path, json_key, member_path


@pytest.mark.parametrize(
    ("attribute", "key"),
    [
        ("component", "component"),
        ("epoch_seconds_timestamp", "epochSecondsTimestamp"),
        ("iso8601_utc_timestamp", "iso8601UtcTimestamp"),
    ],
)
def test_json_key(attribute: str, key: str) -> None:
    """The key of an attribute is its name in camel case."""
    assert key == json_key(attribute)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("title", "$.title"),
        ("x_1", "$.x_1"),
        ("", "$['']"),
        ("1up", "$['1up']"),
        ("it's\\\n", r"$['it\'s\\\u000a']"),
        ("größe", "$['größe']"),
        ("\x9b31m\u2028\u202e😀\U000e0001", r"$['\u009b31m\u2028\u202e😀\udb40\udc01']"),
    ],
)
def test_member_path(key: str, path: str) -> None:
    """A key that is no plain name stands in brackets, escaped."""
    assert path == member_path("$", key)


def test_element_path() -> None:
    """An element is named by its index."""
    assert "$.notes[3].title" == member_path(element_path("$.notes", 3), "title")
