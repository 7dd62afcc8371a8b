"""Unknown keys: kept, compared as JSON, never changed."""

import pickle
from typing import Any

import pytest
from hypothesis import given

from csm import CsmValidationError, GeneralComponent, Note
from csm.extra import Extra, JsonValue, same_json
from strategies.csm import extras, json_values


@given(json_values())
def test_a_value_is_the_same_as_itself(value: JsonValue) -> None:
    """Every JSON value is the same as itself and other than one more level of it."""
    assert same_json(value, value)
    assert not same_json(value, [value])
    assert not same_json({"a": value}, {"b": value})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        ([1, 2], (1, 2), True),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ([], {}, False),
        (None, [], False),
        ("1", 1, False),
    ],
)
def test_comparison(one: object, other: object, same: bool) -> None:
    """Values are compared as JSON: by meaning, not by Python's types."""
    assert same is same_json(one, other)
    assert same is same_json(other, one)


@given(extras())
def test_mapping(given_keys: dict[str, JsonValue]) -> None:
    """The mapping holds what was given, and equals it."""
    extra = Note(title="x", extra=given_keys).extra

    assert extra == given_keys
    assert given_keys == extra
    assert list(given_keys) == list(extra)
    assert len(given_keys) == len(extra)
    assert extra == pickle.loads(pickle.dumps(extra))
    other: object = [given_keys]
    assert extra != other
    assert repr(given_keys) == repr(extra)


def test_equal_by_meaning() -> None:
    """Objects whose unknown keys mean the same JSON are equal, and hash alike."""
    one = Note(title="x", extra={"a": [1, {"b": 2}], "c": None})
    other = Note(title="x", extra={"c": None, "a": (1.0, {"b": 2.0})})
    third = Note(title="x", extra={"c": None, "a": [True, {"b": 2}]})

    assert one == other
    assert one != third
    assert hash(one) == hash(other)


def test_nothing_reaches_in() -> None:
    """Neither what was given nor what came out can change an object."""
    tags: list[JsonValue] = ["a"]
    note = Note(title="x", extra={"tags": tags, "deep": {"tags": tags}})
    tags.append("b")
    out = note.extra["tags"]
    assert isinstance(out, list)
    out.append("c")

    assert {"tags": ["a"], "deep": {"tags": ["a"]}} == note.extra
    with pytest.raises(AttributeError):
        note.extra.more = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        del note.extra.more  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        note.extra["tags"] = 1  # type: ignore[index]


def test_hashes_agree() -> None:
    """What means the same JSON has one hash; what differs, however deep, has another."""
    one = Note(title="x", extra={"a": [1, {"b": True}], "c": None})
    same = Note(title="x", extra={"c": None, "a": (1.0, {"b": True})})
    other = Note(title="x", extra={"a": [1, {"b": False}], "c": None})

    assert (one, hash(one)) == (same, hash(same))
    assert hash(one) != hash(other)
    assert 1 == len({one, same})


def test_nothing_is_nothing_after_a_journey() -> None:
    """Writers know the absence of unknown keys by its identity."""
    note = Note(title="x")
    assert pickle.loads(pickle.dumps(note)).extra is note.extra


def nested(levels: int) -> JsonValue:
    """Some lists in one another."""
    value: JsonValue = 1
    for _ in range(levels):
        value = [value]
    return value


def test_nesting() -> None:
    """An unknown value may nest a hundred levels, and no more."""
    kept = Note(title="x", extra={"deep": nested(100)})
    assert {"deep": nested(100)} == kept.extra

    with pytest.raises(CsmValidationError, match="nests deeper than 100"):
        Note(title="x", extra={"deep": nested(101)})


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (float("nan"), "$.x"),
        (float("inf"), "$.x"),
        (10**400, "$.x"),
        ("\ud800", "$.x"),
        ({"y": [0, object()]}, "$.x.y[1]"),
        ({"\ud800": 1}, "$.x"),
        ({1: 1}, "$.x"),
        (b"bytes", "$.x"),
    ],
)
def test_no_json(value: object, path: str) -> None:
    """What JSON cannot hold is refused, with its path."""
    with pytest.raises(CsmValidationError) as caught:
        Note(title="x", extra={"x": value})  # type: ignore[dict-item]
    assert [path] == [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize("number", [2**1023, -(2**1023), 10**308, 2**1024 - 2**970 - 1])
def test_large_integers(number: int) -> None:
    """Every integer within the range of a double is kept exactly."""
    assert number == Note(title="x", extra={"n": number}).extra["n"]


def test_known_key() -> None:
    """A known key has its own argument."""
    with pytest.raises(CsmValidationError) as caught:
        GeneralComponent(component_name="x", extra={"componentType": "MAJOR", "ok": 1})

    assert ["$.componentType"] == [problem.path for problem in caught.value.problems]


def test_no_mapping() -> None:
    """Something that is no mapping is refused."""
    with pytest.raises(CsmValidationError, match=r"^\$\.extra: must be a mapping"):
        Note(title="x", extra=[("a", 1)])  # type: ignore[arg-type]
    assert Extra({"a": 1}) == Note(title="x", extra=Extra({"a": 1})).extra


def test_value_inside_itself() -> None:
    """A list that holds itself is refused at once, however often it does."""
    cyclic: list[Any] = []
    cyclic += [cyclic, {"again": cyclic}]
    with pytest.raises(CsmValidationError) as caught:
        Note(title="t", extra={"loop": cyclic})
    assert [(problem.path, problem.message) for problem in caught.value.problems] == [
        ("$.loop[0]", "holds itself, which no JSON can say"),
        ("$.loop[1].again", "holds itself, which no JSON can say"),
    ]


def test_shared_value() -> None:
    """A list that stands in two places is no cycle, and is written twice."""
    shared: list[JsonValue] = [1]
    assert Note(title="t", extra={"a": shared, "b": [shared]}).extra == {"a": [1], "b": [[1]]}
