"""Writing: exact bytes, by every engine."""

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import csm
from csm import (
    CsmValidationError,
    GeneralComponent,
    MajorComponent,
    MajorExternalComponent,
    Note,
    Problem,
    Status,
    StatusMessage,
    StatusMessageSerializer,
    StatusMessageType,
    to_json_string,
)
from strategies.csm import status_messages

EngineName = Literal["stdlib", "msgspec"]
ENGINES: list[EngineName] = ["stdlib", "msgspec"]
engines = pytest.mark.parametrize("engine", ENGINES)

MINIMAL = (
    '{"component":{"componentType":"MAJOR","componentName":"SIA"},'
    '"statusMessageType":"COMPONENT","status":"OK","epochSecondsTimestamp":1437064108,'
    '"iso8601UtcTimestamp":"2015-07-16T16:28:28Z"}'
)
SIA = MajorComponent(component_name="SIA")
SMALLEST = StatusMessage(component=SIA, epoch_seconds_timestamp=1437064108)


@engines
def test_minimal(engine: EngineName) -> None:
    """The smallest message becomes exactly one line."""
    serializer = StatusMessageSerializer(engine=engine)

    assert MINIMAL == serializer.to_json_string(SMALLEST)
    assert MINIMAL.encode() == serializer.to_json_bytes(SMALLEST)


def test_static_form() -> None:
    """The class itself, the module's functions and the package's do the same."""
    assert MINIMAL == StatusMessageSerializer.to_json_string(SMALLEST)
    assert MINIMAL.encode() == StatusMessageSerializer.to_json_bytes(SMALLEST)
    assert MINIMAL == to_json_string(SMALLEST)
    assert SMALLEST == csm.from_json_string(MINIMAL)
    assert SMALLEST == StatusMessageSerializer.from_json_bytes(MINIMAL.encode())
    assert json.loads(MINIMAL) == StatusMessageSerializer.to_dict(SMALLEST)
    assert SMALLEST == StatusMessageSerializer.from_dict(json.loads(MINIMAL))
    assert (StatusMessageSerializer.to_json_string.__doc__ or "").startswith("Write a message")


FULL = StatusMessage(
    component=GeneralComponent(
        component_name='a "b" \\ \n\x00\x7f\u2028ä😀/',
        secondary_id="2",
        tertiary_id="",
        quaternary_id="4",
        extra={"z": [1, 2.5, None, True, {"ä": "\t"}], "a": 1e300},
    ),
    status_message_type="DATAFLOW_OUTBOUND",
    status="CRITICAL",
    epoch_seconds_timestamp=-62135596800,
    notes=[
        Note(title="t"),
        Note(
            title="u",
            action_importance="URGENT",
            detail="d",
            data="{}",
            data_deserialization_key="json",
            action_to_take="a",
            extra={"x": {}},
        ),
    ],
    sub_statuses=[
        SMALLEST.replace(component=MajorExternalComponent(component_name="EDW")),
        SMALLEST,
    ],
    extra={"last": "one"},
)
FULL_TEXT = (
    '{"component":{"componentType":"GENERAL","componentName":'
    '"a \\"b\\" \\\\ \\n\\u0000\x7f\u2028ä😀/","secondaryId":"2","tertiaryId":"",'
    '"quaternaryId":"4","z":[1,2.5,null,true,{"ä":"\\t"}],"a":1e+300},'
    '"statusMessageType":"DATAFLOW_OUTBOUND","status":"CRITICAL",'
    '"epochSecondsTimestamp":-62135596800,"iso8601UtcTimestamp":"0001-01-01T00:00:00Z",'
    '"notes":[{"title":"t","actionImportance":"NONE"},'
    '{"title":"u","actionImportance":"URGENT","detail":"d","data":"{}",'
    '"dataDeserializationKey":"json","actionToTake":"a","x":{}}],"subStatuses":['
    + MINIMAL.replace("MAJOR", "MAJOR_EXTERNAL").replace("SIA", "EDW")
    + f',{MINIMAL}],"last":"one"}}'
)


@engines
def test_everything(engine: EngineName) -> None:
    """Keys stand in the order of the tables; only quotes, backslashes, controls are escaped."""
    serializer = StatusMessageSerializer(engine=engine)

    assert FULL_TEXT == serializer.to_json_string(FULL)
    assert FULL_TEXT == serializer.to_json_string(FULL)
    assert FULL_TEXT.encode() == serializer.to_json_bytes(FULL)
    assert json.loads(FULL_TEXT) == serializer.to_dict(FULL)


@engines
@pytest.mark.parametrize("place", ["message", "component", "note"])
def test_an_unknown_key_alone(engine: EngineName, place: str) -> None:
    """One that is nowhere else in the message is written, wherever it is."""
    extra = {"x": 1}
    message = {
        "message": SMALLEST.replace(extra=extra),
        "component": SMALLEST.replace(component=SIA.replace(extra=extra)),
        "note": SMALLEST.replace(notes=[Note(title="t", extra=extra)]),
    }[place]
    text = StatusMessageSerializer(engine=engine).to_json_string(message)
    assert (1, message) == (text.count('"x":1}'), csm.from_json_string(text))


@given(status_messages())
def test_engines_agree(message: StatusMessage) -> None:
    """The engines write the same bytes, which any JSON reader understands the same way."""
    texts = {StatusMessageSerializer(engine=engine).to_json_string(message) for engine in ENGINES}
    sizes = {StatusMessageSerializer(engine=engine).to_json_bytes(message) for engine in ENGINES}

    (text,) = texts
    assert {text.encode()} == sizes
    assert StatusMessageSerializer.to_dict(message) == json.loads(text)
    assert list(StatusMessageSerializer.to_dict(message)) == list(json.loads(text))


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0x85, 0x2028, 0xFEFF, 0xFFFF, 0x10FFFF])
def test_characters(code: int) -> None:
    """Every character is written as the standard library writes it without escaping non-ASCII."""
    message = SMALLEST.replace(notes=[Note(title=chr(code), detail=f"a{chr(code)}b")])
    for engine in ENGINES:
        text = StatusMessageSerializer(engine=engine).to_json_string(message)
        assert f'"title":{json.dumps(chr(code), ensure_ascii=False)}' in text
        assert message == StatusMessageSerializer(engine=engine).from_json_string(text)


@engines
@given(message=status_messages(), indent=st.integers(0, 4))
def test_indent(engine: EngineName, message: StatusMessage, indent: int) -> None:
    """Indented text says the same, and is what the standard library makes of the dict."""
    serializer = StatusMessageSerializer(engine=engine, indent=indent)
    expected = json.dumps(serializer.to_dict(message), ensure_ascii=False, indent=indent)

    assert expected == serializer.to_json_string(message)
    assert expected.encode() == serializer.to_json_bytes(message)


@engines
def test_kept_words(engine: EngineName) -> None:
    """Words that a reader kept are written as they came, escaped where needed."""
    message = SMALLEST.replace(
        status=Status.kept('ME"LT'),
        status_message_type=StatusMessageType.kept("SATELLITE"),
        component=MajorComponent(component_name=csm.MajorComponentType.kept("é")),
        notes=[Note(title="x", action_importance=csm.ActionImportance.kept("SOON"))],
    )

    assert (
        '{"component":{"componentType":"MAJOR","componentName":"é"},'
        '"statusMessageType":"SATELLITE","status":"ME\\"LT","epochSecondsTimestamp":1437064108,'
        '"iso8601UtcTimestamp":"2015-07-16T16:28:28Z",'
        '"notes":[{"title":"x","actionImportance":"SOON"}]}'
    ) == StatusMessageSerializer(engine=engine).to_json_string(message)


@engines
def test_depth(engine: EngineName) -> None:
    """A message deeper than the limit is not written; one of full depth is, from deep inside."""
    message = SMALLEST
    for _ in range(99):
        message = SMALLEST.replace(sub_statuses=[message])

    def from_deep_inside(frames: int) -> None:
        if frames:
            return from_deep_inside(frames - 1)
        for indent in (None, 1):
            serializer = StatusMessageSerializer(engine=engine, indent=indent)
            assert serializer.to_json_string(message).encode() == serializer.to_json_bytes(message)
            assert message == serializer.from_dict(serializer.to_dict(message))
        return None

    from_deep_inside(500)
    lowered = StatusMessageSerializer(engine=engine, max_depth=99)
    for write in (lowered.to_json_string, lowered.to_json_bytes, lowered.to_dict):
        with pytest.raises(CsmValidationError) as caught:
            write(message)
        reason = "is 100 messages deep, where max_depth allows 99"
        assert (Problem("$", reason),) == caught.value.problems
    assert lowered.to_json_string(message.sub_statuses[0])


@engines
def test_wrong_argument(engine: EngineName) -> None:
    """Only messages can be written."""
    serializer = StatusMessageSerializer(engine=engine)
    wrong: Any = SIA
    for write in (serializer.to_json_string, serializer.to_json_bytes, serializer.to_dict):
        with pytest.raises(TypeError, match="message must be a StatusMessage, not MajorComponent"):
            write(wrong)
