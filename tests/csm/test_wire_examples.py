"""The wire examples of messages: what is read and written, what is refused and where."""

from typing import Any, Literal

import pytest

from csm import CsmDecodeError, CsmValidationError, StatusMessageSerializer
from wire_examples import load

EXAMPLES = load("messages")
ENGINES = ("stdlib", "msgspec")

Engine = Literal["stdlib", "msgspec"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("example", EXAMPLES["reads"], ids=lambda example: example["what"])
def test_what_is_read_is_written_in_its_one_form(example: dict[str, str], engine: Engine) -> None:
    """A message is written in the order of the format, compactly, with what it was read with."""
    serializer = StatusMessageSerializer(engine=engine)
    message = serializer.from_json_string(example["text"])
    assert example["writes"] == serializer.to_json_string(message)
    assert example["writes"].encode() == serializer.to_json_bytes(message)
    assert message == serializer.from_json_bytes(example["writes"].encode())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("example", EXAMPLES["invalid"], ids=lambda example: example["what"])
def test_every_problem_is_found_at_its_path(example: dict[str, Any], engine: Engine) -> None:
    """A message that breaks rules is refused with all its problems, in document order."""
    with pytest.raises(CsmValidationError) as caught:
        StatusMessageSerializer(engine=engine).from_json_string(example["text"])
    assert example["problems"] == [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("example", EXAMPLES["undecodable"], ids=lambda example: example["what"])
def test_what_is_no_document_is_not_decoded(example: dict[str, Any], engine: Engine) -> None:
    """A text that is no message at all is refused before any rule, with its place where known."""
    with pytest.raises(CsmDecodeError) as caught:
        StatusMessageSerializer(engine=engine).from_json_string(example["text"])
    if "line" in example:
        assert (example["line"], example["column"]) == (caught.value.line, caught.value.column)
