"""Talk: connections to a server that send one request at a time, with little around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import frozen

from benchmarks.server.process import Process


@frozen
class Talk:
    """A connection that sends one request at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> bytes:
        """Return the body of the answer."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return await self.reader.readexactly(length)


@asynccontextmanager
async def talks(server: Process, count: int) -> AsyncGenerator[list[Talk]]:
    """Connections to a server."""
    opened = [Talk(*await asyncio.open_connection(server.host, server.port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for talk in opened:
            talk.writer.transport.abort()
