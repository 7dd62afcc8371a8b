"""Sharing: calls that arrive together become one statement, and so one commit.

Here live the queue of one kind of call, who is sent with whom, and who fails with whom. What a
statement says, and what its errors mean, lives with whoever runs it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar, cast

from attrs import define, field, frozen

from statusek_server.errors import StorageError

C = TypeVar("C")
R = TypeVar("R")

MOST_TOGETHER: Final = 128
"""Calls that share a statement at most, so that none waits long for the others."""

LONGEST: Final = 10.0
"""Seconds after which a call is told that nothing is known, whatever the database does."""


@frozen(eq=False)
class _Waiting(Generic[C, R]):
    """A call that waits for its statement."""

    call: C
    future: asyncio.Future[R]


@define(eq=False)
class Sharing(Generic[C, R]):
    """One kind of call.

    Args:
        run: Runs calls as one statement and returns the outcome of each, in their order.
        rejects: Whether an error says that the statement was undone as a whole and the connection
            lives, so that its calls may be tried one by one.
        subject: Returns what may be only once in a statement.
        lanes: Statements under way at once; while all are, calls gather.
    """

    _run: Callable[[Sequence[C]], Awaitable[Sequence[R]]]
    _rejects: Callable[[Exception], bool]
    _subject: Callable[[C], Hashable]
    _lanes: int = 1
    _longest: float = LONGEST
    _waiting: deque[_Waiting[C, R]] = field(factory=deque, init=False)
    _tasks: set[asyncio.Task[None]] = field(factory=set, init=False)
    _is_closed: bool = field(default=False, init=False)

    async def call(self, call: C) -> R:
        """Have a call sent, with others where there are any, and return its own outcome.

        Raises:
            StorageError: It took too long, or there is no database any more.
        """
        if self._is_closed:
            raise StorageError("the storage is closed")
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(call, future))
        if len(self._tasks) < self._lanes:
            task = asyncio.create_task(self._drain(), name="statusek-sharing")
            self._tasks.add(task)
        try:
            async with asyncio.timeout(self._longest):
                return await future
        except TimeoutError as error:
            if not future.cancelled():
                raise  # the statement's own
            what = f"the database did not answer within {self._longest:g} seconds"
            raise StorageError(what) from error

    async def close(self) -> None:
        """Finish what was taken on, and take nothing on any more."""
        self._is_closed = True
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def _drain(self) -> None:
        try:
            while taken := self._take():
                await self._send(taken)
        finally:
            # At once after the last look into the queue, so that no call comes between.
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _take(self) -> list[_Waiting[C, R]]:
        """Take the calls that go together; the others keep their order."""
        taken: dict[Hashable, _Waiting[C, R]] = {}
        left: list[_Waiting[C, R]] = []
        while self._waiting and len(taken) < MOST_TOGETHER:
            waiting = self._waiting.popleft()
            subject = self._subject(waiting.call)
            if waiting.future.done():
                continue  # nobody waits for it any longer
            if subject in taken:
                left.append(waiting)
            else:
                taken[subject] = waiting
        self._waiting.extendleft(reversed(left))
        return list(taken.values())

    async def _send(self, taken: Sequence[_Waiting[C, R]]) -> None:
        try:
            results = await self._run([waiting.call for waiting in taken])
        except Exception as error:  # noqa: BLE001 - it belongs to the callers
            if len(taken) > 1 and self._rejects(error):
                for waiting in taken:
                    await self._send([waiting])
            else:
                for waiting in taken:
                    if not waiting.future.done():
                        waiting.future.set_exception(error)
        else:
            for waiting, result in zip(taken, results, strict=True):
                if not waiting.future.done():
                    waiting.future.set_result(result)
