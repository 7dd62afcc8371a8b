"""Both clients before a server that answers what it is told to: what each makes of an answer."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, Literal

import httpx2

from statusek_client import AsyncStatusekClient, RetryPolicy, StatusekClient, errors
from statusek_client.wire import Response
from strategies.client_kit import TOKEN, Json, plain

Kind = Literal["sync", "async"]
Run = Callable[[Any], object]
KINDS: tuple[Kind, ...] = ("sync", "async")
_NEVER = RetryPolicy(retries=0)


class Reader:
    """A client that is asked what a recording asked, and gets the recorded answer."""

    def __init__(self, kind: Kind, run: Run) -> None:
        """Read with the client of this kind; `run` brings what its calls return to their end."""
        self._kind = kind
        self._run = run
        self._told = Response(500)
        self._asked: list[tuple[str, Json]] = []

    def __call__(self, path: str, body: Json, told: Response) -> Json:
        """Return what the client makes of an answer, as the wire examples write it."""
        self._told, self._asked = told, []
        try:
            found: Json = {"returns": plain(self._run(ask(self._client(), path, body)))}
        except errors.StatusekError as error:
            found = {"raises": type(error).__name__}
        asked, fields = self._asked[0]  # a set in doubt is read back
        assert path == asked
        names = [name for name in fields if name in body and name != "instance_timeout"]
        assert {name: body[name] for name in names} == {name: fields[name] for name in names}
        return found

    def _client(self) -> StatusekClient | AsyncStatusekClient:
        # A new one each time: what was seen exist would be asked for twice.
        own = httpx2.MockTransport(self._answer)
        if self._kind == "sync":
            http = httpx2.Client(transport=own)
            return StatusekClient("http://h", http_client=http, retry=_NEVER)
        return AsyncStatusekClient(
            "http://h", http_client=httpx2.AsyncClient(transport=own), retry=_NEVER
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self._asked.append((request.url.path, json.loads(request.content or b"{}")))
        told = self._told
        return httpx2.Response(told.status_code, headers=list(told.headers), content=told.body)


@contextmanager
def reader(kind: Kind) -> Generator[Reader]:
    """Give what reads answers with the client of this kind."""
    if kind == "sync":
        yield Reader(kind, lambda result: result)
        return
    with asyncio.Runner() as runner:

        def run(call: Coroutine[Any, Any, object]) -> object:
            return runner.run(call)

        yield Reader(kind, run)


def ask(client: StatusekClient | AsyncStatusekClient, path: str, body: Json) -> object:
    """Ask at this path with the arguments of this body; an async client's call is to be awaited."""
    token = body.get("instance_token", TOKEN)
    status = body.get("status_name", "RUN")
    asking: dict[str, Callable[[], object]] = {
        "/instance/create": lambda: client.create_instance(
            body.get("object_name", "TASK"), instance_timeout=60
        ),
        "/status/setStatus": lambda: client.set_status(token, status, body.get("status_message")),
        "/instance/checkIsFinished": lambda: client.check_is_finished(token),
        "/status/checkStatusIsSet": lambda: client.check_status_is_set(token, status),
        "/status/checkStatusIsReadyToSet": lambda: client.check_status_is_ready_to_set(
            token, status
        ),
        "/event/getEvents": lambda: client.get_events(token),
        "/status/setGlobalStatus": lambda: client.set_global_status(status),
        "/about": client.about,
    }
    return asking[path]()
