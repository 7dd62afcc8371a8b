"""The use cases: what each call of the service does with a storage.

Here lives what holds whatever the dialect and whatever the storage: limits of arguments, tokens,
and the way from a verdict to an answer. No HTTP, no JSON, no SQL.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import uuid4

from attrs import Factory, field, frozen

from statusek_server.answers import (
    About,
    Created,
    Done,
    Event,
    Events,
    Finished,
    Presence,
    Readiness,
)
from statusek_server.errors import StorageError
from statusek_server.feed import Feed
from statusek_server.models import LONGEST_TIMEOUT
from statusek_server.once import once_of
from statusek_server.outcomes import Code, Refusal
from statusek_server.rules import Verdict, verdict
from statusek_server.storage.instances import NewEvent, NewInstance, Once, Snapshot
from statusek_server.storage.pages import InstanceFilter, InstancePage, Position
from statusek_server.storage.protocol import Storage
from statusek_server.sweeper import sweep
from statusek_server.versions import PublishedModel
from statusek_server.waiting import Waiting

logger = logging.getLogger("statusek_server")

T = TypeVar("T")
P = ParamSpec("P")

OBSTACLES: Final = frozenset(
    {
        Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET,
        Code.NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET,
        Code.STATUS_IS_ALREADY_SET,
    }
)
"""The refusals of setting that answer the question whether a status is ready to be set."""

ABOUT: Final = About("2.7.2", "https://github.com/aleksaan/statusek")
"""The version of the service that the data dialect speaks, and the home of its description."""


def _answering(
    call: Callable[Concatenate[Service, P], Awaitable[T]],
) -> Callable[Concatenate[Service, P], Coroutine[Any, Any, T | Refusal]]:
    """Turn a trouble of the storage into an answer: it must never look like a fact."""

    @wraps(call)
    async def answering(service: Service, /, *args: P.args, **kwargs: P.kwargs) -> T | Refusal:
        try:
            return await call(service, *args, **kwargs)
        except StorageError as error:
            logger.error("%s was not done: %s", call.__name__, error)  # noqa: TRY400 - one line
            return Refusal(Code.DATABASE_ERROR)

    return answering


def _waiting_on(service: Service) -> Waiting:
    return Waiting(partial(service.storage.look, events=True))


def _feed_of(service: Service) -> Feed:
    return Feed(service.storage.list_changes)


@frozen(eq=False)
class Service:
    """The calls of Statusek.

    Args:
        storage: Where instances live.
        catalogue: The models of which instances can be created, by name.
    """

    storage: Storage
    catalogue: Mapping[str, PublishedModel]
    waiting: Waiting = field(init=False, default=Factory(_waiting_on, takes_self=True))
    feed: Feed = field(init=False, default=Factory(_feed_of, takes_self=True))

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Tell those who wait and those who follow of what changes, until left."""
        async with self.storage.watch(self._notify):
            try:
                yield
            finally:
                self.release()

    def release(self) -> None:
        """Answer everybody who waits now, and end those who follow; the server is to stop."""
        self.waiting.close()
        self.feed.close()

    def _notify(self, tokens: Sequence[str] | None) -> None:
        self.waiting.notify(tokens)
        self.feed.notify()

    @_answering
    async def create(
        self,
        object_name: str,
        instance_timeout: int | None = None,
        instance_silence: int | None = None,
        key: str | None = None,
    ) -> Created | Refusal:
        """Create an instance.

        Args:
            object_name: Its object.
            instance_timeout: Seconds that it lives; None for the model's own.
            instance_silence: Seconds that it may be silent; None for the model's own, if any.
            key: The same key and arguments again create nothing more.
        """
        once = once_of(key, "create", object_name, instance_timeout, instance_silence)
        new = self._new(object_name, instance_timeout, instance_silence, once)
        if isinstance(new, Refusal):
            # It may have been created while the object was another one.
            first = await self.storage.created_before(once) if once else None
            return new if first is None else Created(first)
        created = await self.storage.create(new)
        return _reused() if created is None else Created(created)

    def _new(
        self, object_name: str, timeout: int | None, silence: int | None, once: Once | None
    ) -> NewInstance | Refusal:
        published = self.catalogue.get(object_name)
        if published is None:
            return Refusal(Code.OBJECT_NAME_IS_NOT_FOUND, object_name=object_name)
        timeout = published.model.timeout if timeout is None else timeout
        silence = published.model.silence if silence is None else silence
        if timeout is None:
            return _invalid("Instance timeout is missing, and the object has none of its own")
        for name, seconds in (("timeout", timeout), ("silence", silence)):
            if seconds is not None and not 0 < seconds <= LONGEST_TIMEOUT:
                return _invalid(
                    f"Instance {name} is {seconds} seconds, "
                    f"expected 1 to {LONGEST_TIMEOUT} (a hundred years)"
                )
        return NewInstance(str(uuid4()), published, timeout, silence, once)

    @_answering
    async def set_status(
        self, token: str, status_name: str, message: str = "", key: str | None = None
    ) -> Done | Refusal:
        """Set a status.

        Args:
            token: The instance.
            status_name: The status.
            message: A text that is kept with it.
            key: The same key and arguments again get the same success, and set nothing more.
        """
        once = once_of(key, "set", token, status_name, message)
        given = await self.storage.set_status(NewEvent(token, status_name, message, once))
        return _refusal(given, token, status_name) or Done()

    @_answering
    async def beat(self, token: str) -> Done | Refusal:
        """Note a sign of life of an instance."""
        return _refusal(await self.storage.beat(token), token) or Done()

    @_answering
    async def check_is_finished(self, token: str, wait: int = 0) -> Finished | Refusal:
        """Say whether an instance is finished.

        Args:
            token: The instance.
            wait: Seconds to wait for it at most.
        """
        seen = await (
            self.waiting.until(token, is_finished, wait) if wait else self.storage.look(token)
        )
        if seen is None:
            return _unknown(token)
        return Finished(seen.facts.finish.reason if seen.facts.finish else None)

    @_answering
    async def check_status_is_set(self, token: str, status_name: str) -> Presence | Refusal:
        """Say whether a status is set; a finished instance still tells."""
        seen = await self.storage.look(token)
        if seen is None:
            return _unknown(token)
        status = seen.published.compiled.statuses.get(status_name)
        if status is None:
            code = Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT
            return Refusal(code, token=token, status_name=status_name)
        return Presence(status.id in seen.facts.set_ids)

    @_answering
    async def check_status_is_ready_to_set(
        self, token: str, status_name: str
    ) -> Readiness | Refusal:
        """Say whether a status could be set now."""
        seen = await self.storage.look(token)
        if seen is None:
            return _unknown(token)
        given = verdict(seen.published.compiled, seen.facts, status_name, seen.seen_at)
        refusal = _refusal(given, token, status_name)
        if refusal is None or refusal.code in OBSTACLES:
            return Readiness(refusal)
        return refusal

    @_answering
    async def get_events(self, token: str, known: int = 0, wait: int = 0) -> Events | Refusal:
        """Return the events of an instance, in the order in which they were set.

        Args:
            token: The instance.
            known: How many the caller knows.
            wait: Seconds to wait at most for more than these, or for the finish.
        """
        if wait:
            seen = await self.waiting.until(token, has_news(known), wait)
        else:
            seen = await self.storage.look(token, events=True)
        return _unknown(token) if seen is None else Events(tuple(_events(seen)))

    @_answering
    async def set_global_status(self, status_name: str, message: str = "") -> Done | Refusal:
        """Keep a status that belongs to no instance."""
        await self.storage.set_global_status(status_name, message)
        return Done()

    async def about(self) -> About:
        """Say what the server is."""
        return ABOUT

    @_answering
    async def look(self, token: str) -> Snapshot | Refusal:
        """Return all that is known about an instance."""
        seen = await self.storage.look(token, events=True)
        return _unknown(token) if seen is None else seen

    @_answering
    async def list_instances(
        self, wanted: InstanceFilter, after: Position | None, limit: int
    ) -> InstancePage | Refusal:
        """Return instances, newest first; those that are due are finished before.

        Args:
            wanted: Which.
            after: Only those behind this position.
            limit: How many at most.
        """
        await sweep(self.storage)
        return await self.storage.list_instances(wanted, after, limit)

    @_answering
    async def ping(self) -> Done | Refusal:
        """Say whether the storage answers."""
        await self.storage.ping()
        return Done()


def is_finished(seen: Snapshot) -> bool:
    """Say whether an instance is finished, which is what its end is waited for by."""
    return seen.facts.finish is not None


def has_news(known: int) -> Callable[[Snapshot], bool]:
    """Return what says whether an instance has more events than are known, or is finished."""
    return lambda seen: is_finished(seen) or len(seen.facts.set_ids) > known


def _events(seen: Snapshot) -> list[Event]:
    published = seen.published
    return [
        Event(
            published.object_id,
            stored.status_id,
            published.statuses[stored.status_id],
            published.created_at,
            stored.message,
            stored.created_at,
        )
        for stored in seen.events
    ]


def _refusal(given: Verdict | None, token: str, status_name: str = "") -> Refusal | None:
    if given is None:
        return _unknown(token)
    if given.code is Code.SUCCESS:
        return None
    if given.code is Code.IDEMPOTENCY_KEY_IS_REUSED:
        return _reused()
    reason = given.finish.reason if given.finish else None
    return Refusal(given.code, token=token, status_name=status_name, reason=reason)


def _unknown(token: str) -> Refusal:
    return Refusal(Code.INSTANCE_TOKEN_IS_NOT_FOUND, token=token)


def _reused() -> Refusal:
    detail = "Idempotency key is used for another request already; choose a new one"
    return Refusal(Code.IDEMPOTENCY_KEY_IS_REUSED, detail=detail)


def _invalid(detail: str) -> Refusal:
    return Refusal(Code.INSTANCE_TIMEOUT_IS_INVALID, detail=detail)
