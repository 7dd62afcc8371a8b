"""A server that answers every request at once with the same bytes, as cheaply as Python can.

It is a process of its own, so that what is measured is who asks. It prints its port.
"""

from __future__ import annotations

import asyncio
import re
from typing import cast

ANSWER = (
    b'{"status":true,"message":"","data":{"instance_is_finished":false,'
    b'"instanse_is_finished_description":""},"code":"SUCCESS"}\n'
)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class Answering(asyncio.Protocol):
    """Answers each request of a connection."""

    def __init__(self) -> None:
        self._received = b""
        self._answer = _HEAD % len(ANSWER) + ANSWER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer as many requests as have come."""
        self._received += data
        while True:
            head, end, rest = self._received.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if not end or len(rest) < length:
                return
            self._received = rest[length:]
            self._transport.write(self._answer)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop
    except ModuleNotFoundError:
        asyncio.run(_serve())
    else:
        uvloop.run(_serve())
