"""The modern interface: models and instances as resources, problems as problems."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_server import StatusModel
from statusek_server.api.problems import HTTP_CODES
from statusek_server.api.queries import cursor_of, position_of
from statusek_server.api.routes import ROUTES, api
from statusek_server.endpoints import LARGEST_BODY
from statusek_server.errors import StorageError
from statusek_server.models import Status
from statusek_server.outcomes import Code
from statusek_server.service import Service
from statusek_server.storage.pages import Position
from statusek_server.storage.protocol import Storage
from statusek_server.versions import PublishedModel
from strategies.server_kit import START, FakeClock, client, model_file

pytestmark = pytest.mark.anyio

MODELS = """
[[model]]
name = "A/B 100% ü"
description = "A name that a URL must escape"
timeout = 600
silence = 60

[[model.status]]
name = "RUN"
description = "It runs"

[[model.status]]
name = "END"
after = ["RUN"]

[[model.status]]
name = "STOP"
type = "STOP-STATUS"

[[model]]
name = "PLAIN"

[[model.status]]
name = "RUN"
type = "OPTIONAL"
"""
NAME = "A/B 100% ü"
NO_NAME = {
    "title": "Not Found",
    "status": 404,
    "detail": "Object name '' is not found",
    "code": "OBJECT_NAME_IS_NOT_FOUND",
}


def bad(detail: str) -> dict[str, object]:
    return {
        "title": "Bad Request",
        "status": 400,
        "detail": detail,
        "code": "PARAMS_PARSING_IS_FAILED",
    }


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(tmp_path: Path, clock: FakeClock) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client(tmp_path, clock=clock, models=model_file(tmp_path, MODELS)) as talking:
        yield talking


async def created(server: httpx2.AsyncClient, *names: str) -> str:
    token: str = (await server.post("/instance/create", json={"object_name": NAME})).json()[
        "instance_token"
    ]
    for name in names:
        await server.post("/status/setStatus", json={"instance_token": token, "status_name": name})
    return token


async def test_models(server: httpx2.AsyncClient) -> None:
    """The models are listed in their order, with the numbers of their objects."""
    assert {
        "models": [
            {"id": 1, "name": NAME, "description": "A name that a URL must escape"},
            {"id": 2, "name": "PLAIN", "description": ""},
        ]
    } == (await server.get("/api/v1/models")).json()


async def test_a_model(server: httpx2.AsyncClient) -> None:
    """A model tells its statuses and edges, under its escaped name."""
    response = await server.get(f"/api/v1/models/{quote(NAME, safe='')}")
    assert {
        "id": 1,
        "name": NAME,
        "description": "A name that a URL must escape",
        "timeout": 600,
        "silence": 60,
        "statuses": [
            {
                "id": 1,
                "name": "RUN",
                "type": "MANDATORY",
                "description": "It runs",
                "after": [],
            },
            {"id": 2, "name": "END", "type": "MANDATORY", "description": "", "after": ["RUN"]},
            {"id": 3, "name": "STOP", "type": "STOP-STATUS", "description": "", "after": []},
        ],
        "edges": [["RUN", "END"]],
        "mermaid": (
            'flowchart TD\n    s1["RUN"]\n    s2["END"]\n    s3{{"STOP"}}\n    s1 --> s2\n'
        ),
    } == response.json()


async def test_an_open_instance(server: httpx2.AsyncClient) -> None:
    """An open instance tells what is set, what is missing and when it is due."""
    token = await created(server, "RUN")
    assert {
        "token": token,
        "object": NAME,
        "state": "open",
        "reason": None,
        "created": "2026-03-01T12:00:00.25Z",
        "deadline": "2026-03-01T12:10:00.25Z",
        "due": "2026-03-01T12:01:00.25Z",
        "finished": None,
        "set_statuses": ["RUN"],
        "missing_mandatory": ["END"],
    } == (await server.get(f"/api/v1/instances/{token}")).json()


async def test_a_finished_instance(server: httpx2.AsyncClient, clock: FakeClock) -> None:
    """A finished instance tells when and why, however late it is asked."""
    token = await created(server, "RUN")
    clock.step(5)
    await server.post("/status/setStatus", json={"instance_token": token, "status_name": "STOP"})
    clock.step(10_000)
    instance = (await server.get(f"/api/v1/instances/{token}")).json()
    assert (
        "finished",
        "STOP_STATUS_IS_SET",
        "2026-03-01T12:00:05.25Z",
        ["RUN", "STOP"],
        ["END"],
    ) == (
        instance["state"],
        instance["reason"],
        instance["finished"],
        instance["set_statuses"],
        instance["missing_mandatory"],
    )


async def test_a_timed_out_instance(server: httpx2.AsyncClient, clock: FakeClock) -> None:
    """The end of an instance that nobody asked about is the time it was due."""
    token = await created(server)
    clock.step(100_000)
    instance = (await server.get(f"/api/v1/instances/{token}")).json()
    assert ("finished", "TIMEOUT", "2026-03-01T12:01:00.25Z") == (
        instance["state"],
        instance["reason"],
        instance["finished"],
    )


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [
        (
            "GET",
            "/models/NO%20SUCH",
            {
                "title": "Not Found",
                "status": 404,
                "detail": "Object name 'NO SUCH' is not found",
                "code": "OBJECT_NAME_IS_NOT_FOUND",
            },
        ),
        (
            "GET",
            "/instances/NO/SUCH",
            {
                "title": "Not Found",
                "status": 404,
                "detail": "Instance token 'NO/SUCH' is not found",
                "code": "INSTANCE_TOKEN_IS_NOT_FOUND",
            },
        ),
        (
            "GET",
            "/instances/NO%0ASUCH/events",
            {
                "title": "Not Found",
                "status": 404,
                "detail": "Instance token 'NO\nSUCH' is not found",
                "code": "INSTANCE_TOKEN_IS_NOT_FOUND",
            },
        ),
        ("GET", "/nothing", {"title": "Not Found", "status": 404, "detail": "Not Found"}),
        ("GET", "/models/", NO_NAME),
        ("GET", "/stream/", {"title": "Not Found", "status": 404, "detail": "Not Found"}),
        ("GET", "/instances?limit=0", bad("'limit' is 0; expected 1 to 200")),
        ("GET", "/instances?limit=201", bad("'limit' is '201'; expected a number up to 200")),
        ("GET", "/instances?limit=-1", bad("'limit' is '-1'; expected a number up to 200")),
        ("GET", "/instances?limit=1&limit=2", bad("'limit' is given more than once")),
        ("GET", "/instances?state=ended", bad("'state' is 'ended'; expected open or finished")),
        (
            "GET",
            "/instances?reason=",
            bad(
                "'reason' is ''; expected TIMEOUT or STOP_STATUS_IS_SET"
                " or ALL_MANDATORY_STATUSES_ARE_SET"
            ),
        ),
        (
            "GET",
            "/instances?%FC=1",
            bad(
                "'\\ufffd' is not known here; expected"
                " object, state, reason, status, min_age, max_age, cursor, limit"
            ),
        ),
        (
            "GET",
            f"/instances?max_age={70 * '1'}",
            bad(f"'max_age' is '{60 * '1'}\\u2026'; expected a number up to 3155760000"),
        ),
    ],
)
async def test_problems(
    server: httpx2.AsyncClient, method: str, path: str, problem: dict[str, object]
) -> None:
    """What is not there, or not understood, is a problem with its HTTP code."""
    response = await server.request(method, f"/api/v1{path}")
    assert (problem["status"], "application/problem+json", problem) == (
        response.status_code,
        response.headers["content-type"],
        response.json(),
    )
    assert ("allow" in response.headers) == (method == "DELETE")


@pytest.mark.parametrize("path", ROUTES)
async def test_methods(server: httpx2.AsyncClient, path: str) -> None:
    """A method that a path does not have is refused, with those that it has."""
    response = await server.patch("/api/v1" + path.replace(":path", "").format(name="a", token="b"))
    assert (405, "application/problem+json", "Method Not Allowed") == (
        response.status_code,
        response.headers["content-type"],
        response.json()["detail"],
    )
    allowed = set(response.headers["allow"].split(", "))
    assert {*ROUTES[path]} == allowed - {"HEAD"}


BOTH = ["/instances", "/instances/{token}/events"]


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "The body is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff", "The body is not JSON: "),
        (b"NaN", "The body is not JSON: NaN is no number"),
        (100_000 * b"[", "The body is not JSON: "),
        (b'{"timeout":' + 5000 * b"9" + b"}", "The body is not JSON: "),
        (b"[]", "The body is not a JSON object"),
        (b'{"colour":1}', "'colour' is not known here; expected "),
        (b'{"\\ud800":1}', "'\\ud800' is not known here; expected "),
        (b"{}", " is missing; expected a string"),
        (b'{"KEY":null}', " is not a string"),
        (b'{"KEY":"\\ud800"}', " holds half a pair of surrogates"),
    ],
)
async def test_bodies_that_are_none(
    server: httpx2.AsyncClient, path: str, content: bytes, detail: str
) -> None:
    """A body that does not say what it should is refused, with what is wrong."""
    key = b"object" if path == "/instances" else b"status"
    response = await server.post(
        f"/api/v1{path.format(token=await created(server))}",
        content=content.replace(b"KEY", key),
        headers={"content-type": "application/json; charset=utf-8"},
    )
    problem = response.json()
    assert (400, "PARAMS_PARSING_IS_FAILED", True) == (
        response.status_code,
        problem["code"],
        detail in problem["detail"],
    )


@pytest.mark.parametrize("path", BOTH)
async def test_other_bodies(server: httpx2.AsyncClient, path: str) -> None:
    """A body of another type, of no type or too large is refused with its own code."""
    url = f"/api/v1{path.format(token=await created(server))}"
    responses = [
        await server.post(url, content=b"{}", headers={"content-type": "text/plain"}),
        await server.post(url, content=b"{}"),
        await server.post(
            url, content=b" " * (LARGEST_BODY + 1), headers={"content-type": "application/json"}
        ),
    ]
    assert [
        (415, "The body is text/plain; expected application/json", "application/json", None),
        (415, "The body is of no type; expected application/json", "application/json", None),
        (413, "The body is too large; expected at most 1048576 bytes", None, "close"),
    ] == [
        (
            response.status_code,
            response.json()["detail"],
            response.headers.get("accept-post"),
            response.headers.get("connection"),
        )
        for response in responses
    ]


@pytest.mark.parametrize(
    ("body", "code", "refusal"),
    [
        ({"object": "NO SUCH"}, 404, "OBJECT_NAME_IS_NOT_FOUND"),
        ({"object": "PLAIN"}, 400, "INSTANCE_TIMEOUT_IS_INVALID"),
        ({"object": NAME, "timeout": 0}, 400, "INSTANCE_TIMEOUT_IS_INVALID"),
        ({"object": NAME, "timeout": 1e308}, 400, "INSTANCE_TIMEOUT_IS_INVALID"),
        ({"object": NAME, "timeout": "60"}, 400, "PARAMS_PARSING_IS_FAILED"),
        ({"object": NAME, "timeout": True}, 400, "PARAMS_PARSING_IS_FAILED"),
        ({"object": NAME, "silence": 1.5}, 400, "PARAMS_PARSING_IS_FAILED"),
    ],
)
async def test_what_cannot_be_created(
    server: httpx2.AsyncClient, body: dict[str, object], code: int, refusal: str
) -> None:
    """An instance that cannot be is refused with a code for programs."""
    response = await server.post("/api/v1/instances", json=body)
    assert (code, refusal) == (response.status_code, response.json()["code"])


async def test_creating(server: httpx2.AsyncClient) -> None:
    """A new instance is where its answer says, with the times that were asked for."""
    response = await server.post(
        "/api/v1/instances", json={"object": NAME, "timeout": 300.0, "silence": 20}
    )
    body = response.json()
    assert (201, {"token", "object"}, NAME) == (response.status_code, set(body), body["object"])
    assert f"/api/v1/instances/{body['token']}" == response.headers["location"]
    instance = (await server.get(response.headers["location"])).json()
    assert (body["token"], "2026-03-01T12:05:00.25Z", "2026-03-01T12:00:20.25Z") == (
        instance["token"],
        instance["deadline"],
        instance["due"],
    )


async def test_setting(server: httpx2.AsyncClient, clock: FakeClock) -> None:
    """A status that is set answers with itself; what the rules refuse is a conflict."""
    path = f"/api/v1/instances/{await created(server)}/events"
    answers: list[tuple[int, object]] = []
    for name in ("END", "RUN", "RUN", "NO SUCH", "STOP", "END"):
        response = await server.post(path, json={"status": name, "message": f"<{name}>"})
        body = response.json()
        answers.append((response.status_code, body.get("code") or body["message"]))
        clock.step(1)
    assert [
        (409, "NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET"),
        (201, "<RUN>"),
        (409, "STATUS_IS_ALREADY_SET"),
        (404, "STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT"),
        (201, "<STOP>"),
        (409, "INSTANCE_IS_FINISHED"),
    ] == answers
    run, stop = [
        {
            "number": number,
            "status": name,
            "type": kind,
            "description": description,
            "message": f"<{name}>",
            "created": f"2026-03-01T12:00:0{second}.25Z",
        }
        for number, name, kind, description, second in (
            (1, "RUN", "MANDATORY", "It runs", 1),
            (2, "STOP", "STOP-STATUS", "", 4),
        )
    ]
    for query, expected in (
        ("", {"events": [run, stop], "next": None}),
        ("?limit=1", {"events": [run], "next": 1}),
        ("?limit=1&after=1", {"events": [stop], "next": None}),
        ("?after=2", {"events": [], "next": None}),
        ("?after=77", {"events": [], "next": None}),
    ):
        assert expected == (await server.get(path + query)).json()


async def test_setting_where_there_is_nothing(server: httpx2.AsyncClient) -> None:
    """No status can be set in an instance that does not exist."""
    response = await server.post("/api/v1/instances/no-such/events", json={"status": "RUN"})
    assert (404, "INSTANCE_TOKEN_IS_NOT_FOUND") == (response.status_code, response.json()["code"])


async def listed(server: httpx2.AsyncClient, query: str) -> list[str]:
    """The tokens of a listing, page by page."""
    tokens: list[str] = []
    cursor = ""
    while True:
        response = await server.get(f"/api/v1/instances?limit=2&{query}{cursor}")
        page = response.json()
        tokens += [instance["token"] for instance in page["instances"]]
        if page["next"] is None:
            return tokens
        cursor = f"&cursor={page['next']}"


async def test_listing(server: httpx2.AsyncClient, clock: FakeClock) -> None:
    """Instances are listed by object, state, reason, age and status, newest first."""
    old = await created(server, "RUN", "STOP")
    clock.step(30)
    due = await created(server)
    clock.step(58)
    new = await created(server, "RUN")
    plain = (
        await server.post("/api/v1/instances", json={"object": "PLAIN", "timeout": 600})
    ).json()["token"]
    clock.step(2)
    for query, expected in (
        ("", [plain, new, due, old]),
        (f"object={quote(NAME, safe='')}", [new, due, old]),
        ("object=NO+SUCH", []),
        ("state=open", [plain, new]),
        ("state=finished", [due, old]),
        ("reason=TIMEOUT", [due]),
        ("status=RUN", [new, old]),
        ("status=RUN&state=open", [new]),
        ("max_age=60", [plain, new, due]),
        ("min_age=3", [due, old]),
        ("min_age=3&max_age=60&object=PLAIN", []),
    ):
        assert expected == await listed(server, query), query
    [instance, *_] = (await server.get("/api/v1/instances?status=STOP")).json()["instances"]
    assert instance == (await server.get(f"/api/v1/instances/{old}")).json()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "2026-03-01T12:00:00+00:00",
        "2026-03-01 12:00:00+00:00 1",
        "2026-03-01T12:00:00 1",
        "2026-03-01T12:00:00+01:00 1",
        "0001-01-01T00:00:00+05:00 1",
        "9999-12-31T23:59:59-05:00 1",
        "2026-03-01T12:00:00+00:00 a\0b",
    ],
)
async def test_a_cursor_that_is_none(server: httpx2.AsyncClient, text: str) -> None:
    """A text that no page has told is no cursor."""
    for cursor in (text, urlsafe_b64encode(text.encode()).decode().rstrip("=")):
        response = await server.get("/api/v1/instances", params={"cursor": cursor})
        assert (400, "'cursor' is not one that a page has told as its 'next'") == (
            response.status_code,
            response.json()["detail"],
        )


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
)
def test_cursors(moment: datetime, token: str) -> None:
    """Every position is the one that its cursor says."""
    position = Position(moment, token)
    assert position == position_of(cursor_of(position))


class DownStorage:
    """A storage that does nothing it is asked."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def fail(*_: object, **__: object) -> None:
            raise StorageError(f"{name}: away")

        return fail


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/instances", None),
        ("POST", "/instances", {"object": NAME}),
        ("GET", "/instances/x", None),
        ("GET", "/instances/x/events", None),
        ("POST", "/instances/x/events", {"status": "RUN"}),
        ("GET", "/instances/x/events/stream", None),
    ],
)
async def test_a_storage_in_trouble(method: str, path: str, body: object) -> None:
    """Trouble of the storage is a problem that says when to try again, never a fact."""
    published = PublishedModel(1, 1, StatusModel(NAME, [Status("RUN")], timeout=60), {}, START)
    service = Service(cast("Storage", DownStorage()), {NAME: published})
    transport = httpx2.ASGITransport(api(lambda _: service))
    async with httpx2.AsyncClient(transport=transport, base_url="http://statusek") as server:
        response = await server.request(method, path, json=body)
    assert (503, "1", "DATABASE_ERROR") == (
        response.status_code,
        response.headers["retry-after"],
        response.json()["code"],
    )


async def test_a_defect() -> None:
    """A defect of the server is a problem that tells nothing of its inside."""
    app = api(lambda scope: cast("Service", scope["no such thing"]))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://statusek") as server:
        response = await server.get("/models")
    assert (500, "application/problem+json", "The server failed; its log says why.") == (
        response.status_code,
        response.headers["content-type"],
        response.json()["detail"],
    )


def test_every_refusal_has_its_http_code() -> None:
    """No outcome that may refuse is without a code, so that none becomes a failure."""
    answers = {
        Code.SUCCESS,
        Code.INSTANCE_IS_NOT_FINISHED,
        Code.STATUS_IS_SET,
        Code.STATUS_IS_NOT_SET,
    }
    assert set(Code) - answers == set(HTTP_CODES)
