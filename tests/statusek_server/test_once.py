"""Calls with a key are done once, on every database and over every interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path

import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created, Done
from statusek_server.errors import ParametersError
from statusek_server.models import Status
from statusek_server.once import LONGEST_KEY, key_of
from statusek_server.outcomes import Code
from statusek_server.service import Service
from statusek_server.storage.protocol import Storage
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import client

pytestmark = pytest.mark.anyio

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))], timeout=60)
DAY = 24 * 60 * 60


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


@pytest.fixture
async def service(storage: Storage) -> Service:
    return Service(storage, await storage.publish([LINE]))


async def created(service: Service, key: str | None = None, seconds: int | None = None) -> str:
    answer = await service.create("LINE", seconds, key=key)
    assert isinstance(answer, Created)
    return answer.token


async def test_a_create_again(service: Service) -> None:
    """The same key and arguments again create nothing more; another key does."""
    first = await created(service, "key")
    assert (first, False) == (await created(service, "key"), first == await created(service, "K"))


async def test_a_set_again(service: Service, place: Place) -> None:
    """A repeated set gets its success again, also when the instance has finished since."""
    token = await created(service)
    assert Done() == await service.set_status(token, "RUN", "text", key="key")
    assert Done() == await service.set_status(token, "RUN", "text", key="key")
    assert Code.STATUS_IS_ALREADY_SET is (await service.set_status(token, "RUN", "text")).code
    await service.set_status(token, "END")
    place.clock.step(1000)
    assert Done() == await service.set_status(token, "RUN", "text", key="key")
    seen = await service.storage.look(token, events=True)
    assert seen
    assert 2 == len(seen.events)


async def test_a_key_with_another_body(service: Service) -> None:
    """A key that came with something else is refused, whatever else; nothing is done."""
    token, other = await created(service, "first"), await created(service)
    await service.set_status(token, "RUN", key="second")
    codes = [
        (await service.create("LINE", 7, key="first")).code,
        (await service.create("LINE", key="second")).code,
        (await service.set_status(other, "RUN", key="first")).code,
        (await service.set_status(other, "RUN", key="second")).code,
        (await service.set_status(token, "END", key="second")).code,
        (await service.set_status(token, "RUN", "text", key="second")).code,
    ]
    assert [Code.IDEMPOTENCY_KEY_IS_REUSED] * 6 == codes
    seen = await service.storage.look(other)
    assert seen
    assert () == seen.facts.set_ids


async def test_what_was_refused_is_not_remembered(service: Service) -> None:
    """Only a success counts: a refused set with a key may succeed later."""
    token = await created(service)
    code = (await service.set_status(token, "END", key="key")).code
    assert Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET is code
    await service.set_status(token, "RUN")
    assert Done() == await service.set_status(token, "END", key="key")
    assert Code.INSTANCE_TOKEN_IS_NOT_FOUND is (await service.set_status("x", "END", key="k")).code


async def test_a_key_lives_a_day(service: Service, storage: Storage, place: Place) -> None:
    """A key that is a day old counts no longer, swept or not."""
    first = await created(service, "key", 7 * DAY)
    await created(service, "other")
    place.clock.step(DAY - 1)
    assert (first, 0) == (await created(service, "key", 7 * DAY), await storage.forget_keys(10))
    place.clock.step(1)
    assert first != await created(service, "key", 7 * DAY)
    assert Done() == await service.set_status(first, "RUN", key="other")
    assert 0 == await storage.forget_keys(10)
    place.clock.step(DAY)
    assert (1, 1, 0) == tuple([await storage.forget_keys(1) for _ in range(3)])


async def test_the_same_call_at_once(service: Service, place: Place) -> None:
    """Calls with one key at once, from two servers, are one call and get one answer."""
    async with place.open() as opened:
        services = (service, Service(opened, await opened.publish([LINE])))
        for number in range(10):
            key = f"create {number}"
            tokens = {*await asyncio.gather(*(created(services[at % 2], key) for at in range(8)))}
            assert 1 == len(tokens)
            [token] = tokens
            for name in ("RUN", "END"):
                calls = [
                    services[at % 2].set_status(token, name, key=f"{token} {name}")
                    for at in range(8)
                ]
                assert [Done()] * 8 == await asyncio.gather(*calls)


async def test_one_key_for_two_calls_at_once(service: Service, place: Place) -> None:
    """Of two calls with one key at once one is done; the other is refused."""
    async with place.open() as opened:
        other = Service(opened, await opened.publish([LINE]))
        for number in range(10):
            tokens = [await created(service), await created(service)]
            answers = await asyncio.gather(
                service.set_status(tokens[0], "RUN", key=f"key {number}"),
                other.set_status(tokens[1], "RUN", key=f"key {number}"),
            )
            codes = sorted(answer.code for answer in answers)
            assert [Code.IDEMPOTENCY_KEY_IS_REUSED, Code.SUCCESS] == codes


def test_keys_that_are_good() -> None:
    """A key has 1 to 255 characters, and a request has one at most."""
    assert [None, "k", LONGEST_KEY * "k"] == [
        key_of([]),
        key_of(["k"]),
        key_of([LONGEST_KEY * "k"]),
    ]
    assert 3 == len({key_of(["k"]), key_of(["k"], "a"), key_of(["k"], "b")})
    for values, what in (
        ([""], "has 0 characters; expected 1 to 255"),
        (["two words"], "has 9 characters; expected 1 to 255 visible ones"),
        ([(LONGEST_KEY + 1) * "k"], "has 256 characters; expected 1 to 255"),
        (["a", "a"], "There are 2 idempotency keys; expected one"),
    ):
        with pytest.raises(ParametersError, match=what):
            key_of(values)


async def test_over_http(tmp_path: Path) -> None:
    """Both dialects and the modern interface take the header; the codes are the documented ones."""
    body: dict[str, object] = {"object_name": "TASK", "instance_timeout": 60}
    modern: dict[str, object] = {"object": "TASK", "timeout": 60}
    async with client(tmp_path) as server:
        for path, content, refused in (
            ("/instance/create", body, 200),
            ("/v2/instance/create", body, 200),
            ("/api/v1/instances", modern, 422),
        ):
            headers = {"idempotency-key": f"create-at-{path}"}
            first, again = [
                (await server.post(path, json=content, headers=headers)).json() for _ in range(2)
            ]
            assert first == again
            changed: Mapping[str, object] = {**content, list(content)[1]: 61}
            answer = await server.post(path, json=changed, headers=headers)
            assert (refused, "IDEMPOTENCY_KEY_IS_REUSED") == (
                answer.status_code,
                answer.json()["code"],
            )
            bad = await server.post(path, json=content, headers={"idempotency-key": 256 * "k"})
            assert "PARAMS_PARSING_IS_FAILED" == bad.json()["code"]
        token = (await server.post("/instance/create", json=body)).json()["instance_token"]
        done: dict[str, object] = {"instance_token": token, "status_name": "RUN"}
        headers = {"idempotency-key": "set"}
        modern = {"status": "RUN"}
        for path, sent in (
            ("/status/setStatus", done),
            (f"/api/v1/instances/{token}/events", modern),
        ):
            answers = [await server.post(path, json=sent, headers=headers) for _ in range(2)]
            assert [True] * 2 == [answer.is_success for answer in answers]
            assert answers[0].json() == answers[1].json()
