"""The description of the modern interface, held against what the server does.

Requests are generated from the description, right ones and wrong ones; every answer must be one
that it describes, in status, headers and body.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

import httpx2
import pytest
import schemathesis
from hypothesis import settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from statusek_server.api.problems import HTTP_CODES
from statusek_server.api.queries import DEFAULT_LIMIT, LARGEST_LIMIT
from statusek_server.api.routes import ROUTES
from statusek_server.models import LONGEST_TIMEOUT
from strategies.server_kit import client, model_file, running


def _closed(schema: object) -> object:
    """Return a schema in which what is not described is wrong."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if "properties" in schema else closed


DOCUMENT: Final[dict[str, Any]] = json.loads(
    (files("statusek_server") / "api/openapi.json").read_text("utf-8")
)
CLOSED: Final = schemathesis.openapi.from_dict(cast("dict[str, Any]", _closed(DOCUMENT)))
STATUSES: Final = ["RUN", "FINISHED", "FAILED"]


MODELS: Final = """
[[model]]
name = "TIMED"
timeout = 600

[[model.status]]
name = "RUN"

[[model.status]]
name = "FINISHED"
after = ["RUN"]

[[model.status]]
name = "FAILED"
type = "STOP-STATUS"
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in a process of its own."""
    folder = tmp_path_factory.mktemp("openapi")
    with running(folder, "--models", str(model_file(folder, MODELS))) as process:
        yield f"{process.url}/api/v1"


@pytest.fixture(scope="module")
def tokens(url: str) -> list[str]:
    """Instances: an open one, a finished one, and one to set statuses in."""
    with httpx2.Client(base_url=url) as server:
        found = [
            server.post("/instances", json={"object": "TIMED"}).json()["token"] for _ in range(3)
        ]
        for name in ("RUN", "FAILED"):
            server.post(f"/instances/{found[1]}/events", json={"status": name})
        return found


@CLOSED.exclude(path_regex="stream").parametrize()
@settings(max_examples=30)
def test_generated_requests(case: schemathesis.Case[Any], url: str, tokens: list[str]) -> None:
    """Whatever is asked, the answer is described; wrong requests are refused, right ones done."""
    drawn = len(json.dumps([case.path_parameters, case.query, str(case.body)]))
    if "token" in case.path_parameters and drawn % 4:
        case.path_parameters["token"] = tokens[drawn % 3]
    # No schema can say which texts are cursors.
    case.query.pop("cursor", None)
    if isinstance(case.body, dict) and drawn % 2:
        for key, known in (("object", "TIMED"), ("status", STATUSES[drawn % 3])):
            if isinstance(case.body.get(key), str):
                case.body[key] = known
    if "Idempotency-Key" in case.headers:
        # No schema can say which keys were used before.
        case.headers["Idempotency-Key"] = str(uuid4())
    case.call_and_validate(base_url=url)


def test_what_is_described() -> None:
    """The description has the paths and methods that are served, and no others."""
    described = {
        path: {method.upper() for method in item if method in ("get", "post")}
        for path, item in DOCUMENT["paths"].items()
    }
    served = {path.replace(":path", ""): set(handlers) for path, handlers in ROUTES.items()}
    assert served == described


def test_codes() -> None:
    """The description has every code that a problem may have."""
    assert {code.value for code in HTTP_CODES} == set(
        DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    )


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_schemas(name: str) -> None:
    """Every schema is one by the standard that OpenAPI 3.1 refers to."""
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def test_bounds() -> None:
    """The bounds in the description are those of the server."""
    [limit] = [
        parameter["schema"]
        for parameter in DOCUMENT["paths"]["/instances"]["get"]["parameters"]
        if parameter["name"] == "limit"
    ]
    timeout = DOCUMENT["components"]["schemas"]["NewInstance"]["properties"]["timeout"]
    assert (DEFAULT_LIMIT, LARGEST_LIMIT, LONGEST_TIMEOUT) == (
        limit["default"],
        limit["maximum"],
        timeout["maximum"],
    )


@pytest.mark.anyio
async def test_it_is_served(tmp_path: Path) -> None:
    """The server tells the description of itself."""
    async with client(tmp_path) as server:
        response = await server.get("/api/v1/openapi.json")
    assert (DOCUMENT, "application/json") == (response.json(), response.headers["content-type"])
