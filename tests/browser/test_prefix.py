"""The board behind a proxy that gives it a path of its own."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from itertools import takewhile
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from statusek_client import StatusekClient

if TYPE_CHECKING:
    from playwright.sync_api import Page

sync_api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
expect = sync_api.expect

PREFIX = b"/deep/status"
NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def behind_prefix(url: str) -> Generator[str]:
    """The URL of a proxy that takes the prefix away; there is nothing beside it."""
    host, port = url.removeprefix("http://").split(":")

    class Proxy(StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline()
            head = takewhile(lambda each: each.strip(), self.rfile)
            kept = [each for each in head if not each.lower().startswith(b"connection:")]
            if not line.startswith(b"GET " + PREFIX + b"/"):
                self.wfile.write(NOTHING)
                return
            with socket.create_connection((host, int(port))) as behind:
                asked = [line.replace(PREFIX, b"", 1), *kept, b"Connection: close\r\n\r\n"]
                behind.sendall(b"".join(asked))
                while part := behind.recv(65536):
                    self.wfile.write(part)

    class Proxies(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Say nothing of a browser that goes before it has heard everything."""

    with Proxies(("127.0.0.1", 0), Proxy) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}{PREFIX.decode()}/"
        proxy.shutdown()


def test_a_visitor_goes_everywhere_below_the_prefix(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """List, filter, search, models, an instance, live: nothing is asked for beside the prefix."""
    task = statusek.create("TASK", instance_timeout=600)
    with behind_prefix(url) as place:
        page.goto(place)
        task.set("RUN")
        expect(page.locator("tbody")).to_contain_text("last: RUN")
        page.get_by_label("Object").select_option("TASK")
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("link", name=task.token).click()
        task.set("FINISHED")
        expect(page.locator(".headline")).to_contain_text("all mandatory statuses are set")
        page.get_by_role("link", name="TASK").click()
        expect(page.get_by_role("heading", name="Newest instances")).to_be_visible()
        page.get_by_label("Token of an instance").fill(task.token)
        page.get_by_role("button", name="Find").click()
        expect(page.locator(".timeline")).to_contain_text("FINISHED")
        for name in ("Server", "Instances", "Models"):
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("heading", name=name)).to_be_visible()
        assert f"{place}board/models" == page.url
