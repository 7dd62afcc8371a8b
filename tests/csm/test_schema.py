"""The JSON Schema against the reader, in both directions."""

import json
import subprocess
import sys
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from csm import (
    ActionImportance,
    CsmValidationError,
    MajorComponentType,
    StatusMessage,
    StatusMessageSerializer,
    StatusMessageType,
    catalogue_sandbox,
    json_schema,
)
from strategies.csm import json_values, status_messages

VALIDATOR = Draft202012Validator(json_schema())
READER_ONLY = ("must name the same second",)
"""Problems that no schema can see, whatever the document."""


def is_accepted(values: dict[str, Any]) -> bool:
    """Whether the default reader accepts a document."""
    try:
        StatusMessageSerializer.from_dict(values)
    except CsmValidationError:
        return False
    return True


def test_schema_is_a_schema() -> None:
    """The schema is valid itself."""
    Draft202012Validator.check_schema(json_schema())


def test_file() -> None:
    """The file in the package is the schema of a fresh process."""
    code = "import csm, json; print(json.dumps(csm.json_schema()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    packaged = files("csm.codec").joinpath("schema.json").read_text("utf-8")

    assert json.loads(done.stdout) == json.loads(packaged)


def test_registered_names() -> None:
    """The schema knows the names that are registered when it is made."""
    with catalogue_sandbox():
        MajorComponentType.register("BILLING")
        major = json_schema()["$defs"]["component"]["oneOf"][1]
    assert ["SIA", "MADM", "BILLING"] == major["properties"]["componentName"]["enum"]


def test_schema_is_fresh() -> None:
    """Changing a schema that was handed out changes no other."""
    first = json_schema()
    first["$defs"]["note"]["properties"]["title"]["minLength"] = 5
    for name in ("note", "statusMessage"):
        for each in first["$defs"][name]["properties"].values():
            if each.get("type") == ["string", "null"]:
                each["type"].append("array")

    assert first != json_schema()
    assert {"note": json_schema()["$defs"]["note"]} == {"note": VALIDATOR.schema["$defs"]["note"]}
    assert "duplicate keys" in json_schema()["description"]


def test_descriptions() -> None:
    """Every object and every key says what it is, and each word of a table is explained."""
    schema = json_schema()
    message, note, component = (
        schema["$defs"][name] for name in ("statusMessage", "note", "component")
    )
    objects = [message, note, *component["oneOf"]]
    assert all(each["description"] for each in (schema, message, note, component))
    assert all(key["description"] for each in objects for key in each["properties"].values())
    for words, described in (
        (StatusMessageType, message["properties"]["statusMessageType"]),
        (ActionImportance, note["properties"]["actionImportance"]),
    ):
        assert all(f"({word.name}" in described["description"] for word in words)


@given(status_messages())
def test_messages_are_valid(message: StatusMessage) -> None:
    """Every message that can be written is valid."""
    VALIDATOR.validate(StatusMessageSerializer.to_dict(message))


KEYS = [
    "component",
    "statusMessageType",
    "status",
    "epochSecondsTimestamp",
    "iso8601UtcTimestamp",
    "notes",
    "subStatuses",
    "componentType",
    "componentName",
    "secondaryId",
    "title",
    "actionImportance",
    "detail",
    "data",
]
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, "", "OK", "SIA", "EDW", "LOW", "MAJOR", "x", 5, True, [], {}]),
    st.sampled_from(["2015-07-16T16:28:28Z", "2015-07-16T18:28:28.5+02:00", "2015-07-16", "24:00"]),
    json_values(),
)


@st.composite
def changed_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A document in which some keys are dropped or have other values."""
    document = StatusMessageSerializer.to_dict(draw(status_messages(max_leaves=2)))
    targets: list[dict[str, Any]] = [document, document["component"], *document.get("notes", [])]
    for _ in range(draw(st.integers(1, 2))):
        target = draw(st.sampled_from(targets))
        key = draw(st.sampled_from([key for key in KEYS if key in target] or KEYS))
        if draw(st.booleans()):
            target.pop(key, None)
        else:
            target[key] = draw(VALUES)
    return document


def has_integral_float(value: object) -> bool:
    """Whether a schema would take a float in a document for an integer."""
    return isinstance(value, dict) and isinstance(value.get("epochSecondsTimestamp"), float)


@given(changed_documents())
def test_reader_and_schema_agree(document: dict[str, Any]) -> None:
    """What one accepts the other does, but for what the schema says that it cannot see."""
    assume(not has_integral_float(document))
    iso = document.get("iso8601UtcTimestamp")
    if is_accepted(document):
        assert VALIDATOR.is_valid(document)
    elif VALIDATOR.is_valid(document):
        # The schema cannot compare the two times, nor look into a calendar.
        without = {key: each for key, each in document.items() if key != "epochSecondsTimestamp"}
        assert iso is not None
        assert is_accepted(without) or "2015" not in str(iso)


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"status": None}, False),
        ({"statusMessageType": None}, False),
        ({"notes": None, "subStatuses": None}, True),
        ({"epochSecondsTimestamp": 253402300800}, False),
        ({"epochSecondsTimestamp": True}, False),
        ({"iso8601UtcTimestamp": "2015-07-16T16:28:28+24:00"}, False),
        ({"notes": [{"title": "", "actionImportance": "LOW"}]}, False),
        ({"notes": [{"title": "x", "actionImportance": "LOW", "detail": None}]}, True),
        ({"subStatuses": [{}]}, False),
        ({"colour": "red"}, True),
    ],
)
def test_both_say_the_same(change: dict[str, Any], valid: bool) -> None:
    """Documents at the edges of the format are judged alike."""
    document = {
        "component": {"componentType": "MAJOR", "componentName": "SIA"},
        "status": "OK",
        "epochSecondsTimestamp": 1437064108,
    } | change

    assert (valid, valid) == (VALIDATOR.is_valid(document), is_accepted(document))
