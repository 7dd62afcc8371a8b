"""The real server in process, with a clock that a test moves.

Only what runs it and reaches it lives here; what it does is `statusek_server`'s own code, on a
SQLite file of its own. The pytest fixtures are in `statusek_pytest`.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypedDict, TypeVar, Unpack

import httpx2

from statusek_client.async_client import AsyncStatusekClient
from statusek_client.client import StatusekClient
from statusek_client.retry import Policy
from statusek_server import Settings, create_app
from statusek_server.app import prepare_to_stop
from statusek_server.sweeper import sweep

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from statusek_client.outbox import Outbox

URL: Final = "http://statusek.test"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)

Result = TypeVar("Result")


class ClientSettings(TypedDict, total=False):
    """What a client can be told besides where its server is; see `StatusekClient`."""

    api_key: str | None
    timeout: float
    retry: Policy
    headers: dict[str, str] | None
    outbox: Outbox | None


class InProcessServer:
    """A Statusek server without a socket; a context manager, which starts and stops it.

    It runs in a thread of its own, so that it serves blocking and async clients alike. Its clock
    stands still: instances time out when a test moves it.

    Args:
        models: a file of status models; None for the default catalogue.
        dialect: how it answers clients that do not ask for a dialect; ours does.
        start: what its clock shows at first.

    Raises:
        ModelError: the model file cannot be used.

    >>> with InProcessServer() as server, server.client() as statusek:
    ...     task = statusek.create("TASK", instance_timeout=600).set("RUN")
    ...     server.advance(600)
    ...     task.check_is_finished().reason.value
    'TIMEOUT'
    """

    def __init__(
        self,
        *,
        models: str | PathLike[str] | None = None,
        dialect: Literal["flat", "data"] = "data",
        start: datetime = START,
    ) -> None:
        self._settings: dict[str, Any] = {
            "models": None if models is None else Path(models),
            "dialect": dialect,
        }
        self._now = start
        self._is_away = False
        self._loses_answers = False
        self._https = list[httpx2.Client]()
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="statusek-testing", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for http in self._https:
            http.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    # what a test does with it

    def client(self, **settings: Unpack[ClientSettings]) -> StatusekClient:
        """Return a client of this server.

        Args:
            settings: those of StatusekClient.
        """
        http = httpx2.Client(transport=_Bridge(self.answer))
        self._https.append(http)
        return StatusekClient(URL, http_client=http, **settings)

    def async_client(self, **settings: Unpack[ClientSettings]) -> AsyncStatusekClient:
        """Return an async client of this server, for asyncio.

        Args:
            settings: those of AsyncStatusekClient.
        """
        http = httpx2.AsyncClient(transport=_AsyncBridge(self.answer))
        return AsyncStatusekClient(URL, http_client=http, **settings)

    @property
    def now(self) -> datetime:
        """What its clock shows."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move its clock; when this returns, instances that are due by then are finished.

        Args:
            seconds: how far.
        """
        if seconds < 0:
            raise ValueError(f"seconds is {seconds}; expected 0 or more, time does not go back")
        self._now += timedelta(seconds=seconds)
        self._submit(self._sweep()).result()

    @contextmanager
    def away(self) -> Generator[None]:
        """Let nobody reach it in the block."""
        self._is_away = True
        try:
            yield
        finally:
            self._is_away = False

    @contextmanager
    def losing_answers(self) -> Generator[None]:
        """Let it do what it is asked for in the block, and let no answer arrive."""
        self._loses_answers = True
        try:
            yield
        finally:
            self._loses_answers = False

    # how it runs

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        with tempfile.TemporaryDirectory(prefix="statusek-testing-") as folder:
            database = f"sqlite:///{Path(folder) / 'statusek.db'}"
            settings = Settings(database=database, **self._settings)
            app = create_app(settings, clock=lambda: self._now)
            async with app.router.lifespan_context(app):
                self._app: Starlette = app
                self._loop = asyncio.get_running_loop()
                self._stop = asyncio.Event()
                self._started.set_result(None)
                await self._stop.wait()
                prepare_to_stop(app)

    async def _sweep(self) -> None:
        await sweep(self._app.state.service.storage)

    def _submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def answer(self, request: httpx2.Request, body: bytes) -> Future[httpx2.Response]:
        """Begin to answer a request, for the transports of its clients.

        Args:
            request: the request.
            body: its body.

        Raises:
            httpx2.ConnectError: it is away.
        """
        if self._is_away:
            raise httpx2.ConnectError("the server is away", request=request)
        return self._submit(self._answered(request, body, loses=self._loses_answers))

    async def _answered(
        self, request: httpx2.Request, body: bytes, *, loses: bool
    ) -> httpx2.Response:
        inner = httpx2.Request(request.method, request.url, headers=request.headers, content=body)
        response = await httpx2.ASGITransport(self._app).handle_async_request(inner)
        content = await response.aread()
        if loses:
            raise httpx2.ReadError("the answer is lost", request=request)
        return httpx2.Response(response.status_code, headers=response.headers, content=content)


Answer = Callable[[httpx2.Request, bytes], Future[httpx2.Response]]


class _Bridge(httpx2.BaseTransport):
    """Takes requests of blocking code to a server in another thread."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer, in the time that the request allows."""
        future = self._answer(request, request.read())
        try:
            return future.result(_seconds(request))
        except TimeoutError:
            future.cancel()
            raise httpx2.ReadTimeout("no answer in time", request=request) from None


class _AsyncBridge(httpx2.AsyncBaseTransport):
    """Takes requests of async code to a server in another thread."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer, in the time that the request allows."""
        future = self._answer(request, await request.aread())
        try:
            async with asyncio.timeout(_seconds(request)):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise httpx2.ReadTimeout("no answer in time", request=request) from None


def _seconds(request: httpx2.Request) -> float | None:
    seconds: float | None = request.extensions.get("timeout", {}).get("read")
    return seconds
