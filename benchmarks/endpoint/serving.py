"""One application on uvicorn in a process of its own, which says how much time its CPU has spent.

Run as `python -m benchmarks.endpoint.serving NAME`: the first line of the output is its port; then
each line of input is answered with the seconds that the process has spent so far.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

import uvicorn

from csm import GeneralComponent, Note
from csm.checks import StatusReporter
from csm.web import asgi_app
from csm.web.asgi import AsgiApp, Event, Receive, Scope, Send

CHECKS: Final = 20
_NOTE: Final = Note(title="connected", detail="to the database of the shop", action_to_take="none")


def reporter() -> StatusReporter:
    """Return a reporter whose answers hold."""
    made = StatusReporter(GeneralComponent(component_name="shop"), cache=3600.0)
    for number in range(CHECKS):
        made.add_check(f"check {number}", lambda: _NOTE)
    return made


async def _answer_of(app: AsgiApp) -> list[Event]:
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    async def receive() -> Event:
        raise AssertionError("nobody sends anything")

    scope = {"type": "http", "method": "GET", "path": "/status", "root_path": "", "headers": []}
    await app(scope, receive, send)
    return sent


def static(*, details: bool) -> AsgiApp:
    """Return an application that sends the very bytes of the other one, and does nothing else."""
    start, body = asyncio.run(_answer_of(cached(details=details)))

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(start)
        await send(body)

    return app


def cached(*, details: bool) -> AsgiApp:
    """Return a status endpoint whose report holds."""
    return asgi_app(reporter(), details=details)


APPS: Final[dict[str, Callable[[], AsgiApp]]] = {
    "static roll-up": lambda: static(details=False),
    "cached roll-up": lambda: cached(details=False),
    "static tree": lambda: static(details=True),
    "cached tree": lambda: cached(details=True),
}


def main(name: str) -> None:
    """Serve an application until there is no more input."""
    config = uvicorn.Config(
        APPS[name](),
        port=0,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        timeout_keep_alive=3600,  # the connections wait while others are measured
        log_level="warning",
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.listen()
    threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    for _ in sys.stdin:
        print(time.process_time(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
