"""The handle of one instance, for sync and for async code.

A handle is a client and a token; it adds no knowledge of its own. It can be made from a token at
any time and in any process, without a request; the token is what travels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, NoReturn, Self

from statusek_client import flows
from statusek_client.results import Event, Finish, Readiness

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.calls import Message
    from statusek_client.client import StatusekClient
    from statusek_client.modern import ModelStatus
    from statusek_client.run import AsyncRun, Run

_FOR_EVER = 10.0**9  # seconds; an instance lives a hundred years at most


class _Handle:
    """What both handles are: a token, and the object's name where it is known."""

    __slots__ = ("_object_name", "_token")

    def __init__(self, token: str, object_name: str | None) -> None:
        self._token = token
        self._object_name = object_name

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

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a handle holds a client's connections and does not travel; send .token instead, and "
            "rebuild the handle there with client.instance(token)"
        )


class Instance(_Handle):
    """The handle of one instance; `client.create` and `client.instance` make it."""

    __slots__ = ("_client",)

    def __init__(
        self, client: StatusekClient, token: str, *, object_name: str | None = None
    ) -> None:
        super().__init__(token, object_name)
        self._client = client

    def set(self, status_name: str, status_message: Message | None = None) -> Self:
        """Set a status, with a text or a StatusMessage; return the handle.

        Raises:
            RefusedError: the server refuses; the subclass says why.
            TransportError: no answer came, and the client has no outbox.
        """
        self._client.set_status(self._token, status_name, status_message)
        return self

    def is_set(self, status_name: str) -> bool:
        """Ask whether a status is set."""
        return self._client.check_status_is_set(self._token, status_name)

    def is_ready(self, status_name: str) -> Readiness:
        """Ask whether a status may be set now; the answer is true when it may."""
        return self._client.check_status_is_ready_to_set(self._token, status_name)

    def check_is_finished(self) -> Finish:
        """Ask whether the instance is finished, and why; the answer is true when it is."""
        return self._client.check_is_finished(self._token)

    def events(self) -> tuple[Event, ...]:
        """Return the statuses that were set, with their times and messages."""
        return self._client.get_events(self._token)

    def wait(self, *, timeout: float) -> Finish:
        """Wait until the instance is finished and return why.

        Args:
            timeout: how long to wait at most, in seconds.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        return self._client.perform(flows.wait(self._token, self._client.terms, timeout))

    def watch(self, *, timeout: float | None = None) -> Iterator[Event]:
        """Yield each event as it comes, those already there first, until the instance is finished.

        Args:
            timeout: how long to watch at most, in seconds; None for as long as the instance lives.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        end = self._client.terms.clock() + (_FOR_EVER if timeout is None else timeout)
        seen = Counter[Event]()
        news = flows.News((), is_last=False)
        while not news.is_last:
            news = self._client.perform(flows.watch(self._token, seen, self._client.terms, end))
            for event in news.events:
                seen[event] += 1
                yield event

    def missing(self) -> tuple[ModelStatus, ...]:
        """Return the mandatory statuses that have not come, in the order of the model.

        Raises:
            AnswerError: an original server, which does not tell its models.
        """
        return self._client.perform(
            flows.missing(self._token, self._object_name, self._client.terms)
        )

    def run(
        self, *, start: str | None = None, done: str | None = None, fail: str | None = None
    ) -> Run:
        """Return a context manager that sets statuses around its body.

        Args:
            start: the status to set before the body.
            done: the status to set when the body has ended well.
            fail: the status to set when the body raises; its exception goes on unchanged.
        """
        from statusek_client.run import Run

        return Run(lambda: self, start=start, done=done, fail=fail)


class AsyncInstance(_Handle):
    """The handle of one instance; `client.create` and `client.instance` make it."""

    __slots__ = ("_client",)

    def __init__(
        self, client: AsyncStatusekClient, token: str, *, object_name: str | None = None
    ) -> None:
        super().__init__(token, object_name)
        self._client = client

    async def set(self, status_name: str, status_message: Message | None = None) -> Self:
        """Set a status, with a text or a StatusMessage; return the handle.

        Raises:
            RefusedError: the server refuses; the subclass says why.
            TransportError: no answer came, and the client has no outbox.
        """
        await self._client.set_status(self._token, status_name, status_message)
        return self

    async def is_set(self, status_name: str) -> bool:
        """Ask whether a status is set."""
        return await self._client.check_status_is_set(self._token, status_name)

    async def is_ready(self, status_name: str) -> Readiness:
        """Ask whether a status may be set now; the answer is true when it may."""
        return await self._client.check_status_is_ready_to_set(self._token, status_name)

    async def check_is_finished(self) -> Finish:
        """Ask whether the instance is finished, and why; the answer is true when it is."""
        return await self._client.check_is_finished(self._token)

    async def events(self) -> tuple[Event, ...]:
        """Return the statuses that were set, with their times and messages."""
        return await self._client.get_events(self._token)

    async def wait(self, *, timeout: float) -> Finish:  # noqa: ASYNC109 (the sync signature)
        """Wait until the instance is finished and return why.

        Args:
            timeout: how long to wait at most, in seconds.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        return await self._client.perform(flows.wait(self._token, self._client.terms, timeout))

    async def watch(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 (the sync signature)
    ) -> AsyncIterator[Event]:
        """Yield each event as it comes, those already there first, until the instance is finished.

        Args:
            timeout: how long to watch at most, in seconds; None for as long as the instance lives.

        Raises:
            WaitTimeoutError: the time passed first; the instance goes on.
        """
        end = self._client.terms.clock() + (_FOR_EVER if timeout is None else timeout)
        seen = Counter[Event]()
        news = flows.News((), is_last=False)
        while not news.is_last:
            news = await self._client.perform(
                flows.watch(self._token, seen, self._client.terms, end)
            )
            for event in news.events:
                seen[event] += 1
                yield event

    async def missing(self) -> tuple[ModelStatus, ...]:
        """Return the mandatory statuses that have not come, in the order of the model.

        Raises:
            AnswerError: an original server, which does not tell its models.
        """
        return await self._client.perform(
            flows.missing(self._token, self._object_name, self._client.terms)
        )

    def run(
        self, *, start: str | None = None, done: str | None = None, fail: str | None = None
    ) -> AsyncRun:
        """Return a context manager that sets statuses around its body.

        Args:
            start: the status to set before the body.
            done: the status to set when the body has ended well.
            fail: the status to set when the body raises; its exception goes on unchanged.
        """
        from statusek_client.run import AsyncRun

        return AsyncRun(self._itself, start=start, done=done, fail=fail)

    async def _itself(self) -> Self:
        return self
