"""Streams: server-sent events, one for each status that is set and each instance that is finished.

Here live their format (as the HTML standard has it), their heartbeats, and what becomes of a reader
that goes, comes back or is too slow. Keys of their data live in ``resources``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from statusek_server.api.resources import change_event, ending, event_detail
from statusek_server.departures import unless_gone
from statusek_server.errors import StorageError
from statusek_server.feed import Feed, Lagged
from statusek_server.service import has_news
from statusek_server.storage.protocol import Change
from statusek_server.waiting import Waiting

logger = logging.getLogger("statusek_server")

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way gives up."""

END: Final = "end"
"""The identifier of the last event of an instance; who comes back with it has seen everything."""


class EventStream(Response):
    """An answer that goes on until its messages or its reader end.

    Args:
        messages: What is sent, as it comes.
        heartbeat: Seconds of silence after which a comment is sent.
    """

    media_type = "text/event-stream"

    def __init__(self, messages: AsyncGenerator[str], heartbeat: float = HEARTBEAT) -> None:
        # The second one is for a well-known proxy, which would keep what it could send.
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._messages = messages
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes, as fast as it is read."""
        await unless_gone(receive, self._send(scope, send))

    async def _send(self, scope: Scope, send: Send) -> None:
        start = {"type": "http.response.start", "status": HTTPStatus.OK}
        await send({**start, "headers": self.raw_headers})
        async with aclosing(self._messages) as messages:
            if scope["method"] != "HEAD":
                async with aclosing(_with_heartbeats(messages, self._heartbeat)) as texts:
                    async for text in texts:
                        body = {"type": "http.response.body", "body": text.encode()}
                        await send({**body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def of_instance(waiting: Waiting, token: str, known: int) -> AsyncGenerator[str]:
    """Yield a message for each event of an instance that is not known, and one for its end.

    Args:
        waiting: Who is told of news.
        token: The instance.
        known: How many of its events are known.
    """
    while True:
        seen = await waiting.until(token, has_news(known))
        if seen is None:
            return
        for number in range(known + 1, len(seen.events) + 1):
            yield _message("status", str(number), event_detail(seen, number))
        known = max(known, len(seen.events))
        if seen.facts.finish:
            yield _message("finished", END, ending(token, seen.published, seen.facts.finish))
            return
        if waiting.is_closed:
            return


async def of_all(feed: Feed, mark: str | None) -> AsyncGenerator[str]:
    """Yield messages for what changes in any instance.

    Args:
        feed: Who reads what changes.
        mark: The identifier of the last message that is known; None for the present.
    """
    async with aclosing(feed.follow(mark)) as pages:
        async for page in pages:
            if isinstance(page, Lagged):
                yield "event: lagged\ndata: {}\n\n"
                continue
            for change in page.changes:
                yield _messages(change)
            if not page.changes:
                # Alone it is no event: whoever comes back before the first one goes on from here.
                yield f"id: {page.mark}\n\n"


def _messages(change: Change) -> str:
    """Return the messages of a change; only the last one has an identifier, since one is a half."""
    mark = change.mark
    text = ""
    if change.event is not None:
        event_mark = None if change.finish else mark
        text = _message("status", event_mark, change_event(change, change.event))
    if change.finish is not None:
        text += _message("finished", mark, ending(change.token, change.published, change.finish))
    return text


def _message(name: str, identifier: str | None, data: dict[str, object]) -> str:
    head = "" if identifier is None else f"id: {identifier}\n"
    # JSON text has no line breaks, which would end the line here.
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _with_heartbeats(messages: AsyncIterator[str], period: float) -> AsyncGenerator[str]:
    """Yield messages, and a comment whenever none has come for a while; trouble ends them."""
    coming = asyncio.ensure_future(anext(messages))
    try:
        while True:
            await asyncio.wait((coming,), timeout=period)
            if not coming.done():
                yield ": still here\n\n"
                continue
            try:
                yield coming.result()
            except StopAsyncIteration:
                return
            except StorageError as error:
                # Nothing else can be said any more; the reader comes back and hears the rest.
                logger.warning("a stream of events was cut off: %s", error)
                return
            coming = asyncio.ensure_future(anext(messages))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
