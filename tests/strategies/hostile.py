"""A server that does what servers do on bad days, over real sockets."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

Behaviour = Callable[["Connection"], None]

OPEN = b'{"message":"Instance is not finished","status":false}\n'
DONE = b'{"message":"Success","status":true}\n'
IS_SET = b'{"message":"Status is set","status":true}\n'


class Connection:
    """A connection to a client, and the paths that clients have asked for."""

    def __init__(self, peer: socket.socket, paths: list[str]) -> None:
        self._peer = peer
        self._paths = paths
        self.sendall = peer.sendall

    def read_request(self) -> bytes:
        head, _, body = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        self._paths.append(head.split(b" ")[1].decode())
        lengths = [line[15:] for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")]
        while len(body) < int(lengths[0] if lengths else 0):
            body += self.some()
        return head

    def hang_up(self) -> None:
        self._peer.shutdown(socket.SHUT_RDWR)

    def until_hung_up(self) -> None:
        self._peer.recv(1)

    def _until(self, end: bytes) -> bytes:
        received = b""
        while end not in received:
            received += self.some()
        return received

    def some(self) -> bytes:
        piece = self._peer.recv(65536)
        if not piece:
            raise ConnectionError("the client hung up")
        return piece


class HostileServer:
    """Answers each connection with the next behaviour, the last one again and again."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.paths: list[str] = []
        self.connections = 0
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._accepting, *self._threads):
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            behaviour = self._behaviours[0]
            if len(self._behaviours) > 1:
                self._behaviours.pop(0)
            thread = threading.Thread(target=self._serve, args=(connection, behaviour))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, behaviour: Behaviour) -> None:
        with connection, contextlib.suppress(OSError):
            behaviour(Connection(connection, self.paths))


@contextlib.contextmanager
def hostile(*behaviours: Behaviour) -> Iterator[HostileServer]:
    server = HostileServer(*behaviours)
    try:
        yield server
    finally:
        server.close()


def answering(raw: bytes) -> Behaviour:
    """Read the request, send these bytes, close."""

    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.sendall(raw)

    return behave


def http(body: bytes, code: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {code}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, "Connection: close", *headers, "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"


def close_at_once(connection: Connection) -> None:
    connection.hang_up()


def close_after_reading(connection: Connection) -> None:
    connection.read_request()


def silent(connection: Connection) -> None:
    connection.read_request()
    connection.until_hung_up()


def dripping(raw: bytes, after: int = 0) -> Behaviour:
    """Send the first bytes at once, and the others one by one until the client hangs up."""

    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.sendall(raw[:after])
        for position in range(after, len(raw)):
            connection.sendall(raw[position : position + 1])
            time.sleep(0.02)

    return behave


def huge(connection: Connection) -> None:
    connection.read_request()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 1_000_000)
