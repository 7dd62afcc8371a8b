"""AsyncStatusekClient: the driver that runs flows over httpx2's async client, and the calls on it.

Only what an async client has to do itself lives here: send, sleep, open, close. What a call means
is in `calls` and `flows`; the same surface for blocking code is in `client`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio
import anyio.to_thread
import httpx2

from statusek_client import calls, exchange, flows, travel
from statusek_client.errors import StatusekError
from statusek_client.instance import AsyncInstance
from statusek_client.results import About, Event, Finish, Readiness
from statusek_client.retry import Policy, RetryPolicy
from statusek_client.target import Target

if TYPE_CHECKING:
    from statusek_client.calls import Message
    from statusek_client.modern import Model
    from statusek_client.outbox import Outbox
    from statusek_client.run import AsyncRun, Redact

Result = TypeVar("Result")


class AsyncStatusekClient:
    """A client of one Statusek server, of either dialect; for one event loop.

    Args:
        base_url: where the server is, such as ``http://hostname:8080``; it may have a path.
        api_key: sent as a bearer token, for servers that want one.
        timeout: how long one call may take, its retries included, in seconds.
        retry: when a call is tried again; RetryPolicy(retries=0) for never.
        headers: sent with every request.
        http_client: the httpx2.AsyncClient to use instead of an own one; it is not closed.
        outbox: where statuses are kept that could not be delivered, to be delivered later.
        verify: whether each set is read back; on an original server a success alone proves nothing.

    Raises:
        TypeError, ValueError: an argument cannot be meant so.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: float = 5.0,
        retry: Policy = RetryPolicy(),  # noqa: B008 (frozen, so that it can be shared)
        headers: Mapping[str, str] | None = None,
        http_client: httpx2.AsyncClient | None = None,
        outbox: Outbox | None = None,
        verify: bool = False,
    ) -> None:
        self._terms = flows.Terms(timeout=timeout, policy=retry, verify=verify)
        self._owns_http = http_client is None
        self._http = exchange.connections(httpx2.AsyncClient, http_client)
        self._target = Target(base_url, self._http, api_key=api_key, headers=headers)
        self._recipe = travel.Recipe(type(self), base_url, api_key, headers, outbox)
        self._keeper = None if outbox is None else outbox.async_keeper(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._target.shown}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return self._recipe.packed(self._terms, is_own=self._owns_http)

    async def __aenter__(self) -> Self:
        if self._keeper is not None:
            await self.perform(self._keeper.resume())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, those of a client that was passed in excepted.

        What an outbox holds is delivered before, as far as its `drain` allows.
        """
        if self._keeper is not None:
            await self._keeper.aclose()
        if self._owns_http:
            await self._http.aclose()

    @property
    def server(self) -> str:
        """Where the server is: its URL, without credentials."""
        return self._target.base_url

    @property
    def connections(self) -> httpx2.AsyncClient:
        """The httpx2.AsyncClient through which this client calls."""
        return self._http

    @property
    def terms(self) -> flows.Terms:
        """On what terms this client calls: timeout, retry policy, clock."""
        return self._terms

    async def perform(self, flow: flows.Flow[Result]) -> Result:
        """Run a flow to its end and return its result: all calls of this client go through here."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, flows.Pause):
                    await anyio.sleep(step.seconds)
                    step = next(flow)
                    continue
                try:
                    result = await self._result(step)
                except StatusekError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(result)
        except StopIteration as end:
            outcome: Result = end.value
            return outcome
        finally:
            flow.close()  # whatever has ended it: what a flow holds is given back now

    async def _result(self, step: flows.Send | flows.Work) -> object:
        if isinstance(step, flows.Work):
            return await anyio.to_thread.run_sync(step.do)
        seconds = step.deadline - self._terms.clock()
        response = await exchange.send_async(self._http, self._target, step.call, seconds)
        return step.call.decode(response)

    # the REST calls

    async def create_instance(
        self,
        object_name: str,
        *,
        instance_timeout: int | None = None,
        instance_silence: int | None = None,
        accept_orphan: bool = False,
        timeout: float | None = None,
    ) -> str:
        """Create an instance of an object and return its token.

        A create that got no answer is tried again only where the server keeps idempotency keys, or
        where the caller accepts an orphan.

        Args:
            object_name: the name of the status model, compared exactly.
            instance_timeout: the life of the instance in seconds; None for the model's default,
                which only newer servers have.
            instance_silence: how long the instance may be silent, in seconds; None for the
                model's own, if any. Originals ignore it.
            accept_orphan: whether a second instance may come to be that nobody knows and that
                times out.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            ObjectNotFoundError: the server has no such object.
            TransportError: no answer came; with the fate "unknown" an instance may exist.
        """
        call = calls.create_instance(
            object_name, instance_timeout, calls.new_key(), instance_silence
        )
        terms = self._terms.within(timeout)
        return await self.perform(flows.create(call, terms, accept_orphan=accept_orphan))

    async def set_status(
        self,
        token: str,
        status_name: str,
        status_message: Message | None = None,
        *,
        verify: bool | None = None,
        timeout: float | None = None,
    ) -> None:
        """Set a status of an instance.

        Args:
            token: the instance.
            status_name: the status, compared exactly.
            status_message: a text or a StatusMessage (or its builder) to keep with it; servers of
                the flat dialect drop it. A StatusMessage that is too large for a server is cut to
                its root, with a note that says so.
            verify: whether the set is read back; None for what the client was told.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            RefusedError: the server refuses; the subclass says why.
            TransportError: no answer came, and the client has no outbox to keep the status in.
        """
        text, key = calls.message_text(status_message), calls.new_key()
        call = calls.set_status(token, status_name, text, key)
        terms = self._terms.within(timeout, verify=verify)
        setting = flows.set_status(call, terms, smaller=calls.smaller(call, status_message))
        if self._keeper is not None:
            setting = self._keeper.keeping(setting, token, status_name, text, key)
        await self.perform(setting)

    async def check_is_finished(self, token: str, *, timeout: float | None = None) -> Finish:
        """Ask whether an instance is finished, and why; the answer is true when it is.

        Args:
            token: the instance.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            InstanceNotFoundError: the server has no such instance.
        """
        terms = self._terms.within(timeout)
        return await self.perform(flows.read(calls.check_is_finished(token), terms))

    async def check_status_is_set(
        self, token: str, status_name: str, *, timeout: float | None = None
    ) -> bool:
        """Ask whether a status of an instance is set.

        Args:
            token: the instance.
            status_name: the status, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            InstanceNotFoundError: the server has no such instance.
            StatusNotFoundError: the object has no such status (flat servers answer false instead).
        """
        call = calls.check_status_is_set(token, status_name)
        return await self.perform(flows.read(call, self._terms.within(timeout)))

    async def check_status_is_ready_to_set(
        self, token: str, status_name: str, *, timeout: float | None = None
    ) -> Readiness:
        """Ask whether a status may be set now, and if not why; the answer is true when it may.

        Args:
            token: the instance.
            status_name: the status, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            AnswerError: the server is older and lacks this call.
            RefusedError: the instance or the status is unknown, the instance is finished, or a
                next status is set.
        """
        call = calls.check_status_is_ready_to_set(token, status_name)
        return await self.perform(flows.read(call, self._terms.within(timeout)))

    async def get_events(self, token: str, *, timeout: float | None = None) -> tuple[Event, ...]:
        """Return the statuses that were set, with their times and messages.

        Args:
            token: the instance.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            InstanceNotFoundError: the server has no such instance.
        """
        return await self.perform(flows.read(calls.get_events(token), self._terms.within(timeout)))

    async def set_global_status(self, status_name: str, *, timeout: float | None = None) -> None:
        """Set a status of the whole system, which servers store and never read.

        Args:
            status_name: the status.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            AnswerError: the server is older and lacks this call.
        """
        call = calls.set_global_status(status_name)
        await self.perform(flows.once(call, self._terms.within(timeout)))

    async def about(self, *, timeout: float | None = None) -> About:
        """Return what the server says of itself.

        Args:
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            AnswerError: the server is older and lacks this call.
        """
        return await self.perform(flows.read(calls.about(), self._terms.within(timeout)))

    async def beat(self, token: str, *, timeout: float | None = None) -> None:
        """Give a sign of life of an instance, which renews its silence timeout.

        Args:
            token: the instance.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            AnswerError: an original server, which has no silence timeouts.
            InstanceFinishedError: it is too late.
        """
        await self.perform(flows.read(calls.beat(token), self._terms.within(timeout)))

    async def model(self, object_name: str, *, timeout: float | None = None) -> Model:
        """Return the status model of an object.

        Args:
            object_name: the name of the status model, compared exactly.
            timeout: how long the call may take, in seconds; None for the client's.

        Raises:
            ObjectNotFoundError: the server has no such object.
            AnswerError: an original server, which does not tell its models.
        """
        from statusek_client import modern

        call = modern.model(object_name)
        return await self.perform(flows.read(call, self._terms.within(timeout)))

    # the fluent side

    async def create(
        self,
        object_name: str,
        *,
        instance_timeout: int | None = None,
        instance_silence: int | None = None,
        accept_orphan: bool = False,
        timeout: float | None = None,
    ) -> AsyncInstance:
        """Create an instance of an object and return its handle; see `create_instance`."""
        token = await self.create_instance(
            object_name,
            instance_timeout=instance_timeout,
            instance_silence=instance_silence,
            accept_orphan=accept_orphan,
            timeout=timeout,
        )
        due = None if instance_timeout is None else self._terms.clock() + instance_timeout
        return AsyncInstance(self, token, object_name=object_name, due=due)

    def instance(self, token: str) -> AsyncInstance:
        """Return the handle of an instance that exists; makes no request."""
        return AsyncInstance(self, token)

    def run(
        self,
        object_name: str,
        *,
        instance_timeout: int | None = None,
        instance_silence: int | None = None,
        start: str | None = None,
        done: str | None = None,
        fail: str | None = None,
        beat: float | None = None,
        redact: Redact | None = None,
    ) -> AsyncRun:
        """Return a context manager and decorator: a new instance for each run of its body.

        Args:
            object_name: the name of the status model.
            instance_timeout: the life of each instance in seconds.
            instance_silence: how long each instance may be silent, in seconds.
            start: the status to set before the body.
            done: the status to set when the body has ended well.
            fail: the status to set when the body raises, with a StatusMessage that tells the
                exception; the exception goes on unchanged.
            beat: seconds between signs of life while the body runs; None for none.
            redact: makes a text fit to be shown; None for `csm.checks.redact_secrets`.
        """
        from statusek_client.run import AsyncRun, Plan

        calls.check_creation(object_name, instance_timeout, instance_silence)
        plan = Plan(start=start, done=done, fail=fail, beat=beat, redact=redact)

        def opened() -> Awaitable[AsyncInstance]:
            return self.create(
                object_name, instance_timeout=instance_timeout, instance_silence=instance_silence
            )

        return AsyncRun(opened, plan)
