"""What a cached answer costs beside a static one of the same bytes, on the same server."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from benchmarks.endpoint.serving import APPS
from benchmarks.report import Goal, medians, ratio, table

_REQUEST: Final = (
    b"GET /status HTTP/1.1\r\nHost: shop:8000\r\nUser-Agent: kube-probe/1.34\r\n"
    b"Accept: */*\r\nConnection: keep-alive\r\n\r\n"
)
_REQUESTS: Final = 500


class Server:
    """A server in another process, and a connection to it."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._name = name
        self._input, self._output = process.stdin, process.stdout
        self._peer = socket.create_connection(("127.0.0.1", int(self._output.readline())))
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.size = self._ask()

    def cost(self) -> float:
        """Return the microseconds of its CPU that an answer costs."""
        before = self._spent()
        for _ in range(_REQUESTS):
            self._ask()
        return (self._spent() - before) / _REQUESTS * 1e6

    def close(self) -> None:
        """Close the connection."""
        self._peer.close()

    def _spent(self) -> float:
        self._input.write("\n")
        self._input.flush()
        return float(self._output.readline())

    def _ask(self) -> int:
        self._peer.sendall(_REQUEST)
        head, end, body = self._some().partition(b"\r\n\r\n")
        while not end:
            head, end, body = (head + self._some()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        lines = head.lower().split(b"\r\n")
        [length] = (int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        received = len(body)
        while received < length:
            received += len(self._some())
        return length

    def _some(self) -> bytes:
        piece = self._peer.recv(262_144)
        if not piece:
            raise ConnectionError(f"{self._name} hung up")
        return piece


@contextlib.contextmanager
def _serving(name: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.endpoint.serving", name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        server = Server(name, process)
        try:
            yield server
        finally:
            server.close()
            process.kill()


def measure() -> tuple[str, list[Goal]]:
    """Return the figures as Markdown, and the goals."""
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(_serving(name)) for name in APPS}
        costs = medians({name: server.cost for name, server in servers.items()}, rounds=7)
        rows = [
            (kind, f"{servers[f'static {kind}'].size:,}", *figures)
            for kind in ("roll-up", "tree")
            for figures in [_figures(costs, kind)]
        ]
    goals = [
        Goal(
            f"a cached {kind} costs the server's CPU, beside the same bytes from an application "
            "that does nothing",
            costs[f"cached {kind}"] / costs[f"static {kind}"],
            1.2,
        )
        for kind in ("roll-up", "tree")
    ]
    head = ["answer", "bytes", "static, µs of CPU", "cached, µs of CPU", "ratio"]
    return table(head, rows), goals


def _figures(costs: dict[str, float], kind: str) -> tuple[str, str, str]:
    static, cached = costs[f"static {kind}"], costs[f"cached {kind}"]
    return f"{static:.1f}", f"{cached:.1f}", ratio(cached / static)
