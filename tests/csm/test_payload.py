"""Payloads in notes, and the codecs that write and read them."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from csm import CsmDecodeError, CsmValidationError, Note, Problem, payload_codecs
from csm.errors import excerpt_of
from csm.extra import same_json
from csm.payload import PayloadCodec, PayloadCodecs, encode, load_data
from strategies.csm import json_values

KEY = "$.dataDeserializationKey"


@pytest.fixture
def registered() -> Iterator[Callable[..., PayloadCodec]]:
    """Registers codecs under the key `test`, which is free again afterwards."""
    yield lambda **pair: payload_codecs.register("test", **pair)
    payload_codecs.unregister("test")


def note(data: str | None, key: str | None = "json") -> Note:
    return Note(title="payload", data=data, data_deserialization_key=key)


NOT_WHAT_IT_SAYS = "data is not what 'json' says: ValueError:"


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@given(json_values())
def test_json_comes_back(payload: object) -> None:
    """What JSON can hold survives the way into a note and out of it."""
    written = Note.with_payload(title="payload", payload=payload)
    assert "json" == written.data_deserialization_key
    assert same_json(payload, written.load_data())


def test_escaped_pairs_are_one_character() -> None:
    """Two surrogates that belong together are no fault, however they are written."""
    assert "😀é" == load_data(note(r'"\ud83d\ude00\u00e9"'))


def test_json_is_compact_text() -> None:
    """JSON is written without spaces, and with characters as they are."""
    assert '{"größe":[1,2.5,null]}' == encode({"größe": [1, 2.5, None]})


def test_no_data_is_no_payload() -> None:
    """A note without data has None, whatever its key."""
    assert load_data(note(None, None)) is None
    assert load_data(note(None, "pickle")) is None


@pytest.mark.parametrize(
    ("data", "reason", "line", "column"),
    [
        ('{\n "a": }', "data is not JSON: Expecting value", 2, 7),
        ("", "data is not JSON: Expecting value", 1, 1),
        ("NaN", "data is not what 'json' says: ValueError: NaN is no number of JSON", None, None),
        (
            "-1e999",
            "data is not what 'json' says: ValueError: -1e999 is beyond a finite double",
            None,
            None,
        ),
        (
            '{"a":1,"a":2}',
            "data is not what 'json' says: ValueError: a key stands twice in one object",
            None,
            None,
        ),
        (
            "9" * 400,
            f"data is not what 'json' says: ValueError: {'9' * 80} is beyond a finite double",
            None,
            None,
        ),
        (
            r'{"a":["\ud800"]}',
            f"{NOT_WHAT_IT_SAYS} it has a lone surrogate, which no UTF-8 can hold",
            None,
            None,
        ),
        (
            nested(102),
            "data is not what 'json' says: ValueError: it is nested more than 100 deep",
            None,
            None,
        ),
    ],
)
def test_bad_json_is_a_decode_error(
    data: str, reason: str, line: int | None, column: int | None
) -> None:
    """Text that readers could disagree about is refused, with the place where it is known."""
    with pytest.raises(CsmDecodeError) as caught:
        load_data(note(data))
    assert (reason, line, column) == (caught.value.reason, caught.value.line, caught.value.column)


@pytest.mark.parametrize("data", [nested(100_000), "9" * 5_000])
def test_hostile_json_is_a_decode_error(data: str) -> None:
    """Depth and numbers that Python itself refuses end as an error of this library."""
    with pytest.raises(CsmDecodeError, match="data is not what 'json' says"):
        load_data(note(data))


def test_what_is_written_can_be_read() -> None:
    """The depth that is refused when reading is refused when writing, and no other."""
    payload: list[object] = []
    for _ in range(100):
        payload = [payload]
    assert payload == load_data(note(encode(payload)))
    with pytest.raises(CsmValidationError, match="nested more than 100 deep"):
        encode([payload])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (date(2026, 1, 2), "TypeError: Object of type date is not JSON serializable"),
        (float("inf"), "ValueError: Out of range float values are not JSON compliant"),
        (10**400, "ValueError: 1000000000"),
        ({1: 2, "1": 3}, "ValueError: a key stands twice in one object"),
    ],
)
def test_json_refuses_what_it_has_no_form_for(payload: object, reason: str) -> None:
    """A payload that the codec refuses is a problem of the note's data."""
    with pytest.raises(CsmValidationError) as caught:
        encode(payload)
    (problem,) = caught.value.problems
    assert ("$.data", excerpt_of(payload)) == (problem.path, problem.excerpt)
    # Later versions of Python say more at the end.
    assert problem.message.startswith(f"the codec 'json' cannot write it: {reason}")


def test_a_lone_surrogate_is_no_text() -> None:
    """What no UTF-8 can hold is refused when it is written."""
    with pytest.raises(CsmValidationError, match="lone surrogate"):
        encode("\ud800")


def test_an_unknown_key_lists_the_known_ones() -> None:
    """A key without a codec is an error that says which there are, and how to add one."""
    message = (
        "has no codec: expected one of json; did you mean json?; "
        "csm.payload_codecs.register(…) adds one"
    )
    expected = (Problem(KEY, message, "'jsonn'"),)
    with pytest.raises(CsmValidationError) as caught:
        load_data(note("{}", "jsonn"))
    assert expected == caught.value.problems
    with pytest.raises(CsmValidationError) as caught:
        Note.with_payload(title="x", payload={}, key="jsonn")
    assert expected == caught.value.problems


def test_data_without_a_key_cannot_be_read() -> None:
    """Without a key nothing says how to read the data, and nothing is guessed."""
    with pytest.raises(CsmValidationError) as caught:
        load_data(note("{}", None))
    message = "is missing: nothing says how to read the data; known are json"
    assert (Problem(KEY, message),) == caught.value.problems


@pytest.mark.parametrize("key", ["pickle", "yaml", "marshal", "java.util.HashMap", "builtins.eval"])
def test_nothing_that_executes_code_is_built_in(key: str) -> None:
    """The key selects among registered codecs and is never the name of code."""
    with pytest.raises(CsmValidationError, match="has no codec"):
        load_data(note("cos\nsystem\n(S'true'\ntR.", key))
    assert ["json"] == list(payload_codecs)


def test_own_codecs(registered: Callable[..., PayloadCodec]) -> None:
    """A registered pair writes and reads the notes with its key; twice is no error."""
    codec = registered(encode=date.isoformat, decode=date.fromisoformat)
    assert codec == registered(encode=date.isoformat, decode=date.fromisoformat)
    assert codec == payload_codecs["test"]
    assert ["json", "test"] == list(payload_codecs)
    written = Note.with_payload(title="due", payload=date(2026, 1, 2), key="test")
    assert note("2026-01-02", "test").replace(title="due") == written
    assert date(2026, 1, 2) == written.load_data()


def test_a_key_keeps_its_codec(registered: Callable[..., PayloadCodec]) -> None:
    """Another pair for a key is refused until the first is unregistered."""
    registered(encode=str, decode=int)
    with pytest.raises(CsmValidationError, match="has another codec already"):
        registered(encode=str, decode=float)
    payload_codecs.unregister("test")
    assert PayloadCodec(encode=str, decode=float) == registered(encode=str, decode=float)


@pytest.mark.parametrize("key", ["", 5])
def test_a_key_is_a_string(key: str) -> None:
    """What could never be the key of a note is refused."""
    with pytest.raises(CsmValidationError, match="string that is not empty"):
        PayloadCodecs().register(key, encode=str, decode=str)


def test_a_codec_can_be_called() -> None:
    """What could never be called is refused at once."""
    nothing: Any = None
    for codec in ({"encode": nothing, "decode": str}, {"encode": str, "decode": nothing}):
        with pytest.raises(TypeError, match="code must be a function, not NoneType"):
            PayloadCodecs().register("test", **codec)


def test_errors_of_codecs_are_translated(registered: Callable[..., PayloadCodec]) -> None:
    """Whatever a codec raises comes out as an error of this library, safe to print and short."""

    def fail(_: object) -> str:
        raise KeyError("\x1b[2J" + "x" * 1_000)

    registered(encode=fail, decode=fail)
    with pytest.raises(CsmValidationError, match=r"cannot write it: KeyError: ") as written:
        encode(1, "test")
    with pytest.raises(CsmDecodeError, match=r"is not what 'test' says: KeyError: ") as read:
        load_data(note("x", "test"))
    for error in (written, read):
        assert "\x1b" not in str(error.value)
        assert len(str(error.value)) < 500
        assert isinstance(error.value.__cause__, KeyError)


def test_a_codec_writes_text(registered: Callable[..., PayloadCodec]) -> None:
    """A codec that writes something else is told apart from one that writes text."""
    registered(encode=lambda _: b"bytes", decode=str)
    with pytest.raises(CsmValidationError, match="the codec 'test' wrote no text"):
        encode(1, "test")


def test_data_are_bounded(registered: Callable[..., PayloadCodec]) -> None:
    """More than 16 MiB are neither written nor given to a codec."""
    registered(encode=lambda size: "x" * size, decode=len)
    most = 16 * 1024 * 1024
    assert most == load_data(note(encode(most, "test"), "test"))
    with pytest.raises(CsmValidationError, match="at most 16,777,216 are allowed"):
        encode(most + 1, "test")
    with pytest.raises(CsmDecodeError, match="at most 16,777,216 are read"):
        load_data(note("x" * (most + 1), "test"))


def test_the_registry_shows_its_keys() -> None:
    """A registry is a mapping, and its repr lists the keys."""
    codecs = PayloadCodecs()
    assert "<PayloadCodecs: json>" == repr(codecs)
    assert 1 == len(codecs)
    assert "json" in codecs
    codecs.unregister("not there")
