"""What must hold of every document, valid or not, for both engines and all options.

Only the rules live here. Whatever breaks one is a `Disagreement`, with the name of the rule; so is
any exception that is none of this library's.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from functools import cache, partial
from time import perf_counter, process_time
from typing import Any, TypeAlias

import attrs
import jsonschema_rs

from csm import (
    CsmDecodeError,
    CsmError,
    CsmValidationError,
    Problem,
    StatusMessage,
    StatusMessageSerializer,
    diff,
    json_schema,
)
from fuzzing.documents import Document, Source
from fuzzing.expectation import compact, expected_text, nesting, strict_json

Form: TypeAlias = "str | bytes | bytearray | memoryview"
Outcome: TypeAlias = "StatusMessage | CsmError"

LONGEST_REPORT = 600


class Disagreement(Exception):  # noqa: N818  # a finding, no error of the program
    """A rule does not hold.

    Args:
        rule: Which one, as a clause.
        detail: What was seen.
    """

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail[:LONGEST_REPORT]

    def __str__(self) -> str:
        return f"{self.rule}: {self.detail}"


def hold(rule: str, detail: object, *, holds: bool) -> None:
    """Raise a Disagreement where a rule does not hold."""
    if not holds:
        raise Disagreement(rule, repr(detail))


def guarded(rule: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Return what a call returns, or the CsmError that it raises; all else is a Disagreement."""
    try:
        return call()
    except CsmError as error:
        return error
    except Exception as error:
        raise Disagreement(
            f"{rule} raises {type(error).__name__}", traceback.format_exc(-5)
        ) from error


@cache
def serializer(options: tuple[tuple[str, Any], ...], engine: str) -> StatusMessageSerializer:
    """Return a serializer, always the same for the same options."""
    chosen: dict[str, Any] = dict(options)
    return StatusMessageSerializer(engine=engine, **chosen)  # type: ignore[arg-type]


@attrs.frozen
class Readers:
    """The two engines with the same options."""

    options: tuple[tuple[str, Any], ...]

    def of(self, engine: str, **more: object) -> StatusMessageSerializer:
        """Return the serializer of an engine, with further options."""
        return serializer((*self.options, *more.items()), engine)

    def outcome(self, engine: str, source: Form, **more: object) -> Outcome:
        """Return what an engine makes of a source."""
        outcome: Outcome
        outcome = guarded(engine, partial(self.of(engine, **more).from_json_string, source))
        return outcome


def said(outcome: Outcome) -> object:
    """Return everything that an outcome says, to be compared."""
    if isinstance(outcome, StatusMessage):
        return (outcome, StatusMessageSerializer.to_json_string(outcome))
    return (type(outcome), str(outcome), vars(outcome))


def check(document: Document) -> bool:
    """Look whether everything holds of a document.

    Returns:
        Whether it was accepted.

    Raises:
        Disagreement: Something does not.
    """
    began = perf_counter()
    accepted = _check(document)
    if perf_counter() - began > _most_seconds(document.source):
        began = (
            process_time()
        )  # what the machine did meanwhile does not count; a slow clock, though
        _check(document)
        took = process_time() - began
        hold("time is bounded", f"{took:.2f} s", holds=took <= _most_seconds(document.source))
    return accepted


def _most_seconds(source: Source) -> float:
    """Return what all that is done with a document may take."""
    return 1 + 40e-6 * len(source)


def _check(document: Document) -> bool:
    readers = Readers(tuple(document.options.items()))
    outcome = _engines_agree(readers, document.source)
    values = _strictness_agrees(document, outcome)
    thoroughly = len(document.source) % _EVERY == 0
    if thoroughly or not isinstance(outcome, StatusMessage):
        _first_is_one_of_all(readers, document.source, outcome)
    if isinstance(outcome, StatusMessage):
        _is_written_as_expected(readers, values, outcome)
        _round_trips(readers, outcome)
        if thoroughly:
            _behaves(outcome)
    else:
        _is_well_told(outcome)
    if not isinstance(outcome, CsmDecodeError):
        _values_agree(readers, values, outcome)
        if not document.options:
            _schema_agrees(values, outcome)
    return isinstance(outcome, StatusMessage)


_EVERY = 8
"""What costs much and can hardly fail is looked at for one document in so many."""


def _engines_agree(readers: Readers, source: Source) -> Outcome:
    outcome = readers.outcome("stdlib", source)
    expected = said(outcome)
    for engine, form in (("msgspec", source), *_other_forms(source)):
        found = said(readers.outcome(engine, form))
        hold("the engines agree", (expected, engine, type(form), found), holds=expected == found)
    return outcome


def _other_forms(source: Source) -> list[tuple[str, Form]]:
    """Return the same document as text and as bytes, where it can be both."""
    if isinstance(source, bytes):
        try:
            return [("stdlib", source.decode()), ("msgspec", bytearray(source))]
        except UnicodeDecodeError:
            return [("stdlib", bytearray(source)), ("msgspec", memoryview(source))]
    try:
        return [("stdlib", source.encode()), ("msgspec", source.encode())]
    except UnicodeEncodeError:
        return []


def _first_is_one_of_all(readers: Readers, source: Source, outcome: Outcome) -> None:
    first = readers.outcome("stdlib", source, problems="first")
    other = said(readers.outcome("msgspec", source, problems="first"))
    hold("the engines agree on the first problem", (said(first), other), holds=said(first) == other)
    if isinstance(outcome, CsmValidationError) and isinstance(first, CsmValidationError):
        known = len(first.problems) == 1 and (
            first.problems[0] in outcome.problems or len(outcome.problems) > 1_000
        )
        hold("the first problem is one of all", (first, outcome), holds=known)
    else:
        same = said(first) == said(outcome)
        hold("problems='first' changes nothing else", (first, outcome), holds=same)


def _round_trips(readers: Readers, message: StatusMessage) -> None:
    keeping = Readers((("unknown_values", "keep"),))
    written = readers.of("stdlib").to_json_string(message)
    for engine in ("stdlib", "msgspec"):
        one = readers.of(engine)
        forms = (one.to_json_string(message), one.to_json_bytes(message).decode())
        hold("all write the same", (written, forms), holds=forms == (written, written))
        again = said(keeping.outcome(engine, written))
        hold("what is written is read again", again, holds=again == (message, written))
    indented = readers.of("stdlib", indent=2).to_json_string(message)
    again = said(keeping.outcome("msgspec", indented))
    hold("what is indented is read again", again, holds=again == (message, written))


def _behaves(message: StatusMessage) -> None:
    """The object is one like any other."""
    pickled = pickle.loads(pickle.dumps(message))
    hold("a message pickles", pickled, holds=said(pickled) == said(message))
    hold("the hash is kept", message, holds=hash(pickled) == hash(message))
    hold("nothing differs from itself", message, holds=not diff(message, pickled))
    hold("repr says something", message, holds=repr(message).startswith("StatusMessage("))


def _strictness_agrees(document: Document, outcome: Outcome) -> dict[str, Any]:
    """What is refused as no JSON is none, or too large, or too deep; and all that is none is."""
    refused = isinstance(outcome, CsmDecodeError)
    try:
        values: dict[str, Any] = strict_json(document.source)
    except (ValueError, RecursionError) as error:
        hold("what is no strict JSON is refused", (error, outcome), holds=refused)
        return {}
    if refused:
        source = document.source
        size = len(source if isinstance(source, bytes) else source.encode())
        depth = min(101, 2 * document.options.get("max_depth", 100) + 1)
        least = size > document.options.get("max_bytes", 2**24) or nesting(values) >= depth
        hold("what is strict JSON and bounded is decoded", outcome, holds=least)
    return values


def _is_written_as_expected(
    readers: Readers, found: dict[str, Any], message: StatusMessage
) -> None:
    keeps_extra = dict(readers.options).get("extra_keys", "keep") == "keep"
    expected = expected_text(found, keeps_extra=keeps_extra)
    written = readers.of("stdlib").to_json_string(message)
    hold("nothing is lost or added", (expected, written), holds=expected == written)
    values = readers.of("stdlib").to_dict(message)
    hold("to_dict says what the text says", values, holds=compact(values) == written)


def _is_well_told(error: CsmError) -> None:
    pickled = pickle.loads(pickle.dumps(error))
    hold("an error pickles", pickled, holds=said(pickled) == said(error))
    hold("the text of an error is bounded", len(str(error)), holds=len(str(error)) <= 10_000)
    if isinstance(error, CsmValidationError):
        problems = error.problems
        bounded = 1 <= len(problems) <= 1_001 and all(len(each.excerpt) <= 80 for each in problems)
        hold("problems are bounded", len(problems), holds=bounded)
        paths = [each.path for each in problems]
        hold("paths begin at the root", paths, holds=all(each.startswith("$") for each in paths))
    elif isinstance(error, CsmDecodeError) and error.line is not None:
        placed = error.line >= 1 and error.column is not None and error.column >= 1
        hold("places count from 1", error, holds=placed)


def _values_agree(readers: Readers, values: dict[str, Any], outcome: Outcome) -> None:
    """The way over a dict comes to the same result as the way over the text."""
    found = guarded("from_dict", lambda: readers.of("stdlib").from_dict(values))
    hold("from_dict agrees", (said(outcome), said(found)), holds=said(outcome) == said(found))


def _schema_agrees(values: dict[str, Any], outcome: Outcome) -> None:
    try:
        valid = _validator().is_valid(values)
    except ValueError:  # the validator has no numbers as large as JSON may have them
        return
    if isinstance(outcome, StatusMessage):
        hold("what is read is valid", outcome, holds=valid)
    elif isinstance(outcome, CsmValidationError) and not all(map(_is_unseen, outcome.problems)):
        hold("what no reader takes is not valid", outcome, holds=not valid)


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json_schema())


def _is_unseen(problem: Problem) -> bool:
    """Whether no schema can see a problem."""
    if problem.path.endswith("iso8601UtcTimestamp"):
        return problem.excerpt.startswith("'")
    if problem.path.endswith("epochSecondsTimestamp"):
        return "same second" in problem.message or "." in problem.excerpt or "e" in problem.excerpt
    return problem.path == "$" and "more problems" in problem.message
