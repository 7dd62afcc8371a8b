"""The parameters of a call: as strict as the decoder that clients have met so far."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_server.errors import ParametersError
from statusek_server.wire.parameters import Parameters, parse

TEXTS = ("object_name", "instance_token", "status_name", "status_message")
INTEGERS = ("instance_timeout", "instance_silence")
SURROGATES = st.characters(categories=["Cs"])


def test_everything() -> None:
    """Every field arrives; unknown ones are ignored, whatever they hold."""
    body = {
        "object_name": "TASK",
        "instance_timeout": 600,
        "instance_silence": 60,
        "instance_token": "1d36bcdf",
        "status_name": "RUN",
        "status_message": "17 files",
        "since": {"then": [1.5, True, None, 10**30]},
    }
    assert Parameters(
        object_name="TASK",
        instance_timeout=600,
        instance_silence=60,
        instance_token="1d36bcdf",
        status_name="RUN",
        status_message="17 files",
    ) == parse(json.dumps(body).encode())


@pytest.mark.parametrize("body", [b"{}", b" {\n} \r\n", b'{"object_name":null}'])
def test_missing_and_null(body: bytes) -> None:
    """A field that is missing or null is its default."""
    assert Parameters() == parse(body)


def test_the_last_of_duplicated_fields_wins() -> None:
    """A field that comes twice is what its last occurrence says."""
    assert Parameters(status_name="B") == parse(b'{"status_name":"A","status_name":"B"}')


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63)])
def test_integers_of_64_bits(number: int) -> None:
    """Any integer of 64 bits is read; what it means is not the parser's business."""
    assert Parameters(instance_timeout=number) == parse(b'{"instance_timeout":%d}' % number)


@pytest.mark.parametrize("literal", ["1.0", "1e2", "true", '"60"', "[60]", "{}"])
@pytest.mark.parametrize("field", INTEGERS)
def test_what_is_no_integer(field: str, literal: str) -> None:
    """A field of seconds takes integers and nothing that looks like one."""
    with pytest.raises(ParametersError, match=f"^{field} is not an integer$"):
        parse(f'{{"{field}":{literal}}}'.encode())


@pytest.mark.parametrize(
    "digits", ["9223372036854775808", "-9223372036854775809", "1" + "0" * 19, "1" + "0" * 5000]
)
def test_integers_beyond_64_bits(digits: str) -> None:
    """An integer beyond 64 bits is refused, however long it is."""
    with pytest.raises(ParametersError, match=r"^instance_timeout is beyond 64 bits$"):
        parse(f'{{"instance_timeout":{digits}}}'.encode())


@pytest.mark.parametrize("literal", ["1", "1.5", "true", "[]", "{}"])
@pytest.mark.parametrize("field", TEXTS)
def test_what_is_no_text(field: str, literal: str) -> None:
    """A field of text takes strings, in every call, also in those that do not need it."""
    with pytest.raises(ParametersError, match=f"^{field} is not a string$"):
        parse(f'{{"{field}":{literal}}}'.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{} {}",
        b"{},",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":"\n"}',
        b'{"a":' * 100_000,
        '{"object_name":"TASK"}'.encode("utf-16"),
    ],
)
def test_what_is_not_one_json_object(body: bytes) -> None:
    """A body that is not one JSON object in UTF-8 is refused."""
    with pytest.raises(ParametersError, match=r"^the body is not|is not JSON$"):
        parse(body)


def test_half_a_surrogate_pair() -> None:
    """An escaped half of a pair becomes U+FFFD, a whole pair its character."""
    assert Parameters(status_name="�A", status_message="😀") == parse(
        rb'{"status_name":"\ud800A","status_message":"\ud83d\ude00"}'
    )


@given(st.text(st.characters() | SURROGATES))
def test_any_text_can_be_stored(text: str) -> None:
    """Whatever a client escapes, what is read is text that UTF-8 can carry."""
    read = parse(json.dumps({"status_message": text}).encode()).status_message
    assert read.encode().decode() == read
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert text == read


@given(st.binary())
def test_any_bytes_are_parameters_or_refused(body: bytes) -> None:
    """No body makes the parser fail in any other way than with its own error."""
    try:
        parameters = parse(body)
    except ParametersError:
        return
    assert isinstance(parameters, Parameters)
