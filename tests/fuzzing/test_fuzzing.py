"""The fuzzer for a moment, and whether it would notice anything."""

from __future__ import annotations

import os
import signal
from math import inf
from pathlib import Path

import pytest

from csm import StatusMessage
from csm.codec import document, engines
from fuzzing import agreement, campaign
from fuzzing.campaign import Failure, Tally
from fuzzing.documents import KINDS, Document
from fuzzing.report import record_campaign
from fuzzing.shrinking import smallest
from fuzzing.targets import TARGETS, Target

pytestmark = pytest.mark.slow

HEAD = '{"component":{"componentType":"GENERAL","componentName":"x"},"status":"OK"'
TIME = ',"epochSecondsTimestamp":0,"iso8601UtcTimestamp":"1970-01-01T00:00:00Z"'


def ignore(_: Tally) -> None:
    """Tell nobody."""


@pytest.mark.parametrize(
    ("target", "inputs"), [("messages", 500), ("formats", 500), ("catalogues", 500)]
)
def test_a_short_campaign(target: str, inputs: int) -> None:
    """Every rule holds of some inputs, of which some are accepted and some are not."""
    tally = campaign.campaign(target, "test", range(inputs), inf, ignore)

    assert [] == tally.failures
    assert inputs == tally.inputs
    assert 0 < tally.accepted < inputs
    if target == "messages":
        assert set(KINDS) >= {kind for kind, _ in tally.tried} >= set(list(KINDS)[:6])


def test_inputs_come_again() -> None:
    """The same seed and number make the same document, others make others."""
    for target in TARGETS.values():
        documents = [target.document(seed, number) for seed in "ab" for number in range(20)]
        assert documents == [target.document(seed, number) for seed in "ab" for number in range(20)]
        assert len({each.source for each in documents}) > 20


def test_a_fault_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that overlooks keys that stand twice is found out, with a small example."""

    def sees_nothing(message: StatusMessage, text: str, strings: int, max_depth: int) -> bool:
        return bool(text) and strings >= 0 and message.height <= max_depth

    monkeypatch.setattr(engines, "is_plain", sees_nothing)
    text = HEAD + ',"status":"OK"' + TIME + "}"
    target = TARGETS["messages"]
    document = Document("", text + " " * 50)
    rule = target.broken_rule(document)

    assert "what is no strict JSON is refused" == rule
    small = target.shrunk(document, rule)
    assert rule == target.broken_rule(small)
    assert len(small.source) <= len(text)


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        (HEAD + TIME + "}", '{"component":null}'),
        (HEAD + ',"iso8601UtcTimestamp":"0000-12-31T23:59:59-00:01"}', "{}"),
    ],
)
def test_a_loss_is_found(monkeypatch: pytest.MonkeyPatch, source: str, wrong: str) -> None:
    """What is written must be exactly what the contract says."""
    assert TARGETS["messages"].check(Document("", source))
    monkeypatch.setattr(agreement, "expected_text", lambda *_, **__: wrong)

    assert TARGETS["messages"].broken_rule(Document("", source)) == "nothing is lost or added"


def test_a_foreign_exception_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that is none of the library's breaks a rule."""

    def fails(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(document, "decoded", fails)

    assert TARGETS["messages"].broken_rule(Document("", "{}")) == "stdlib raises KeyError"


def _ending(document: Document) -> bool:
    if document.source == "3":
        os.kill(os.getpid(), signal.SIGKILL)
    if document.source == "5":
        while True:
            """Never end."""
    return True


def test_the_end_of_a_process_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input that ends the process, or never ends, is named, and the others are tried."""
    ending = Target(lambda _: Document("", ""), _ending)
    monkeypatch.setattr(campaign, "TARGETS", {"ending": ending})
    monkeypatch.setattr(Target, "document", lambda _, __, number: Document("", str(number)))
    monkeypatch.setattr(campaign, "LONGEST", 1)
    tally = campaign.campaign("ending", "", range(8), inf, ignore)

    assert {"an input ended the process": 1, "an input took too long": 1} == tally.broken
    assert [3, 5] == [failure.number for failure in tally.failures]
    assert (8, 6) == (tally.inputs, tally.accepted)


def test_a_campaign_ends_in_time() -> None:
    """When the time is over no further batch begins."""
    assert 0 == campaign.campaign("messages", "", range(10), -inf, ignore).inputs


def test_smallest() -> None:
    """Everything that a rule does not need is left out."""
    assert "ab" == smallest("xxaxxxb" * 3, lambda source: "a" in source and source[-1:] == "b")
    assert b"" == smallest(b"anything", lambda _: True)
    assert "xyz" == smallest("xyz", lambda _: True, seconds=-1)


def test_page(tmp_path: Path) -> None:
    """A campaign is a row; the same one again takes its place."""
    page = tmp_path / "page.md"
    tally = Tally()
    tally.tried["valid", True] = 2_000
    tally.broken["a rule"] = 1
    tally.add(Tally(failures=[Failure(1, "a rule", "", Document("", ""))]))
    for seed in "212":
        record_campaign("messages", seed, tally, page)
    lines = page.read_text().splitlines()

    assert [] == tally.failures
    assert "4,002 inputs in all, 4,000 of them accepted; 2 broke a rule." in lines
    rows = [line.split(" | ") for line in lines if line.startswith("| messages")]
    assert [("1", "2,001"), ("2", "2,001")] == [(row[1], row[3]) for row in rows]
