"""Waiting: who waits for which instance, and who is told when it is far enough.

Here live those who wait, the timers of instances that finish by themselves, and how many of them
are looked at at once. A waiter is an entry in a table: it has no thread, and no query while nothing
changes. What it waits for, and how it is answered, lives with its caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Final

from attrs import define, field

from statusek_server.errors import StorageError
from statusek_server.storage.instances import Snapshot

LOOKS: Final = 8
"""Instances that are looked at at once when many have changed; other calls come in between."""

Look = Callable[[str], Awaitable[Snapshot | None]]
"""Returns an instance, finished by now if it was due, or None; may raise StorageError."""

IsEnough = Callable[[Snapshot], bool]
"""Says whether an instance is far enough; what is enough once is enough ever after."""


@define(eq=False)
class _Waiter:
    """One who waits.

    Args:
        is_enough: What for.
        answer: What it is told.
        seen: What was seen last.
    """

    is_enough: IsEnough
    answer: asyncio.Future[Snapshot | None]
    seen: Snapshot | None = None

    def show(self, seen: Snapshot | None) -> None:
        self.seen = seen
        if not self.answer.done() and (seen is None or self.is_enough(seen)):
            self.answer.set_result(seen)

    def fail(self, what: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(StorageError(what))

    def let_go(self) -> None:
        if not self.answer.done():
            self.answer.set_result(self.seen)


@define(eq=False)
class _Topic:
    """An instance that somebody waits for.

    Args:
        waiters: All who do.
        alarm: Rings when the instance is due, as far as is known.
    """

    waiters: set[_Waiter] = field(factory=set)
    alarm: asyncio.TimerHandle | None = None

    def set_alarm(self, seen: Snapshot, ring: Callable[[], None]) -> None:
        self.stop_alarm()
        if seen.facts.finish is None:
            # A distance, so that it does not matter what this machine's clock shows.
            left = (seen.facts.due_at - seen.seen_at).total_seconds()
            self.alarm = asyncio.get_running_loop().call_later(max(left, 0), ring)

    def stop_alarm(self) -> None:
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm = None


@define(eq=False)
class Waiting:
    """Everybody who waits, in one process.

    Args:
        look: Looks at an instance.
        looks: Instances that are looked at at once.

    Attributes:
        is_closed: Whether nobody waits any more.
    """

    _look: Look
    _looks: int = LOOKS
    _topics: dict[str, _Topic] = field(factory=dict, init=False)
    _changed: dict[str, None] = field(factory=dict, init=False)
    _lookers: set[asyncio.Task[None]] = field(factory=set, init=False)
    is_closed: bool = field(default=False, init=False)

    @property
    def count(self) -> int:
        """How many wait now."""
        return sum(len(topic.waiters) for topic in self._topics.values())

    async def until(
        self, token: str, is_enough: IsEnough, seconds: float | None = None
    ) -> Snapshot | None:
        """Wait until an instance is far enough.

        Args:
            token: The instance.
            is_enough: What is far enough.
            seconds: How long to wait at most; None for as long as it takes.

        Returns:
            The instance as it is then, far enough or not; None where there is no such token.

        Raises:
            StorageError: The storage does not tell.
        """
        with self._waiter(token, is_enough) as waiter:
            # Looked at after the entry in the table: what comes later is told.
            seen = await self._look(token)
            waiter.show(seen)
            if seen is None or (self.is_closed and not waiter.answer.done()):
                return seen
            self._set_alarm(token, seen)
            try:
                async with asyncio.timeout(seconds):
                    return await waiter.answer
            except TimeoutError:
                # Once more, so that news that never came cost one wait and not the truth.
                return await self._look(token)

    def notify(self, tokens: Sequence[str] | None) -> None:
        """Look again at instances for those who wait for them; they share a look.

        Args:
            tokens: The instances that have changed; None for any.
        """
        topics = self._topics
        self._wake(topics if tokens is None else [token for token in tokens if token in topics])

    def close(self) -> None:
        """Answer everybody now with what was seen last; from now on nobody waits."""
        self.is_closed = True
        for topic in self._topics.values():
            topic.stop_alarm()
            for waiter in topic.waiters:
                if waiter.seen is not None:
                    waiter.let_go()
        self._changed.clear()

    @contextmanager
    def _waiter(self, token: str, is_enough: IsEnough) -> Generator[_Waiter]:
        topic = self._topics.setdefault(token, _Topic())
        waiter = _Waiter(is_enough, asyncio.get_running_loop().create_future())
        topic.waiters.add(waiter)
        try:
            yield waiter
        finally:
            topic.waiters.remove(waiter)
            waiter.answer.cancel()
            if not topic.waiters:
                topic.stop_alarm()
                del self._topics[token]

    def _set_alarm(self, token: str, seen: Snapshot) -> None:
        self._topics[token].set_alarm(seen, lambda: self._wake([token]))

    def _wake(self, tokens: Iterable[str]) -> None:
        if self.is_closed:
            return
        self._changed.update(dict.fromkeys(tokens))
        for _ in range(min(self._looks - len(self._lookers), len(self._changed))):
            looker = asyncio.create_task(self._look_again(), name="statusek-looker")
            self._lookers.add(looker)
            looker.add_done_callback(self._lookers.discard)

    async def _look_again(self) -> None:
        """Look at what has changed, one by one, until nothing is left."""
        while self._changed:
            token = next(iter(self._changed))
            del self._changed[token]
            if token in self._topics:
                await self._look_for_all(token)

    async def _look_for_all(self, token: str) -> None:
        """Look once for all who wait for an instance."""
        try:
            seen = await self._look(token)
        except StorageError as error:
            for waiter in self._waiters(token):
                waiter.fail(error.what)
            return
        waiters = self._waiters(token)
        for waiter in waiters:
            waiter.show(seen)
        if seen is not None and waiters and not self.is_closed:
            self._set_alarm(token, seen)

    def _waiters(self, token: str) -> set[_Waiter]:
        topic = self._topics.get(token)
        return topic.waiters if topic else set()
