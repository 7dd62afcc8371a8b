"""The wire examples of the contract: every answer is read as they say."""

from typing import Any

import pytest

from strategies.client_kit import TOKEN, answer, call_at, reading
from wire_examples import Dialect, Dialogue, every_dialogue, load

FOREIGN = load("foreign_answers")["answers"]
TIME = "2020-06-15T02:22:05.38288+03:00"


@pytest.mark.parametrize("dialect", ["flat", "data"])
@pytest.mark.parametrize("dialogue", list(every_dialogue()), ids=lambda dialogue: dialogue.name)
@pytest.mark.parametrize("coded", [True, False], ids=["with codes", "without codes"])
def test_every_answer_of_a_dialogue(dialogue: Dialogue, dialect: Dialect, coded: bool) -> None:
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
        call = call_at(step.path, body)
        assert step.reads(dialect, TOKEN) == reading(call, answer(text)), (step.path, text)


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case["what"])
def test_every_foreign_answer(case: dict[str, Any]) -> None:
    """Answers of other servers, proxies and accidents are read as the example says."""
    call = call_at(case["path"], {})
    foreign = answer(case["body"], status=case["http_status"], content_type=case["content_type"])
    assert case["reads"] == reading(call, foreign)
