"""Scopes: every route, with every key. What is new and not in the table here fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from statusek_server import Settings, create_app
from statusek_server.api.routes import ROUTES as RESOURCES
from statusek_server.board.pages import ROUTES as PAGES
from statusek_server.endpoints import PATHS
from statusek_server.key_file import write_keys
from statusek_server.keys import Key, Keyring, Scope, digest_of
from strategies.server_kit import database_url

pytestmark = pytest.mark.anyio

KEYS: dict[str | None, dict[str, str]] = {
    None: {},
    "unknown": {"authorization": "Bearer unknown"},
    **{scope.value: {"authorization": f"Bearer the-{scope}-key"} for scope in Scope},
}

CALLS = {
    "/instance/create": "create",
    "/status/setStatus": "set",
    "/instance/beat": "set",
    "/instance/checkIsFinished": "read",
    "/status/checkStatusIsSet": "read",
    "/status/checkStatusIsReadyToSet": "read",
    "/event/getEvents": "read",
    "/about": "read",
    "/status/setGlobalStatus": "admin",
}

MODERN = {
    ("GET", "/openapi.json"): "read",
    ("GET", "/stream"): "read",
    ("GET", "/models"): "read",
    ("GET", "/models/{name:path}"): "read",
    ("GET", "/instances"): "read",
    ("POST", "/instances"): "create",
    ("GET", "/instances/{token:path}/events/stream"): "read",
    ("GET", "/instances/{token:path}/events"): "read",
    ("POST", "/instances/{token:path}/events"): "set",
    ("GET", "/instances/{token:path}"): "read",
}

BOARD = {
    ("GET", "/"): "read",
    ("GET", "/board/instance"): "read",
    ("GET", "/board/instance/stream"): "read",
    ("POST", "/board/instance/set"): "read and set",
    ("GET", "/board/stream"): "read",
    ("GET", "/board/models"): "read",
    ("GET", "/board/model"): "read",
    ("GET", "/board/server"): "read",
    ("POST", "/board/sign-in"): None,
    ("POST", "/board/sign-out"): None,
}

TOKEN = "00000000-0000-4000-8000-000000000000"


def allowed(needed: str | None) -> set[str | None]:
    """The keys that must suffice; each has one scope, and admin has all."""
    if needed is None:
        return set(KEYS)
    return {"admin"} if " and " in needed else {needed, "admin"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    made = [Key(scope.value, digest_of(f"the-{scope}-key"), frozenset({scope})) for scope in Scope]
    write_keys(tmp_path / "keys.toml", Keyring(tuple(made)))
    app = create_app(Settings(database=database_url(tmp_path), keys=tmp_path / "keys.toml"))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://statusek"
        ) as talking,
    ):
        yield talking


@pytest.mark.parametrize("path", PATHS)
async def test_calls(server: httpx2.AsyncClient, path: str) -> None:
    """Each call of the dialects demands its scope, under every path and with every header."""
    data = {"accept": "application/vnd.statusek.data+json"}
    for prefix, headers in (("", {}), ("", data), ("/v1", {}), ("/v2", {})):
        let = set()
        for name, key in KEYS.items():
            answer = await server.post(prefix + path, content=b"{}", headers={**headers, **key})
            if answer.status_code == 200 and answer.json()["code"] != "UNAUTHORIZED":
                let.add(name)
        is_there = prefix == "/v2" or headers or CALLS[path] != "admin"
        older = path in {"/about", "/status/checkStatusIsReadyToSet", "/status/setGlobalStatus"}
        expected = set() if older and not (prefix == "/v2" or headers) else allowed(CALLS[path])
        assert expected == let, (prefix, is_there)


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for path, has in RESOURCES.items() for method in has]
)
async def test_resources(server: httpx2.AsyncClient, method: str, path: str) -> None:
    """Each resource demands its scope: 401 without a key, 403 with one for something else."""
    url = "/api/v1" + path.replace("{name:path}", "NO SUCH").replace("{token:path}", TOKEN)
    let: set[str | None] = set()
    for name, key in KEYS.items():
        if path == "/stream" and name in allowed("read"):
            let.add(name)  # it would never end
            continue
        answer = await server.request(method, url, headers=key)
        if answer.status_code not in {401, 403}:
            let.add(name)
        else:
            assert (401 if name in {None, "unknown"} else 403) == answer.status_code
    assert allowed(MODERN[method, path]) == let


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_what_is_not_there(server: httpx2.AsyncClient, method: str) -> None:
    """Without the key of an administrator nobody learns what a method does that is not there."""
    for path in ("/api/v1/models", "/api/v1/nothing", "/api/v1/", "/api/v1/stream"):
        codes = {
            name: (await server.request(method, path, headers=key)).status_code
            for name, key in KEYS.items()
        }
        assert {"admin"} == {name for name, code in codes.items() if code not in {401, 403}}, path


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_pages(server: httpx2.AsyncClient, method: str, path: str) -> None:
    """Each page demands its scope, and a form that sets both."""
    let: set[str | None] = set()
    for name, key in KEYS.items():
        if path.endswith("/stream") and name in allowed("read"):
            let.add(name)  # it would never end
            continue
        headers = {**key, "accept": "text/html"}
        answer = await server.request(method, path, headers=headers, params={"token": TOKEN})
        # What signs in says 401 by itself, where it was shown no key in its form.
        if answer.status_code not in {401, 403} or path == "/board/sign-in":
            let.add(name)
    assert allowed(BOARD[method, path]) == let


@pytest.mark.parametrize(
    ("path", "needed"), [("/metrics", "read"), ("/healthz", None), ("/readyz", None)]
)
async def test_the_rest(server: httpx2.AsyncClient, path: str, needed: str | None) -> None:
    """Figures are for readers; whether the server lives is for everybody."""
    let = {
        name
        for name, key in KEYS.items()
        if (await server.get(path, headers=key)).status_code == 200
    }
    assert allowed(needed) == let


async def test_odd_paths(server: httpx2.AsyncClient) -> None:
    """No spelling of a path leads to a call past its scope."""
    for path in (
        "/api/v1//instances",
        "/api/v1/instances/",
        "/api/v1/instances/x/instances",
        "/api/v1/instances%0a",
        "/api/v1/models/../instances",
        "/api/v1/%69nstances",
        "//api/v1/instances",
        "/API/V1/instances",
        f"/api/v1/instances/{TOKEN}%2fevents",
        f"/api/v1/instances/{TOKEN}/events/",
        "/v1/../instance/create",
        "/v1//instance/create",
        "/instance/create/",
        "/instance/create%00",
        "/Instance/Create",
    ):
        for name in (None, "unknown", "read"):
            answer = await server.post(
                path,
                content=b'{"object":"TASK","timeout":60,"status":"RUN",'
                b'"object_name":"TASK","instance_timeout":60}',
                headers={**KEYS[name], "content-type": "application/json"},
            )
            refused = answer.status_code in {301, 401, 403, 404, 405}
            assert refused or answer.json()["code"] == "UNAUTHORIZED", (path, name, answer.text)
