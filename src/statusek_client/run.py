"""A run: statuses set around a body of code, sync and async, as context manager and decorator.

Only this: the start, the good end, the bad end. A failure to tell the bad end never replaces the
exception that the body raised; it becomes a note on it.
"""

import functools
import inspect
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from statusek_client.calls import check_text

if TYPE_CHECKING:
    from csm import StatusMessage
    from statusek_client.instance import AsyncInstance, Instance

P = ParamSpec("P")
R = TypeVar("R")
Handle = TypeVar("Handle")


class _Running(Generic[Handle]):
    """The instances whose bodies run, each known to the thread or task that runs the body."""

    def __init__(self) -> None:
        self._of: dict[int, list[Handle]] = {}

    def begin(self, runner: int, instance: Handle) -> None:
        self._of.setdefault(runner, []).append(instance)

    def end(self, runner: int) -> Handle:
        """Return the instance whose body this runner has begun last.

        A body that is ended by another runner than began it is the one begun last of all.
        """
        if runner not in self._of:
            runner = next(reversed(self._of))
        instances = self._of[runner]
        instance = instances.pop()
        if not instances:
            del self._of[runner]
        return instance


class _Statuses:
    """What both runs are told: the statuses of the start, the good end, and the bad one."""

    def __init__(self, start: str | None, done: str | None, fail: str | None) -> None:
        for name, status in (("start", start), ("done", done), ("fail", fail)):
            if status is not None:
                check_text(name, status)
        self._start = start
        self._done = done
        self._fail = fail

    def _end(self, error: BaseException | None) -> str | None:
        return self._done if error is None else self._fail


class Run(_Statuses):
    """Sets statuses around a body; entering returns the Instance.

    As a decorator it opens a new run for each call of the function.
    """

    def __init__(
        self,
        open_instance: "Callable[[], Instance]",
        *,
        start: str | None,
        done: str | None,
        fail: str | None,
    ) -> None:
        super().__init__(start, done, fail)
        self._open = open_instance
        self._running: _Running[Instance] = _Running()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with a run of its own around each call."""
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{function.__name__} is async; decorate it with AsyncStatusekClient's")

        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            with Run(self._open, start=self._start, done=self._done, fail=self._fail):
                return function(*args, **kwargs)

        return wrapped

    def __enter__(self) -> "Instance":
        instance = self._open()
        if self._start is not None:
            instance.set(self._start)
        self._running.begin(threading.get_ident(), instance)
        return instance

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        instance = self._running.end(threading.get_ident())
        status = self._end(error)
        if status is None:
            return
        if error is None:
            instance.set(status)
            return
        try:
            instance.set(status, failure(error, instance.object_name))
        except Exception as trouble:  # noqa: BLE001 (nothing may mask the body's exception)
            error.add_note(untold(status, trouble))


class AsyncRun(_Statuses):
    """Sets statuses around a body; entering returns the AsyncInstance.

    As a decorator it opens a new run for each call of the coroutine function.
    """

    def __init__(
        self,
        open_instance: "Callable[[], Awaitable[AsyncInstance]]",
        *,
        start: str | None,
        done: str | None,
        fail: str | None,
    ) -> None:
        super().__init__(start, done, fail)
        self._open = open_instance
        self._running: _Running[AsyncInstance] = _Running()

    def __call__(self, function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        """Return the coroutine function with a run of its own around each call."""
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{function!r} is not async; decorate it with StatusekClient's")

        @functools.wraps(function)
        async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            async with AsyncRun(self._open, start=self._start, done=self._done, fail=self._fail):
                return await function(*args, **kwargs)

        return wrapped

    async def __aenter__(self) -> "AsyncInstance":
        instance = await self._open()
        if self._start is not None:
            await instance.set(self._start)
        self._running.begin(_task(), instance)
        return instance

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        instance = self._running.end(_task())
        status = self._end(error)
        if status is None:
            return
        if error is None:
            await instance.set(status)
            return
        import anyio

        try:
            # A task that is being cancelled may still say so; the client's timeout bounds it.
            with anyio.CancelScope(shield=True):
                await instance.set(status, failure(error, instance.object_name))
        except Exception as trouble:  # noqa: BLE001 (nothing may mask the body's exception)
            error.add_note(untold(status, trouble))


def _task() -> int:
    import anyio

    return anyio.get_current_task().id


def failure(error: BaseException, object_name: str | None) -> "StatusMessage":
    """Return the message of a body that raised: the error's class, and nothing of its text.

    An exception's text may hold what a status must not show (paths, keys, personal data).
    """
    from csm import GeneralComponent, Note, Status, StatusMessage

    kind = type(error)
    title = kind.__qualname__
    if kind.__module__ != "builtins":
        title = f"{kind.__module__}.{title}"
    return StatusMessage(
        component=GeneralComponent(component_name=object_name or "process"),
        status=Status.ERROR,
        notes=(Note(title=title),),
    )


def untold(status_name: str, trouble: Exception) -> str:
    """Return the note for an exception whose status could not be set."""
    return f"The status {status_name!r} could not be set: {trouble}"
