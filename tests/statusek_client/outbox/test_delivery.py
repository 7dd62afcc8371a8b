"""Delivering: in order, once, and nobody held back by others."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from csm import GeneralComponent, StatusMessage
from statusek_client import Outbox, errors
from statusek_client.flows import Terms
from statusek_client.outbox import Flushed
from statusek_client.outbox.delivery import SECOND_LOOK, Patience, Round, deliver, judged
from statusek_client.outbox.post import DELIVERED, Post
from statusek_client.outbox.turn import Turn
from statusek_client.retry import RetryPolicy
from statusek_client.wire import Response
from strategies.client_kit import FakeClock, Stage, answer, data
from strategies.outbox_kit import ONCE, URL, Ledger, crash

MADE = 1_700_000_000.0


class Time:
    """The time of day, which only moves when it is told to."""

    def __init__(self) -> None:
        self.now = MADE

    def __call__(self) -> float:
        return self.now


def box(folder: Path, clock: Time | None = None) -> Outbox:
    return Outbox(folder / "outbox.db", background=False, drain=0, clock=clock or Time())


def kept(ledger: Ledger, outbox: Outbox, *posts: tuple[str, str]) -> None:
    """Set statuses while the server is away."""
    ledger.mode = "away"
    with ledger.client(outbox) as client:
        for token, name in posts:
            client.set_status(token, name)
    ledger.mode = "up"
    ledger.requests.clear()


def test_a_stuck_instance_holds_back_no_other(tmp_path: Path) -> None:
    """Its own posts wait in their order, those of others are delivered past it."""
    ledger = Ledger(stuck={"a"})
    with box(tmp_path) as outbox, ledger.client() as client:
        kept(ledger, outbox, ("a", "A1"), ("b", "B1"), ("a", "A2"), ("b", "B2"), ("c", "C1"))
        assert Flushed(delivered=3, refused=0, pending=2) == outbox.flush(client)
        assert {"b": ["B1", "B2"], "c": ["C1"]} == dict(ledger.events)
        assert ["A1", "A2"] == [post.status_name for post in outbox.pending()]
        assert ("a", "A2") not in ledger.requests
        ledger.stuck.clear()
        assert Flushed(delivered=2, refused=0, pending=0) == outbox.flush(client)
        assert ["A1", "A2"] == ledger.events["a"]


def test_a_server_that_is_away_is_asked_once(tmp_path: Path) -> None:
    """Trouble with the server itself ends the round."""
    ledger = Ledger()
    with box(tmp_path) as outbox, ledger.client() as client:
        kept(ledger, outbox, *((f"t{number}", "RUN") for number in range(5)))
        ledger.mode = "away"
        assert Flushed(delivered=0, refused=0, pending=5) == outbox.flush(client)
        assert [("t0", "RUN")] == ledger.requests


def test_a_server_in_trouble_is_left_alone(tmp_path: Path) -> None:
    """After so many instances in a row with trouble; the next time others go first."""
    ledger = Ledger(mode="dropping")
    clock = FakeClock()
    patience = Patience(RetryPolicy(first_delay=10, max_delay=10, jitter=0), clock)
    with box(tmp_path) as outbox, ledger.client() as client:
        kept(ledger, outbox, *((f"t{number}", "RUN") for number in range(5)))
        this = Round(
            store=outbox.store,
            server=URL,
            terms=client.terms,
            patience=patience,
            most_troubles=2,
        )
        tried = []
        for mode in ("dropping", "dropping", "up", "up"):
            ledger.mode = "up" if mode == "up" else "dropping"
            ledger.requests.clear()
            client.perform(deliver(this))
            tried.append(sorted({token for token, _ in ledger.requests}))
        assert [["t0", "t1"], ["t2", "t3"], ["t4"], []] == tried
        assert 10 == patience.longest()
        clock.now += 10
        assert 4 == client.perform(deliver(this)).delivered
        assert 0 == patience.longest()


@pytest.mark.parametrize(("mode", "knows_keys"), [("up", False), ("losing", False), ("up", True)])
def test_a_crash_at_any_step(tmp_path: Path, mode: str, knows_keys: bool) -> None:
    """Wherever a delivery is cut off, the next one delivers each post once and in order."""
    steps = 0
    is_over = False
    while not is_over:
        ledger = Ledger(knows_keys=knows_keys)
        folder = tmp_path / str(steps)
        folder.mkdir()
        with box(folder) as outbox, ledger.client() as client:
            kept(ledger, outbox, ("a", "A1"), ("b", "B1"), ("a", "A2"), ("a", "BAD"), ("a", "A3"))
            ledger.mode = "losing" if mode == "losing" else "up"
            this = Round(store=outbox.store, server=URL, terms=client.terms)
            is_over = crash(client, deliver(this), steps)
            ledger.mode = "up"
            outbox.flush(client)
            assert {"a": ["A1", "A2", "A3"], "b": ["B1"]} == dict(ledger.events)
            assert ((), ["BAD"]) == (
                outbox.pending(),
                [post.status_name for post in outbox.refused()],
            )
        steps += 1
    assert steps >= 15


def test_a_csm_says_that_it_is_late(tmp_path: Path) -> None:
    """It travels with its note, and under another key: its body is not that of the first try."""
    ledger = Ledger()
    message = StatusMessage(component=GeneralComponent(component_name="db"))
    with box(tmp_path) as outbox, ledger.client() as client:
        ledger.mode = "away"
        with ledger.client(outbox) as away:
            away.set_status("a", "A1", message)
            away.set_status("a", "A2", "17 files")
        ledger.mode = "up"
        outbox.flush(client)
    first, second = ledger.messages
    assert "made at 2023-11-14T22:13:20Z" == json.loads(first)["notes"][0]["title"]
    assert "17 files" == second
    assert [True, False] == [key.endswith("-late") for key in ledger._keys]


def test_two_flushes_take_turns(tmp_path: Path) -> None:
    """The second waits until the first is through, and finds what is left."""
    ledger = Ledger()
    with box(tmp_path) as outbox, ledger.client() as client:
        kept(ledger, outbox, ("a", "A1"))
        turn = Turn(outbox.path, URL)
        assert turn.take()
        assert Flushed(delivered=0, refused=0, pending=1) == outbox.flush(client, timeout=0.01)
        flushed: list[Flushed] = []
        other = threading.Thread(target=lambda: flushed.append(outbox.flush(client)))
        other.start()
        other.join(0.1)
        assert ([], []) == (flushed, ledger.requests)
        turn.release()
        other.join(30)
        assert [Flushed(delivered=1, refused=0, pending=0)] == flushed


def test_a_flush_has_a_deadline(tmp_path: Path) -> None:
    """No post is begun after it, and none may take longer."""
    with box(tmp_path) as outbox:
        kept(Ledger(), outbox, ("a", "A1"), ("a", "A2"))
        stage = Stage.of([(7, answer(data()))])
        this = Round(
            store=outbox.store,
            server=URL,
            terms=Terms(timeout=30, policy=ONCE, clock=stage.clock),
            deadline=stage.clock.now + 10,
        )
        assert 10 == this.terms_now().timeout
        stage.clock.now += 3
        assert 7 == this.terms_now().timeout
        assert 1 == stage.play(deliver(this)).delivered
        assert this.is_over()
        assert ["A2"] == [post.status_name for post in outbox.pending()]


def post(*, is_doubtful: bool = False, missing_since: float | None = None) -> Post:
    return Post(
        id=1,
        server=URL,
        token="a-token",
        status_name="RUN",
        status_message=None,
        key="k",
        made=MADE,
        is_doubtful=is_doubtful,
        trouble=None,
        missing_since=missing_since,
        refusal=None,
    )


OURS = Response(200, (), b'{"status":false,"message":"gone","code":"INSTANCE_TOKEN_IS_NOT_FOUND"}')
THEIRS = Response(200, (), b'{"status":false,"message":"gone"}')


@pytest.mark.parametrize(
    ("given", "error", "expected"),
    [
        (post(), errors.AlreadySetError(message="no"), "refused"),
        (post(is_doubtful=True), errors.AlreadySetError(message="no"), "delivered"),
        (post(is_doubtful=True), errors.InstanceFinishedError(message="no"), "refused"),
        (post(), errors.InstanceNotFoundError(message="no", answer=OURS), "refused"),
        (post(), errors.InstanceNotFoundError(message="no", answer=THEIRS), "kept"),
        (post(), errors.StatusNotFoundError(message="no", answer=THEIRS), "kept"),
        (
            post(missing_since=MADE - SECOND_LOOK),
            errors.InstanceNotFoundError(message="no", answer=THEIRS),
            "refused",
        ),
        (
            post(missing_since=MADE - SECOND_LOOK + 1),
            errors.InstanceNotFoundError(message="no", answer=THEIRS),
            "kept",
        ),
        (post(), errors.StorageError(message="no"), "kept, doubtful"),
        (post(), errors.UnauthorizedError(message="no"), "kept"),
        (post(), errors.AnswerError(message="no"), "kept, doubtful"),
        (post(), errors.TransportError(message="no", fate="unknown"), "kept, doubtful"),
        (post(), errors.TransportError(message="no", fate="not sent"), "kept"),
        (
            post(is_doubtful=True),
            errors.TransportError(message="no", fate="not sent"),
            "kept, doubtful",
        ),
    ],
)
def test_what_becomes_of_a_post(given: Post, error: errors.StatusekError, expected: str) -> None:
    """Only a verdict on this very post is final; what may have arrived stays doubtful."""
    outcome = judged(given, error, MADE)
    assert expected == outcome.kind + (", doubtful" if outcome.is_doubtful else "")
    if outcome != DELIVERED:
        assert "no" in outcome.reason


def test_an_original_that_finds_nothing_is_asked_again(tmp_path: Path) -> None:
    """It says so when its database is away, too; after a minute it is believed."""
    time = Time()
    ledger = Ledger()
    with box(tmp_path, time) as outbox, ledger.client() as client:
        kept(ledger, outbox, ("a", "A1"))
        ledger.refusal = "ERROR: Instance token 'a' is not found"
        found = []
        for seconds in (0.0, SECOND_LOOK - 1, 2.0):
            time.now += seconds
            found.append((outbox.flush(client).pending, len(outbox.refused())))
    assert [(1, 0), (1, 0), (0, 1)] == found
