"""A run: statuses set around a body of code, sync and async, as context manager and decorator.

Only this: the start, the good end, the bad end. A failure to tell the bad end never replaces the
exception that the body raised; it becomes a note on it. Signs of life while the body runs are in
`beating`, the message of the bad end in `failures`.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

import attrs

from statusek_client import beating
from statusek_client.calls import check_seconds, check_text
from statusek_client.errors import StatusekError

if TYPE_CHECKING:
    from csm import StatusMessage
    from statusek_client.instance import AsyncInstance, Instance

P = ParamSpec("P")
R = TypeVar("R")
Handle = TypeVar("Handle")
Beats = TypeVar("Beats")
Redact = Callable[[str], str]


class _Running(Generic[Handle, Beats]):
    """The instances whose bodies run, each known to the thread or task that runs the body."""

    def __init__(self) -> None:
        self._of: dict[int, list[tuple[Handle, Beats]]] = {}

    def begin(self, runner: int, instance: Handle, beats: Beats) -> None:
        self._of.setdefault(runner, []).append((instance, beats))

    def of(self, runner: int) -> Handle:
        """Return the instance whose body this runner has begun last.

        Raises:
            LookupError: it runs none.
        """
        if runner not in self._of:
            raise LookupError("no body of this run is running here")
        return self._of[runner][-1][0]

    def end(self, runner: int) -> tuple[Handle, Beats]:
        """Return the instance whose body this runner has begun last, and its signs of life.

        A body that is ended by another runner than began it is the one begun last of all.
        """
        if runner not in self._of:
            runner = next(reversed(self._of))
        bodies = self._of[runner]
        body = bodies.pop()
        if not bodies:
            del self._of[runner]
        return body


@attrs.frozen(kw_only=True)
class Plan:
    """What a run is told: the statuses of its start and its ends, how often to beat.

    The arguments are those of `StatusekClient.run`.
    """

    start: str | None = None
    done: str | None = None
    fail: str | None = None
    beat: float | None = None
    redact: Redact | None = None

    def __attrs_post_init__(self) -> None:
        for name, status in (("start", self.start), ("done", self.done), ("fail", self.fail)):
            if status is not None:
                check_text(name, status)
        if self.beat is not None:
            check_seconds("beat", self.beat)
        if not (self.redact is None or callable(self.redact)):
            raise TypeError(f"redact is a {type(self.redact).__name__}; expected a function")

    def end(self, error: BaseException | None) -> str | None:
        """Return the status for this end, None for none."""
        return self.done if error is None else self.fail

    def failure(self, error: BaseException, object_name: str | None) -> StatusMessage:
        """Return the message for the bad end."""
        from statusek_client import failures

        return failures.failure(error, object_name, self.redact)


class Run:
    """Sets statuses around a body; entering returns the Instance.

    As a decorator it opens a new run for each call of the function.
    """

    def __init__(self, open_instance: Callable[[], Instance], plan: Plan) -> None:
        self._plan = plan
        self._open = open_instance
        self._running: _Running[Instance, beating.Beats] = _Running()

    @property
    def instance(self) -> Instance:
        """The instance whose body this thread is running.

        Raises:
            LookupError: it runs none.
        """
        return self._running.of(threading.get_ident())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with a run of its own around each call."""
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{_name(function)} is async; decorate it with AsyncStatusekClient's")
        _refuse_generators(function)

        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return wrapped

    def __enter__(self) -> Instance:
        instance = self._open()
        if self._plan.start is not None:
            instance.set(self._plan.start)
        beats = beating.Beats(instance, self._plan.beat)
        self._running.begin(threading.get_ident(), instance, beats)
        return instance

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        instance, beats = self._running.end(threading.get_ident())
        beats.end()
        status = self._plan.end(error)
        if status is None:
            return
        if error is None:
            instance.set(status)
            return
        try:
            instance.set(status, self._plan.failure(error, instance.object_name))
        except Exception as trouble:  # noqa: BLE001 (nothing may mask the body's exception)
            error.add_note(untold(status, trouble))


class AsyncRun:
    """Sets statuses around a body; entering returns the AsyncInstance.

    As a decorator it opens a new run for each call of the coroutine function.
    """

    def __init__(self, open_instance: Callable[[], Awaitable[AsyncInstance]], plan: Plan) -> None:
        self._plan = plan
        self._open = open_instance
        self._running: _Running[AsyncInstance, beating.AsyncBeats] = _Running()

    @property
    def instance(self) -> AsyncInstance:
        """The instance whose body this task is running.

        Raises:
            LookupError: it runs none.
        """
        return self._running.of(_task())

    def __call__(self, function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        """Return the coroutine function with a run of its own around each call."""
        _refuse_generators(function)
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{_name(function)} is not async; decorate it with StatusekClient's")

        @functools.wraps(function)
        async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            async with self:
                return await function(*args, **kwargs)

        return wrapped

    async def __aenter__(self) -> AsyncInstance:
        instance = await self._open()
        if self._plan.start is not None:
            await instance.set(self._plan.start)
        beats = beating.AsyncBeats(instance, self._plan.beat)
        self._running.begin(_task(), instance, beats)
        return instance

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        instance, beats = self._running.end(_task())
        await beats.end()
        status = self._plan.end(error)
        if status is None:
            return
        if error is None:
            await instance.set(status)
            return
        import anyio

        try:
            # A task that is being cancelled may still say so; the client's timeout bounds it.
            with anyio.CancelScope(shield=True):
                await instance.set(status, self._plan.failure(error, instance.object_name))
        except Exception as trouble:  # noqa: BLE001 (nothing may mask the body's exception)
            error.add_note(untold(status, trouble))


def _task() -> int:
    import anyio

    return anyio.get_current_task().id


def _name(function: object) -> str:
    return getattr(function, "__qualname__", None) or repr(function)


def _refuse_generators(function: object) -> None:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"{_name(function)} is a generator, whose body runs outside of its call; "
            "put the run inside of it, as a context manager"
        )


def untold(status_name: str, trouble: Exception) -> str:
    """Return the note for an exception whose status could not be set."""
    words = trouble if isinstance(trouble, StatusekError) else type(trouble).__name__
    return f"The status {status_name!r} could not be set: {words}"
