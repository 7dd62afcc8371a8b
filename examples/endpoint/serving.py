"""Serving the examples: on the port that the command line names, 0 for a free one."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

logging.basicConfig()


def listening() -> socket.socket:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    listener = socket.create_server(("127.0.0.1", port))
    announce(listener.getsockname()[1])
    return listener


def announce(port: int) -> None:
    print(f"listening on http://127.0.0.1:{port}", flush=True)


def serve_asgi(app: Callable[..., Any]) -> None:
    import uvicorn

    uvicorn.Server(uvicorn.Config(app)).run(sockets=[listening()])


class _Server(WSGIServer):
    def server_activate(self) -> None:
        super().server_activate()
        announce(self.server_port)


def serve_wsgi(app: Callable[..., Any]) -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with make_server("127.0.0.1", port, app, _Server) as server:
        server.serve_forever()
