"""One conversation: a client drawn from a seed makes calls, and each is judged."""

from __future__ import annotations

import inspect
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from unittest import mock

import anyio
import attrs
import httpx2

from schedules import judge
from schedules.days import Day
from schedules.wires import Memory, Sockets
from schedules.world import NAMES, Instance, Kind, World
from statusek_client import (
    AsyncStatusekClient,
    RetryPolicy,
    StatusekClient,
    calls,
    errors,
    flows,
    waiting,
)

Result = TypeVar("Result")

AT_ONCE: Final = RetryPolicy(first_delay=0, max_delay=0)


@attrs.define
class Tally:
    """What has happened: conversations, calls by what they ended in, requests by their fates."""

    conversations: int = 0
    calls: Counter[str] = attrs.field(factory=Counter)
    fates: Counter[str] = attrs.field(factory=Counter)


def converse(seed: int, tally: Tally, *, over_sockets: bool = False) -> None:
    """Have one conversation, of this seed.

    Raises:
        judge.LieError: the client has told what is not so.
    """
    chance = random.Random(seed)
    kind: Kind = chance.choice(("ours", "2.7.2", "2020"))
    verify = chance.random() < 0.3
    day = Day(
        World(kind, chance),
        chance,
        harm=chance.choice((0.0, 0.2, 0.5, 0.8)),
        company=chance.choice((0.0, 0.0, 0.2)),
        loses=verify and kind == "2.7.2",
    )
    settings = {
        "retry": attrs.evolve(AT_ONCE, retries=chance.randrange(4)),
        "timeout": 0.3 if over_sockets else 5.0,
        "verify": verify,
    }
    talk = _talk_async if chance.random() < 0.5 else _talk
    with (
        mock.patch.object(flows, "SECOND_LOOK", 0.0),
        mock.patch.object(waiting, "POLLING", AT_ONCE),
    ):
        if over_sockets:
            with Sockets(day) as way:
                talk(_Talk(day, chance, tally), way.url, None, settings)
        else:
            transport = httpx2.MockTransport(Memory(day))
            talk(_Talk(day, chance, tally), "http://h", transport, settings)
    tally.conversations += 1
    tally.fates.update(day.fates)


def _talk(
    talk: _Talk, url: str, transport: httpx2.MockTransport | None, settings: dict[str, Any]
) -> None:
    own = None if transport is None else httpx2.Client(transport=transport)
    with StatusekClient(url, http_client=own, **settings) as client:
        coroutine = talk.hold(client)
        try:
            coroutine.send(None)  # nothing in it waits for a blocking client
        except StopIteration:
            return
        raise AssertionError("a blocking client was awaited")


def _talk_async(
    talk: _Talk, url: str, transport: httpx2.MockTransport | None, settings: dict[str, Any]
) -> None:
    async def hold() -> None:
        own = None if transport is None else httpx2.AsyncClient(transport=transport)
        async with AsyncStatusekClient(url, http_client=own, **settings) as client:
            await talk.hold(client)

    anyio.run(hold)


@attrs.define
class _Talk:
    """The calls of a conversation; `client` is of either sort."""

    day: Day
    chance: random.Random
    tally: Tally

    async def hold(self, client: Any) -> None:  # noqa: ANN401 (of either sort)
        instance = await self._create(client)
        if instance is None:
            return
        for _ in range(self.chance.randrange(1, 7)):
            await self._call(client, instance)
        await self._to_the_end(client, instance)

    async def _create(self, client: Any) -> Instance | None:  # noqa: ANN401
        accept_orphan = self.chance.random() < 0.3
        key = f"create {self.chance.random()}"
        with mock.patch.object(calls, "new_key", return_value=key):
            told = await self._told(
                lambda: client.create_instance(
                    "TASK", instance_timeout=600, accept_orphan=accept_orphan
                )
            )
        judge.created(told, key, self.day, accept_orphan=accept_orphan)
        self.day.end()
        judge.created(
            None if isinstance(told, errors.StatusekError) else told,
            key,
            self.day,
            accept_orphan=accept_orphan,
        )
        return self.day.world.instances[told] if isinstance(told, str) else None

    async def _call(self, client: Any, instance: Instance) -> None:  # noqa: ANN401
        token, name = instance.token, self.chance.choice(NAMES)
        which = self.chance.randrange(6)
        if which < 3:
            key = f"set {self.chance.random()}"
            with mock.patch.object(calls, "new_key", return_value=key):
                told = await self._told(lambda: client.set_status(token, name))
            judge.has_set(told, name, key, instance, self.day)
        elif which == 3:
            told = await self._told(lambda: client.check_status_is_set(token, name))
            judge.has_read(told, name in instance.names())
        elif which == 4:
            told = await self._told(lambda: client.check_is_finished(token))
            judge.has_read(told, judge.finish(instance, self.day))
        else:
            told = await self._told(lambda: client.get_events(token))
            seen = told if isinstance(told, errors.StatusekError) else judge.names(told)
            judge.has_read(seen, instance.names())

    async def _to_the_end(self, client: Any, instance: Instance) -> None:  # noqa: ANN401
        """Watch and wait, while another service brings the instance to its end."""
        handle = client.instance(instance.token)
        watched: list[str] = []

        def note(event: Any) -> None:  # noqa: ANN401
            watched.append(event.status_name)
            self._finish(instance)

        self._finish(instance) if self.chance.random() < 0.5 else None
        if not instance.events:
            self.day.world.set(instance, "RUN", "another service at the end")
        told = await self._told(lambda: handle.wait(timeout=10, on_event=note))
        self.day.end()
        if isinstance(told, errors.StatusekError):
            judge.has_read(told, None)
            judge.hold(watched == instance.names()[: len(watched)], "events are wrong", watched)
        else:
            judge.has_read(told, judge.finish(instance, self.day))
            judge.hold(watched == instance.names(), "events are wrong", watched, instance)

    def _finish(self, instance: Instance) -> None:
        for name in ("RUN", "FINISHED"):
            self.day.world.set(instance, name, f"another service at the end, {name}")

    async def _told(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what a call tells: its result, or the error that it raises."""
        told: Any
        try:
            told = call()
            if inspect.isawaitable(told):
                told = await _of(told)
        except errors.StatusekError as error:
            told = error
        name = type(told).__name__ if isinstance(told, errors.StatusekError) else "success"
        self.tally.calls[name] += 1
        return told


async def _of(awaitable: Awaitable[Result]) -> Result:
    return await awaitable
