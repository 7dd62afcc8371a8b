"""The endpoints: paths, prefixes, dialects, bodies."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from statusek_server.endpoints import LARGEST_BODY, LARGEST_REFUSED_BODY, read_body
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import FakeClock, client, model_file

pytestmark = pytest.mark.anyio

ACCEPT_DATA = {"accept": "application/vnd.statusek.data+json"}
UNKNOWN = {"instance_token": "no-such-token", "status_name": "RUN"}
FLAT_ANSWER = (
    '{"code":"INSTANCE_TOKEN_IS_NOT_FOUND",'
    '"message":"ERROR: Instance token is not found","status":false}\n'
)
DATA_ANSWER = (
    '{"status":false,"message":"ERROR: Instance token \'no-such-token\' is not found",'
    '"code":"INSTANCE_TOKEN_IS_NOT_FOUND","data":{}}\n'
)
PARSE_ERROR = (
    '{"code":"PARAMS_PARSING_IS_FAILED","message":"Error while parameters parsing",'
    '"status":false}\n'
)
ONLY_IN_DATA = ["/status/checkStatusIsReadyToSet", "/status/setGlobalStatus", "/about"]
NOT_FOUND = (404, "text/plain; charset=utf-8", "404 page not found\n")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client(tmp_path, clock=FakeClock()) as talking:
        yield talking


def seen(response: httpx2.Response) -> tuple[int, str, str]:
    return response.status_code, response.headers["content-type"], response.text


@pytest.mark.parametrize(
    ("prefix", "headers", "dialect", "expected"),
    [
        ("", {}, "flat", FLAT_ANSWER),
        ("", {}, "data", DATA_ANSWER),
        ("", ACCEPT_DATA, "flat", DATA_ANSWER),
        ("", {"accept": "text/html, application/vnd.statusek.data+json;q=1"}, "flat", DATA_ANSWER),
        ("", {"accept": "Application/Vnd.Statusek.Data+JSON"}, "flat", DATA_ANSWER),
        ("", {"accept": "application/json"}, "flat", FLAT_ANSWER),
        ("/v1", {}, "data", FLAT_ANSWER),
        ("/v1", ACCEPT_DATA, "data", FLAT_ANSWER),
        ("/v2", {}, "flat", DATA_ANSWER),
    ],
)
async def test_the_dialect_of_an_answer(
    prefix: str, headers: dict[str, str], dialect: str, expected: str, tmp_path: Path
) -> None:
    """The prefix decides, then what the client accepts, then the setting."""
    async with client(tmp_path, dialect=dialect) as server:
        response = await server.post(
            f"{prefix}/instance/checkIsFinished", json=UNKNOWN, headers=headers
        )
    assert (200, "application/json", expected) == seen(response)


@pytest.mark.parametrize("path", ["/", "/v1/", "/v2/"])
async def test_home(server: httpx2.AsyncClient, path: str) -> None:
    """The root says hello as text."""
    expected = (200, "text/plain; charset=utf-8", "Welcome home!")
    assert expected == seen(await server.get(path))


@pytest.mark.parametrize("path", ONLY_IN_DATA)
async def test_what_flat_lacks(server: httpx2.AsyncClient, path: str) -> None:
    """Paths that the flat dialect lacks are not found, unless data is what the client accepts."""
    body = json.dumps(UNKNOWN)
    assert NOT_FOUND == seen(await server.post(path, content=body))
    assert NOT_FOUND == seen(await server.post("/v1" + path, content=body, headers=ACCEPT_DATA))
    for response in (
        await server.post(path, content=body, headers=ACCEPT_DATA),
        await server.post("/v2" + path, content=body),
    ):
        assert 200 == response.status_code
        assert {"status", "message", "code", "data"} == set(response.json())


@pytest.mark.parametrize("path", ["/nothing", "/instance", "/instance/create/x", "/v1", "/v3/"])
async def test_unknown_paths(server: httpx2.AsyncClient, path: str) -> None:
    """A path that nobody knows is not found, said as text."""
    assert NOT_FOUND == seen(await server.get(path))
    assert NOT_FOUND == seen(await server.post(path, content=b"{}"))


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/instance/create/", "/instance/create"),
        ("/v2/about/", "/v2/about"),
        ("/event/getEvents/?a=1&b=%20", "/event/getEvents?a=1&b=%20"),
    ],
)
async def test_trailing_slashes(server: httpx2.AsyncClient, path: str, location: str) -> None:
    """A slash too many is answered with where to go, as original servers do."""
    response = await server.post(path, content=b"{}")
    assert (301, location, b"") == (
        response.status_code,
        response.headers["location"],
        response.content,
    )
    assert NOT_FOUND == seen(await server.get("/about/"))


async def test_about(server: httpx2.AsyncClient) -> None:
    """What the server is needs no body, and tells the version of the service that it speaks."""
    for response in (await server.get("/v2/about"), await server.post("/v2/about", content=b"x")):
        assert (
            '{"status":true,"message":"","code":"SUCCESS","data":{"db_version":"2.7.2",'
            '"home page":"https://github.com/aleksaan/statusek"}}\n'
        ) == response.text


async def test_a_global_status_is_kept(place: Place, tmp_path: Path) -> None:
    """A status of no instance is taken, whatever its name."""
    async with client(tmp_path, database=place.url) as server:
        response = await server.post(
            "/v2/status/setGlobalStatus",
            json={"status_name": "MAINTENANCE", "status_message": "at noon"},
        )
    assert {"status": True, "message": "", "code": "SUCCESS", "data": {}} == response.json()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_any_method(server: httpx2.AsyncClient, method: str) -> None:
    """Original servers do not look at the method; without parameters there is nothing to do."""
    response = await server.request(method, "/instance/create")
    assert (200, "application/json", PARSE_ERROR) == seen(response)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", None])
async def test_any_content_type(server: httpx2.AsyncClient, content_type: str | None) -> None:
    """What a body calls itself does not matter."""
    headers = {"content-type": content_type} if content_type else {}
    response = await server.post(
        "/instance/checkIsFinished", content=json.dumps(UNKNOWN), headers=headers
    )
    assert FLAT_ANSWER == response.text


async def test_a_body_up_to_the_limit(server: httpx2.AsyncClient) -> None:
    """The largest body is read."""
    body = json.dumps(UNKNOWN).encode()
    response = await server.post(
        "/instance/checkIsFinished", content=body + b" " * (LARGEST_BODY - len(body))
    )
    assert FLAT_ANSWER == response.text
    assert "connection" not in response.headers


async def test_a_body_over_the_limit(server: httpx2.AsyncClient) -> None:
    """A larger one is refused as parameters are, and the connection ends."""
    body = json.dumps(UNKNOWN).encode()
    response = await server.post(
        "/instance/checkIsFinished", content=body + b" " * (LARGEST_BODY - len(body) + 1)
    )
    assert (200, "application/json", PARSE_ERROR) == seen(response)
    assert "close" == response.headers["connection"]


async def test_an_endless_body() -> None:
    """A body without an end is swallowed only so far, and never kept."""
    received = 0

    async def receive() -> dict[str, object]:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b" " * LARGEST_BODY, "more_body": True}

    assert None is await read_body(receive)
    assert LARGEST_REFUSED_BODY // LARGEST_BODY + 1 == received


async def test_a_sender_that_goes_away() -> None:
    """A body that breaks off is no body."""
    messages: AsyncIterator[dict[str, object]] = aiter(
        _messages(
            {"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}
        )
    )

    async def receive() -> dict[str, object]:
        return await anext(messages)

    assert None is await read_body(receive)


async def _messages(*messages: dict[str, object]) -> AsyncGenerator[dict[str, object]]:
    for message in messages:
        yield message


async def test_in_chunks(server: httpx2.AsyncClient) -> None:
    """A body that comes in pieces is one body."""

    async def pieces() -> AsyncGenerator[bytes]:
        for byte in json.dumps(UNKNOWN).encode():
            yield bytes([byte])

    response = await server.post("/instance/checkIsFinished", content=pieces())
    assert FLAT_ANSWER == response.text


async def test_beat_and_silence(place: Place, tmp_path: Path) -> None:
    """An instance that may not be silent lives while it gives signs of life, until its deadline."""
    clock = place.clock
    answers: list[str] = []
    async with client(tmp_path, clock=clock, database=place.url) as server:
        body = {"object_name": "TASK", "instance_timeout": 25, "instance_silence": 10}
        token = (await server.post("/instance/create", json=body)).json()["instance_token"]
        for path, seconds in (
            ("/instance/beat", 9),
            ("/status/setStatus", 9),
            ("/instance/beat", 6),
            ("/instance/checkIsFinished", 0),
            ("/instance/checkIsFinished", 1),
            ("/instance/beat", 0),
        ):
            clock.step(seconds)
            response = await server.post(path, json={"instance_token": token, "status_name": "RUN"})
            answers.append(response.json()["code"])
        unknown = await server.post("/instance/beat", json=UNKNOWN)
    assert [
        "SUCCESS",
        "SUCCESS",
        "SUCCESS",
        "INSTANCE_IS_NOT_FINISHED",
        "INSTANCE_IS_FINISHED",
        "INSTANCE_IS_FINISHED",
    ] == answers
    assert FLAT_ANSWER == unknown.text


SILENT = """
[[model]]
name = "SILENT"
timeout = 600
silence = 10
[[model.status]]
name = "RUN"
[[model.status]]
name = "END"
"""


@pytest.mark.parametrize(
    "body",
    [
        {"object_name": "TASK", "instance_timeout": 600, "instance_silence": 10},
        {"object_name": "SILENT"},
        {"object_name": "SILENT", "instance_silence": None},
    ],
)
async def test_silence_ends_an_instance_at_its_own_time(
    place: Place, tmp_path: Path, body: dict[str, object]
) -> None:
    """Silence, the caller's or the model's, counts from the last event, and the end is when it was
    too long."""
    clock = place.clock
    models = model_file(tmp_path, f"{SILENT}\n{SILENT.replace('SILENT', 'TASK')}")
    async with client(tmp_path, clock=clock, models=models, database=place.url) as server:
        token = (await server.post("/instance/create", json=body)).json()["instance_token"]
        clock.step(5)
        await server.post("/status/setStatus", json={"instance_token": token, "status_name": "RUN"})
        clock.step(100)
        instance = (await server.get(f"/api/v1/instances/{token}")).json()
    assert ("TIMEOUT", "2026-03-01T12:00:15.25Z") == (instance["reason"], instance["finished"])


@pytest.mark.parametrize("silence", [0, -1, 3155760001])
async def test_silence_of_no_length(server: httpx2.AsyncClient, silence: int) -> None:
    """A silence that is no positive number of seconds is refused."""
    body = {"object_name": "TASK", "instance_timeout": 600, "instance_silence": silence}
    response = await server.post("/instance/create", json=body)
    assert {
        "code": "INSTANCE_TIMEOUT_IS_INVALID",
        "instance_token": "",
        "message": f"ERROR: Instance silence is {silence} seconds, "
        "expected 1 to 3155760000 (a hundred years)",
        "status": False,
    } == response.json()
