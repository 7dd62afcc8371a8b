"""The wire examples of the contract: both clients read every answer as they say."""

from collections.abc import Iterator
from typing import Any

import pytest

from strategies.client_kit import TOKEN, answer
from strategies.replaying import KINDS, Kind, Reader, reader
from wire_examples import Dialect, Dialogue, every_dialogue, load

FOREIGN = load("foreign_answers")["answers"]
TIME = "2020-06-15T02:22:05.38288+03:00"


@pytest.fixture(scope="module", params=KINDS)
def reads(request: pytest.FixtureRequest) -> Iterator[Reader]:
    """What reads answers with one client, and with the other."""
    kind: Kind = request.param
    with reader(kind) as reads:
        yield reads


@pytest.mark.parametrize("dialect", ["flat", "data"])
@pytest.mark.parametrize("dialogue", list(every_dialogue()), ids=lambda dialogue: dialogue.name)
@pytest.mark.parametrize("coded", [True, False], ids=["with codes", "without codes"])
def test_every_answer_of_a_dialogue(
    dialogue: Dialogue, dialect: Dialect, coded: bool, reads: Reader
) -> None:
    """Each answer is read as the example says, from its code as well as from its text."""
    for step in dialogue.steps:
        if not step.exists_in(dialect):
            continue
        text = step.answer(dialect, TOKEN).replace("$TIME", TIME).replace("$TEXT", "some text")
        if not coded:
            if "some text" in text:
                continue  # only its code says what it means
            text = text.replace(f'"code":"{step.code(dialect)}",', "")
        body = {key: str(value) for key, value in step.facts["body"].items()}
        seen = reads(step.path, body, answer(text))
        assert step.reads(dialect, TOKEN) == seen, (step.path, text)


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case["what"])
def test_every_foreign_answer(case: dict[str, Any], reads: Reader) -> None:
    """Answers of other servers, proxies and accidents are read as the example says."""
    foreign = answer(case["body"], status=case["http_status"], content_type=case["content_type"])
    assert case["reads"] == reads(case["path"], {}, foreign)
