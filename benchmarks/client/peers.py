"""One call, made by this project's clients and by hand on what they stand on."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import httpcore2
import httpx2
from httpx_aiohttp.httpx2 import Httpx2AiohttpClient

from statusek_client import AsyncStatusekClient, StatusekClient

TOKEN = "1d36bcdf-d776-4e7a-97a6-4431079d2b2e"  # noqa: S105 (of nobody)
PATH = "/instance/checkIsFinished"
BODY = {"instance_token": TOKEN}
IN_FLIGHT = 50
PATIENCE = 120.0  # seconds; the machine may be busy with something else

Call = Callable[[], object]
AsyncCall = Callable[[], Awaitable[object]]


class Sync:
    """The blocking peers, each with one connection that is kept alive."""

    def __init__(self, port: int) -> None:
        url = f"http://127.0.0.1:{port}"
        self._plain = http.client.HTTPConnection("127.0.0.1", port)
        self._httpx = httpx2.Client(timeout=PATIENCE)
        self._pool = httpcore2.ConnectionPool()
        self._ours = StatusekClient(url, timeout=PATIENCE)
        prepared = self._httpx.build_request("POST", url + PATH, json=BODY)
        head, body = prepared.headers.raw, prepared.content
        self.calls: dict[str, Call] = {
            "http.client": self._by_http_client,
            "httpx2": lambda: self._httpx.post(url + PATH, json=BODY).json(),
            # The least that stands below httpx2's client, and below httpx2.
            "httpx2, one request again and again": lambda: self._httpx.send(prepared),
            "httpcore2, the same": lambda: self._pool.request(
                "POST", url + PATH, headers=head, content=body
            ),
            "statusek_client": lambda: self._ours.check_is_finished(TOKEN),
        }

    def _by_http_client(self) -> object:
        headers = {"Content-Type": "application/json"}
        self._plain.request("POST", PATH, json.dumps(BODY), headers)
        return json.loads(self._plain.getresponse().read())

    def close(self) -> None:
        """Close all connections."""
        self._plain.close()
        self._httpx.close()
        self._pool.close()
        self._ours.close()


def seconds_of_each(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """How long a call of each takes, in seconds, when it is disturbed least.

    They take turns, call by call, and of each the time counts that a tenth of its calls keeps: on a
    machine that others use too, medians tell more of them than of the calls.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - begin)
    return {name: sorted(found)[len(found) // 10] for name, found in times.items()}


async def processor_time_of_each(port: int, calls: int, rounds: int) -> dict[str, float]:
    """Processor time of a call with many in flight, in seconds: the median of rounds.

    An event loop with that much to do is never idle, so its calls per second are the inverse.
    """
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=IN_FLIGHT)
        httpx = await enter(httpx2.AsyncClient(limits=limits, timeout=PATIENCE))
        aiohttp = await enter(Httpx2AiohttpClient(limits=limits, timeout=PATIENCE))
        ours = await enter(AsyncStatusekClient(url, timeout=PATIENCE))
        over_aiohttp = await enter(AsyncStatusekClient(url, timeout=PATIENCE, http_client=aiohttp))
        peers: dict[str, AsyncCall] = {
            "httpx2": partial(_by_hand, httpx, url + PATH),
            "statusek_client": partial(ours.check_is_finished, TOKEN),
            "httpx2 over aiohttp": partial(_by_hand, aiohttp, url + PATH),
            "statusek_client over aiohttp": partial(over_aiohttp.check_is_finished, TOKEN),
        }
        figures: dict[str, list[float]] = {name: [] for name in peers}
        for number in range(rounds + 1):
            for name, call in peers.items():
                figure = await _processor_time(call, calls)
                if number:  # the first round opens the connections
                    figures[name].append(figure)
    return {name: sorted(found)[len(found) // 2] for name, found in figures.items()}


async def _by_hand(client: httpx2.AsyncClient, url: str) -> object:
    return (await client.post(url, json=BODY)).json()


async def _processor_time(call: AsyncCall, calls: int) -> float:
    left = iter(range(calls))

    async def some() -> None:
        for _ in left:
            await call()

    begin = time.process_time()
    await asyncio.gather(*(some() for _ in range(IN_FLIGHT)))
    return (time.process_time() - begin) / calls
