"""The ASGI and WSGI drivers, where servers differ from each other."""

# ruff: noqa: ANN401  # what anybody may pass, on purpose

from __future__ import annotations

import subprocess
import sys
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from starlette.applications import Starlette

from csm import GeneralComponent
from csm.checks import StatusReporter
from csm.web import asgi_app, wsgi_app
from csm.web.starlette import mount

REPORTER = StatusReporter(GeneralComponent(component_name="shop"))


async def exchange(app: Any, scope: dict[str, Any], *events: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = list(events)

    async def receive() -> dict[str, Any]:
        return {"type": waiting.pop(0)}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await app(scope, receive, send)
    return sent


def http(path: str, **more: Any) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "headers": []} | more


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("prefix", "path", "root_path", "code"),
    [
        ("", "/status", "", 200),
        ("", "/mounted/status", "/mounted", 200),
        ("", "/status", "/mounted", 200),  # as servers before ASGI 2.5 cut it off
        ("", "/mounted/status", "/mounted/", 200),
        ("/health", "/mounted/health/status", "/mounted", 200),
        ("/health", "/health/status", "/mounted", 200),
        ("/health", "/health/status", "", 200),
        ("/health", "/status", "", 200),
        ("/health", "/healthy/status", "", 404),
        ("", "/mountedstatus", "/mounted", 404),
    ],
)
async def test_the_path_is_counted_from_where_it_is_mounted(
    prefix: str, path: str, root_path: str, code: int
) -> None:
    """Under any root path and prefix, with the root path in the path or without."""
    app = asgi_app(REPORTER, prefix=prefix)
    assert code == (await exchange(app, http(path, root_path=root_path)))[0]["status"]


@pytest.mark.anyio
async def test_a_server_starts_and_stops_it() -> None:
    """It goes along with the life of a server when it is the whole application."""
    sent = await exchange(
        asgi_app(REPORTER), {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown"
    )
    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [
        event["type"] for event in sent
    ]


@pytest.mark.anyio
async def test_a_web_socket_is_refused() -> None:
    """Nothing is told over web sockets."""
    assert [{"type": "websocket.close"}] == await exchange(
        asgi_app(REPORTER), {"type": "websocket", "path": "/status", "headers": []}
    )


@pytest.mark.anyio
async def test_what_a_later_asgi_has_is_let_be() -> None:
    """A kind of connection that nobody knows yet gets no answer, and no traceback."""
    assert [] == await exchange(asgi_app(REPORTER), {"type": "webtransport"})


@pytest.mark.anyio
async def test_middleware_may_change_the_headers_of_an_answer() -> None:
    """What one answer is given on its way does not stay with the next."""
    app = asgi_app(REPORTER)
    [start, _] = await exchange(app, http("/nothing"))
    start["headers"].append((b"set-cookie", b"of=one"))
    [start, _] = await exchange(app, http("/nothing"))
    assert b"set-cookie" not in dict(start["headers"])


@pytest.mark.anyio
async def test_repeated_headers_are_one_list() -> None:
    """Two lines of Accept say as much as one with a comma."""
    accept = [(b"accept", b"image/png"), (b"accept", b"text/html")]
    [start, _] = await exchange(asgi_app(REPORTER), http("/status", headers=accept))
    assert b"text/html; charset=utf-8" == dict(start["headers"])[b"content-type"]


@pytest.mark.anyio
@pytest.mark.parametrize("details", [False, True])
async def test_details_in_starlette_need_no_function(*, details: bool) -> None:
    """Everybody sees them, or nobody does."""
    reporter, app = StatusReporter(GeneralComponent(component_name="shop")), Starlette()
    reporter.add_check("cellar", lambda: True)
    mount(app, reporter, details=details)
    [_, sent] = await exchange(app, http("/status"))
    assert details == (b"cellar" in sent["body"])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/status", "/status/\xc3\xa4", "/status/\xff", "/other"])
def test_the_wsgi_application_keeps_the_rules_of_wsgi(method: str, path: str) -> None:
    """The standard library's validator finds nothing, whatever bytes the path has."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    environ["SCRIPT_NAME"] = "/mounted"
    codes: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        codes.append(status)

    answer = validator(wsgi_app(REPORTER, details=True))(environ, start_response)
    list(answer)
    answer.close()  # type: ignore[attr-defined]
    expected = "405 Method Not Allowed" if method == "POST" else "200 OK"
    assert [expected if path == "/status" else codes[0]] == codes
    assert path == "/status" or codes[0].startswith(("404", "405"))


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_applications_need_no_framework() -> None:
    """Importing `csm.web` loads none, installed or not."""
    names = "starlette, fastapi, flask, django, aiohttp, uvicorn"
    assert (
        "set()\n"
        == run(f"import csm.web, sys; print({{*'{names}'.split(', ')}} & set(sys.modules))").stdout
    )


@pytest.mark.processes
@pytest.mark.parametrize(
    ("module", "name"),
    [("starlette", "Starlette"), ("flask", "Flask"), ("django", "Django"), ("aiohttp", "aiohttp")],
)
def test_a_missing_framework_is_said_in_one_sentence(module: str, name: str) -> None:
    """Whoever mounts it without the framework learns what to install; a broken one is no such."""
    expected = {
        module: f"ModuleNotFoundError: csm.web.{module} needs {name}: pip install {module}",
        "idna": "ModuleNotFoundError: No module named 'idna'",
    }
    for missing, sentence in expected.items():
        said = run(
            "import sys\n"
            "class Absent:\n"
            "    def find_spec(self, name, *_):\n"
            f"        if name == {module!r}: raise ModuleNotFoundError(\n"
            f"            'No module named ' + {missing!r}.__repr__(), name={missing!r})\n"
            f"sys.meta_path.insert(0, Absent())\nimport csm.web.{module}"
        ).stderr
        assert sentence == said.splitlines()[-1]
