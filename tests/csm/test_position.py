"""Where the values of a JSON document stand."""

import json

from hypothesis import given
from hypothesis import strategies as st

from csm.commands.position import Position, positions
from csm.extra import JsonValue
from csm.paths import element_path, member_path
from strategies.csm import json_values

TEXT = r"""{"a": [1, {"b c": "x,}\\\""},
   [], -2.5e3],
 "d": {},"e":null,
 "it's\u0041": true}"""


def values(value: JsonValue, path: str = "$") -> list[tuple[str, JsonValue]]:
    found = [(path, value)]
    if isinstance(value, dict):
        for key, member in value.items():
            found += values(member, member_path(path, key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            found += values(element, element_path(path, index))
    return found


def test_values_have_lines_and_columns() -> None:
    """Each path leads to the first character of its value."""
    expected = {
        "$": Position(1, 1),
        "$.a": Position(1, 7),
        "$.a[0]": Position(1, 8),
        "$.a[1]['b c']": Position(1, 19),
        "$.a[2]": Position(2, 4),
        "$.a[3]": Position(2, 8),
        "$.d": Position(3, 7),
        "$.e": Position(3, 14),
        r"$['it\'sA']": Position(4, 16),
    }
    assert expected == positions(TEXT, expected)


def test_what_is_missing_stands_where_it_is_missing() -> None:
    """A path that leads nowhere has the position of the nearest value that is there."""
    expected = {
        "$.d.title": Position(3, 7),
        "$.a[2][0].x": Position(2, 4),
        "$.nowhere[3]": Position(1, 1),
    }
    assert expected == positions(TEXT, expected)


@given(json_values(), st.sampled_from([None, 0, 3]))
def test_every_value_is_found(value: JsonValue, indent: int | None) -> None:
    """At the position of each path, the JSON of the value at that path begins."""
    text = json.dumps(value, indent=indent)
    lines = text.split("\n")
    paths = dict(values(value))
    for path, position in positions(text, paths).items():
        rest = "\n".join(lines[position.line - 1 :])[position.column - 1 :]
        found, _ = json.JSONDecoder().raw_decode(rest)
        assert paths[path] == found
