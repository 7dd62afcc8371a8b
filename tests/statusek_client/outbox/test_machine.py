"""The outbox as a machine: whatever happens, each post is accounted for, once and in order."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from statusek_client import Outbox, errors
from statusek_client.outbox.delivery import Round, deliver
from strategies.outbox_kit import URL, Ledger, Mode, crash

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a crash closes nothing

TOKENS = ("a", "b", "c")
MODES: tuple[Mode, ...] = ("up", "away", "losing", "dropping", "broken")


class OutboxMachine(RuleBasedStateMachine):
    """Sets, flushes, crashes and outages, against a plain list of what was set."""

    @initialize(knows_keys=st.booleans())
    def begin(self, knows_keys: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-machine-"))
        self.ledger = Ledger(knows_keys=knows_keys)
        self.accepted: dict[str, list[str]] = defaultdict(list)
        self.number = 0
        self.outbox = self.opened()

    def opened(self) -> Outbox:
        return Outbox(self.folder / "outbox.db", limit=12, background=False, drain=0)

    @rule(token=st.sampled_from(TOKENS), bad=st.booleans())
    def set_status(self, token: str, bad: bool) -> None:
        self.number += 1
        name = f"{'BAD' if bad else 'S'}{self.number}"
        with self.ledger.client(self.outbox) as client:
            try:
                client.set_status(token, name)
            except errors.RefusedError:
                assert bad
                assert "up" == self.ledger.mode
            except errors.TransportError as error:
                self.not_kept(token, name, error)
            else:
                self.accepted[token].append(name)

    def not_kept(self, token: str, name: str, error: errors.TransportError) -> None:
        assert "is full" in str(error)
        if error.fate == "unknown" and name in self.ledger.events[token]:
            self.accepted[token].append(name)

    @rule(mode=st.sampled_from(MODES), stuck=st.sets(st.sampled_from(TOKENS), max_size=1))
    def change(self, mode: Mode, stuck: set[str]) -> None:
        self.ledger.mode, self.ledger.stuck = mode, stuck

    @rule()
    def flush(self) -> None:
        with self.ledger.client() as client:
            flushed = self.outbox.flush(client)
        assert flushed.pending == len(self.outbox.pending())
        if self.ledger.mode == "up" and not self.ledger.stuck:
            assert 0 == flushed.pending

    @rule(steps=st.integers(0, 15))
    def crash_while_delivering(self, steps: int) -> None:
        with self.ledger.client() as client:
            this = Round(store=self.outbox.store, server=URL, terms=client.terms)
            crash(client, deliver(this), steps)
        self.outbox = self.opened()

    @rule()
    def look_and_discard(self) -> None:
        for post in self.outbox.refused():
            assert post.refusal
            assert self.outbox.discard(post)
            self.accepted[post.token].remove(post.status_name)

    @invariant()
    def each_is_somewhere_and_in_order(self) -> None:
        pending = self.outbox.pending()
        refused = self.outbox.refused()
        for token in TOKENS:
            there = self.ledger.events[token]
            waiting = [post.status_name for post in pending if post.token == token]
            aside = [post.status_name for post in refused if post.token == token]
            accepted = self.accepted[token]
            assert there == [name for name in accepted if name in there]  # once, in order
            assert waiting == [name for name in accepted if name in waiting]
            assert set(accepted) == {*there, *waiting, *aside}
            assert all(name.startswith("BAD") for name in aside)
            both = set(there) & set(waiting)
            doubtful = {post.status_name for post in pending if post.is_doubtful}
            assert both <= doubtful & set(waiting[:1])

    def teardown(self) -> None:
        self.ledger.mode, self.ledger.stuck = "up", set()
        self.flush()
        self.each_is_somewhere_and_in_order()
        assert () == self.outbox.pending()
        self.outbox.close()
        shutil.rmtree(self.folder)


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=25, stateful_step_count=25)
