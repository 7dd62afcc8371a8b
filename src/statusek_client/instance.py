"""The handle of one instance, for sync and for async code.

A handle is a client and a token; it adds no knowledge of its own. It can be made from a token at
any time and in any process, without a request; pickled, it takes its client along (`travel`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self

from statusek_client import calls
from statusek_client.results import Event, Finish, Readiness

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.calls import Message
    from statusek_client.client import StatusekClient
    from statusek_client.modern import ModelStatus
    from statusek_client.run import AsyncRun, Redact, Run


class _Handle:
    """What both handles are: a token, and what is known of the instance without asking.

    `due` is when the instance times out, on the clock of the client's terms.
    """

    __slots__ = ("_due", "_object_name", "_token")

    def __init__(self, token: str, object_name: str | None, due: float | None) -> None:
        calls.check_text("token", token)
        self._token = token
        self._object_name = object_name
        self._due = due

    @property
    def token(self) -> str:
        """The token: what to give to another service."""
        return self._token

    @property
    def object_name(self) -> str | None:
        """The object that the instance was made of, where this handle made it."""
        return self._object_name

    def __repr__(self) -> str:
        from statusek_client.errors import shortened

        return f"<{type(self).__name__} {shortened(self._token)}>"


class Instance(_Handle):
    """The handle of one instance; `client.create` and `client.instance` make it."""

    __slots__ = ("_client",)

    def __init__(
        self,
        client: StatusekClient,
        token: str,
        *,
        object_name: str | None = None,
        due: float | None = None,
    ) -> None:
        super().__init__(token, object_name, due)
        self._client = client

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self._client, self._token, self._object_name)

    @property
    def client(self) -> StatusekClient:
        """The client through which this handle asks."""
        return self._client

    def set(
        self,
        status_name: str,
        status_message: Message | None = None,
        *,
        verify: bool | None = None,
        timeout: float | None = None,
    ) -> Self:
        """Set a status, with a text or a StatusMessage; return the handle.

        Args:
            status_name: the status, compared exactly.
            status_message: what to keep with it; see `StatusekClient.set_status`.
            verify: whether the set is read back; None for what the client was told.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            RefusedError: the server refuses; the subclass says why.
            TransportError: no answer came, and the client has no outbox.
        """
        self._client.set_status(
            self._token, status_name, status_message, verify=verify, timeout=timeout
        )
        return self

    def beat(self, *, timeout: float | None = None) -> Self:
        """Give a sign of life, which renews the silence timeout; return the handle.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            AnswerError: an original server, which has no silence timeouts.
            InstanceFinishedError: it is too late.
        """
        self._client.beat(self._token, timeout=timeout)
        return self

    def is_set(self, status_name: str, *, timeout: float | None = None) -> bool:
        """Ask whether a status is set.

        Args:
            status_name: the status, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return self._client.check_status_is_set(self._token, status_name, timeout=timeout)

    def is_ready(self, status_name: str, *, timeout: float | None = None) -> Readiness:
        """Ask whether a status may be set now; the answer is true when it may.

        Args:
            status_name: the status, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return self._client.check_status_is_ready_to_set(self._token, status_name, timeout=timeout)

    def check_is_finished(self, *, timeout: float | None = None) -> Finish:
        """Ask whether the instance is finished, and why; the answer is true when it is.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return self._client.check_is_finished(self._token, timeout=timeout)

    def events(self, *, timeout: float | None = None) -> tuple[Event, ...]:
        """Return the statuses that were set, with their times and messages.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return self._client.get_events(self._token, timeout=timeout)

    def wait(self, *, timeout: float, on_event: Callable[[Event], object] | None = None) -> Finish:
        """Wait until the instance is finished and return why.

        Args:
            timeout: how long to wait at most, in seconds; 0 to ask once.
            on_event: is called with each event as it comes, those already there first, and its
                exceptions end the wait; `statusek_client.bar` has one that draws.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        from statusek_client import waiting

        calls.check_seconds("timeout", timeout, zero=True)
        terms = self._client.terms
        if on_event is not None:
            end = terms.clock() + timeout
            for event in self.watch(timeout=timeout):
                on_event(event)
            timeout = max(0.0, end - terms.clock())
        return self._client.perform(waiting.wait(self._token, terms, timeout, self._due))

    def watch(self, *, timeout: float | None = None) -> Iterator[Event]:
        """Yield each event as it comes, those already there first, until the instance is finished.

        Args:
            timeout: how long to watch at most, in seconds; None for as long as the instance lives.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        from statusek_client import waiting

        if timeout is not None:
            calls.check_seconds("timeout", timeout, zero=True)
        return self._watched(waiting.FOR_EVER if timeout is None else timeout)

    def _watched(self, timeout: float) -> Iterator[Event]:
        from statusek_client import waiting

        terms = self._client.terms
        end = terms.clock() + timeout
        seen = Counter[Event]()
        news = waiting.News()
        while not news.is_last:
            flow = waiting.watch(self._token, seen, news, terms, end, self._due)
            news = self._client.perform(flow)
            for event in news.events:
                seen[event] += 1
                yield event

    def missing(self, *, timeout: float | None = None) -> tuple[ModelStatus, ...]:
        """Return the mandatory statuses that have not come, in the order of the model.

        Args:
            timeout: how long each request may take, in seconds; None for the client's.

        Raises:
            AnswerError: an original server, which does not tell its models.
        """
        from statusek_client import waiting

        terms = self._client.terms.within(timeout)
        return self._client.perform(waiting.missing(self._token, self._object_name, terms))

    def run(
        self,
        *,
        start: str | None = None,
        done: str | None = None,
        fail: str | None = None,
        beat: float | None = None,
        redact: Redact | None = None,
    ) -> Run:
        """Return a context manager that sets statuses around its body.

        Args:
            start: the status to set before the body.
            done: the status to set when the body has ended well.
            fail: the status to set when the body raises, with a StatusMessage that tells the
                exception; the exception goes on unchanged.
            beat: seconds between signs of life while the body runs; None for none.
            redact: makes a text fit to be shown; None for `csm.checks.redact_secrets`.
        """
        from statusek_client.run import Plan, Run

        plan = Plan(start=start, done=done, fail=fail, beat=beat, redact=redact)
        return Run(lambda: self, plan)


class AsyncInstance(_Handle):
    """The handle of one instance; `client.create` and `client.instance` make it."""

    __slots__ = ("_client",)

    def __init__(
        self,
        client: AsyncStatusekClient,
        token: str,
        *,
        object_name: str | None = None,
        due: float | None = None,
    ) -> None:
        super().__init__(token, object_name, due)
        self._client = client

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self._client, self._token, self._object_name)

    @property
    def client(self) -> AsyncStatusekClient:
        """The client through which this handle asks."""
        return self._client

    async def set(
        self,
        status_name: str,
        status_message: Message | None = None,
        *,
        verify: bool | None = None,
        timeout: float | None = None,
    ) -> Self:
        """Set a status, with a text or a StatusMessage; return the handle.

        Args:
            status_name: the status, compared exactly.
            status_message: what to keep with it; see `AsyncStatusekClient.set_status`.
            verify: whether the set is read back; None for what the client was told.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            RefusedError: the server refuses; the subclass says why.
            TransportError: no answer came, and the client has no outbox.
        """
        await self._client.set_status(
            self._token, status_name, status_message, verify=verify, timeout=timeout
        )
        return self

    async def beat(self, *, timeout: float | None = None) -> Self:
        """Give a sign of life, which renews the silence timeout; return the handle.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            AnswerError: an original server, which has no silence timeouts.
            InstanceFinishedError: it is too late.
        """
        await self._client.beat(self._token, timeout=timeout)
        return self

    async def is_set(self, status_name: str, *, timeout: float | None = None) -> bool:
        """Ask whether a status is set.

        Args:
            status_name: the status, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return await self._client.check_status_is_set(self._token, status_name, timeout=timeout)

    async def is_ready(self, status_name: str, *, timeout: float | None = None) -> Readiness:
        """Ask whether a status may be set now; the answer is true when it may.

        Args:
            status_name: the status, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return await self._client.check_status_is_ready_to_set(
            self._token, status_name, timeout=timeout
        )

    async def check_is_finished(self, *, timeout: float | None = None) -> Finish:
        """Ask whether the instance is finished, and why; the answer is true when it is.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return await self._client.check_is_finished(self._token, timeout=timeout)

    async def events(self, *, timeout: float | None = None) -> tuple[Event, ...]:
        """Return the statuses that were set, with their times and messages.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.
        """
        return await self._client.get_events(self._token, timeout=timeout)

    async def wait(
        self, *, timeout: float, on_event: Callable[[Event], object] | None = None
    ) -> Finish:
        """Wait until the instance is finished and return why.

        Args:
            timeout: how long to wait at most, in seconds; 0 to ask once.
            on_event: is called with each event as it comes, those already there first, and its
                exceptions end the wait; `statusek_client.bar` has one that draws.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        from statusek_client import waiting

        calls.check_seconds("timeout", timeout, zero=True)
        terms = self._client.terms
        if on_event is not None:
            end = terms.clock() + timeout
            async for event in self.watch(timeout=timeout):
                result = on_event(event)
                if isawaitable(result):
                    await result
            timeout = max(0.0, end - terms.clock())
        return await self._client.perform(waiting.wait(self._token, terms, timeout, self._due))

    def watch(self, *, timeout: float | None = None) -> AsyncIterator[Event]:
        """Yield each event as it comes, those already there first, until the instance is finished.

        Args:
            timeout: how long to watch at most, in seconds; None for as long as the instance lives.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        from statusek_client import waiting

        if timeout is not None:
            calls.check_seconds("timeout", timeout, zero=True)
        return self._watched(waiting.FOR_EVER if timeout is None else timeout)

    async def _watched(self, timeout: float) -> AsyncIterator[Event]:
        from statusek_client import waiting

        terms = self._client.terms
        end = terms.clock() + timeout
        seen = Counter[Event]()
        news = waiting.News()
        while not news.is_last:
            flow = waiting.watch(self._token, seen, news, terms, end, self._due)
            news = await self._client.perform(flow)
            for event in news.events:
                seen[event] += 1
                yield event

    async def missing(self, *, timeout: float | None = None) -> tuple[ModelStatus, ...]:
        """Return the mandatory statuses that have not come, in the order of the model.

        Args:
            timeout: how long each request may take, in seconds; None for the client's.

        Raises:
            AnswerError: an original server, which does not tell its models.
        """
        from statusek_client import waiting

        terms = self._client.terms.within(timeout)
        return await self._client.perform(waiting.missing(self._token, self._object_name, terms))

    def run(
        self,
        *,
        start: str | None = None,
        done: str | None = None,
        fail: str | None = None,
        beat: float | None = None,
        redact: Redact | None = None,
    ) -> AsyncRun:
        """Return a context manager that sets statuses around its body.

        Args:
            start: the status to set before the body.
            done: the status to set when the body has ended well.
            fail: the status to set when the body raises, with a StatusMessage that tells the
                exception; the exception goes on unchanged.
            beat: seconds between signs of life while the body runs; None for none.
            redact: makes a text fit to be shown; None for `csm.checks.redact_secrets`.
        """
        from statusek_client.run import AsyncRun, Plan

        plan = Plan(start=start, done=done, fail=fail, beat=beat, redact=redact)
        return AsyncRun(self._itself, plan)

    async def _itself(self) -> Self:
        return self


def _rebuilt(
    kind: Callable[..., Any], client: object, token: str, object_name: str | None
) -> object:
    return kind(client, token, object_name=object_name)
