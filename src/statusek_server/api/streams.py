"""Streams: server-sent events, one for each status that is set and each instance that is finished.

Here live their format (as the HTML standard has it), their heartbeats, and what becomes of a reader
that goes, comes back or is too slow. Keys of their data live in ``resources``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from http import HTTPStatus
from typing import Final

from attrs import define, field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from statusek_server.api.resources import change_event, ending, event_detail
from statusek_server.departures import unless_gone
from statusek_server.errors import StorageError
from statusek_server.feed import Feed, Lagged
from statusek_server.service import has_news
from statusek_server.storage.pages import Change, ChangePage
from statusek_server.waiting import Waiting

logger = logging.getLogger("statusek_server")

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way gives up."""

LARGE: Final = 16 * 1024
"""Bytes that are sent at once, about; small messages go together, large ones in slices."""

END: Final = "end"
"""The identifier of the last event of an instance; who comes back with it has seen everything."""


class EventStream(Response):
    """An answer that goes on until its messages or its reader end.

    Args:
        messages: What is sent, as it comes.
        heartbeat: Seconds of silence after which a comment is sent.
    """

    media_type = "text/event-stream"

    def __init__(self, messages: AsyncGenerator[bytes], heartbeat: float = HEARTBEAT) -> None:
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
                await self._send_messages(messages, Pulse(send))
        await send({"type": "http.response.body", "body": b""})

    async def _send_messages(self, messages: AsyncIterator[bytes], pulse: Pulse) -> None:
        beating = asyncio.create_task(pulse.beat(self._heartbeat))
        try:
            async for text in messages:
                await pulse.send(text)
        except StorageError as error:
            # Nothing else can be said any more; the reader comes back and hears the rest.
            logger.warning("a stream of events was cut off: %s", error)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


@define(eq=False)
class Pulse:
    """What is sent, and when something was sent last.

    Args:
        send: As ASGI gives it.
    """

    _send: Send
    _sending: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    _sent_at: float = field(factory=lambda: asyncio.get_running_loop().time(), init=False)

    async def send(self, text: bytes) -> None:
        """Send whole messages as fast as their reader takes them.

        What a slow reader does not take is copied for its connection, so it comes in slices.
        """
        async with self._sending:
            for at in range(0, len(text), LARGE):
                body = text[at : at + LARGE]
                await self._send({"type": "http.response.body", "body": body, "more_body": True})
            self._sent_at = asyncio.get_running_loop().time()

    async def beat(self, period: float) -> None:
        """Send a comment, between messages, whenever nothing was sent for so many seconds."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._sent_at + period - loop.time()
            if left <= 0 and not self._sending.locked():
                await self.send(b": still here\n\n")
            else:
                await asyncio.sleep(left if left > 0 else period)


async def of_instance(waiting: Waiting, token: str, known: int) -> AsyncGenerator[bytes]:
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


async def of_all(feed: Feed, mark: str | None) -> AsyncGenerator[bytes]:
    """Yield messages for what changes in any instance.

    Args:
        feed: Who reads what changes.
        mark: The identifier of the last message that is known; None for the present.
    """
    async with aclosing(feed.follow(mark)) as pages:
        async for page in pages:
            if isinstance(page, Lagged):
                yield b"event: lagged\ndata: {}\n\n"
                continue
            for piece in page.written(_pieces):
                yield piece


def _pieces(page: ChangePage) -> Sequence[bytes]:
    """Return the messages of a page, together where they are small."""
    if not page.changes:
        # Alone it is no event: whoever comes back before the first one goes on from here.
        return [f"id: {page.mark}\n\n".encode()]
    pieces = [b""]
    for change in page.changes:
        pieces[-1] += _messages(change)
        if len(pieces[-1]) > LARGE:
            pieces.append(b"")
    return [piece for piece in pieces if piece]


def _messages(change: Change) -> bytes:
    """Return the messages of a change; only the last one has an identifier, since one is a half."""
    mark = change.mark
    text = b""
    if change.event is not None:
        event_mark = None if change.finish else mark
        text = _message("status", event_mark, change_event(change, change.event))
    if change.finish is not None:
        text += _message("finished", mark, ending(change.token, change.published, change.finish))
    return text


def _message(name: str, identifier: str | None, data: dict[str, object]) -> bytes:
    head = "" if identifier is None else f"id: {identifier}\n"
    # JSON text has no line breaks, which would end the line here.
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
