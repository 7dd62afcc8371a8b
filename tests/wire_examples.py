"""The wire examples of tests/contract, read; what they mean is in the README beside them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

FOLDER = Path(__file__).resolve().parent / "contract"
DIALOGUES = ("first_steps", "rules", "finishing", "lookups")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
PLACEHOLDERS = {"$TIME": TIME, "$TEXT": r"[^\"]+"}

Dialect = Literal["flat", "data"]
Json = dict[str, Any]


@frozen
class Step:
    """One exchange of a dialogue: what is asked, what is answered, what the client makes of it."""

    facts: Json

    @property
    def path(self) -> str:
        return str(self.facts["path"])

    @property
    def after_seconds(self) -> float:
        return float(self.facts.get("after_seconds", 0))

    def exists_in(self, dialect: Dialect) -> bool:
        return dialect in self.facts

    def request(self, token: str) -> bytes:
        return json.dumps(self.facts["body"]).replace("$TOKEN", token).encode()

    def code(self, dialect: Dialect) -> str:
        return _of_dialect(self.facts["code"], dialect)

    def answer(self, dialect: Dialect, token: str) -> str:
        """Return the answer as it stands on the wire, `$TIME` and `$TEXT` still in it."""
        return on_the_wire(self.facts[dialect], self.code(dialect), dialect).replace(
            "$TOKEN", token
        )

    def reads(self, dialect: Dialect, token: str) -> Json:
        reads = self.facts["reads"]
        own = reads.get(dialect, reads)
        reading: Json = json.loads(json.dumps(own).replace("$TOKEN", token))
        return reading


@frozen
class Dialogue:
    """Steps on one server, in order."""

    name: str
    steps: tuple[Step, ...]


@cache
def dialogues(name: str) -> tuple[Dialogue, ...]:
    return tuple(
        Dialogue(one["name"], tuple(Step(step) for step in one["steps"]))
        for one in load(name)["dialogues"]
    )


def every_dialogue() -> Iterator[Dialogue]:
    for name in DIALOGUES:
        yield from dialogues(name)


@cache
def load(name: str) -> Json:
    content: Json = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def on_the_wire(answer: Json, code: str, dialect: Dialect) -> str:
    """Return the text of an answer, with its code where the dialect has it."""
    if dialect == "flat":
        coded = {"code": code, **answer}
    else:
        coded = {"status": answer["status"], "message": answer["message"], "code": code}
        coded["data"] = answer["data"]
    text = json.dumps(coded, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text + "\n"


def pattern(answer: str) -> str:
    """Return a regular expression that an answer with placeholders stands for."""
    expression = re.escape(answer)
    for placeholder, meaning in PLACEHOLDERS.items():
        expression = expression.replace(re.escape(placeholder), meaning)
    return expression


def _of_dialect(value: str | dict[str, str], dialect: Dialect) -> str:
    return value if isinstance(value, str) else value[dialect]
