"""The recordings of two original servers, replayed: asked the same, ours answers the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest

from statusek_server import StatusModel
from statusek_server.models import Status, StatusType
from strategies.databases import KINDS, Kind, place_of
from strategies.server_kit import client, model_file, toml_of

Json = dict[str, Any]
Dialect = Literal["flat", "data"]

RECORDINGS: dict[Dialect, tuple[str, str]] = {
    "flat": ("flat-2020-06.jsonl", "models-2020-06.json"),
    "data": ("data-2.7.2.jsonl", "models-2.7.2.json"),
}

UNLISTED_MODELS = {
    # One scenario of 2.7.2 uses a model that the list of its models does not have.
    "data": [StatusModel("X 1-POINT", [Status("FINISHED")])],
    "flat": [],
}

FINISHED_BY = (
    # The original prints the name of its placeholder where ours names the reason.
    re.compile(r"is finished by '(?:\\u003cInstanceIsFinishedDescription\\u003e|[A-Z_]+)'"),
    "is finished by '…'",
)
IGNORED = (
    FINISHED_BY,
    (re.compile(r'"code":"[A-Z_]+",'), ""),  # ours beyond the originals
    (re.compile(r'"(\w*ID)":\d+'), r'"\1":0'),  # identifiers are those of the recording
    (re.compile(r'"(CreatedAt|UpdatedAt|EventCreationDt)":"[^"]+Z"'), r'"\1":"…"'),
)
"""What the comparison does not look at, each with its reason."""

# The data dialect is JSON, and ours says so; the original calls it text.
CONTENT_TYPES = {"text/plain; charset=utf-8": "application/json"}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prefixed", [False, True], ids=["at the root", "under its prefix"])
@pytest.mark.parametrize("dialect", ["flat", "data"])
async def test_every_recorded_exchange(
    dialect: Dialect, prefixed: bool, kind: Kind, shared: Path, tmp_path: Path
) -> None:
    """Every exchange with an original server comes out the same, byte for byte."""
    recording, models = (shared / "wire" / name for name in RECORDINGS[dialect])
    path = model_file(tmp_path, toml_of([*_models(models), *UNLISTED_MODELS[dialect]]))
    prefix = {"flat": "/v1", "data": "/v2"}[dialect] if prefixed else ""
    other = "data" if dialect == "flat" else "flat"
    root = other if prefixed else dialect
    tokens: dict[str, str] = {}
    exchanges = [json.loads(line) for line in recording.read_text("utf-8").split("\n") if line]
    differences: list[tuple[Json, object, object]] = []
    with place_of(kind, tmp_path) as place:
        clock = place.clock
        async with client(
            tmp_path, clock=clock, dialect=root, models=path, database=place.url
        ) as server:
            for exchange in exchanges:
                clock.step(_seconds_before(exchange))
                response = await _ask(server, exchange, prefix, tokens)
                _remember_token(exchange, response, tokens)
                expected = _recorded(exchange, tokens)
                actual = _answered(response)
                if expected != actual:
                    differences.append((exchange, expected, actual))
    assert [] == differences
    assert len(exchanges) > 200


async def _ask(
    server: httpx2.AsyncClient, exchange: Json, prefix: str, tokens: dict[str, str]
) -> httpx2.Response:
    body = exchange.get("request_body")
    content = None if body is None else _with_tokens(body, tokens).encode()
    return await server.request(exchange["method"], prefix + exchange["path"], content=content)


def _models(path: Path) -> Iterator[StatusModel]:
    for model in json.loads(path.read_text("utf-8")):
        after: dict[str, list[str]] = {}
        for previous, name in model["edges"]:
            after.setdefault(name, []).append(previous)
        yield StatusModel(
            model["name"],
            [
                Status(name, StatusType(kind), description, tuple(after.get(name, ())))
                for name, kind, description in model["statuses"]
            ],
        )


def _seconds_before(exchange: Json) -> float:
    found = re.search(r"([\d.]+) s later", exchange["step"])
    return float(found[1]) if found else 0.01


def _remember_token(exchange: Json, response: httpx2.Response, tokens: dict[str, str]) -> None:
    recorded = re.search(r'"instance_token":"([^"]+)"', exchange["response_body"])
    ours = re.search(r'"instance_token":"([^"]+)"', response.text)
    if recorded and ours:
        tokens[recorded[1]] = ours[1]


def _with_tokens(text: str, tokens: dict[str, str]) -> str:
    for recorded, ours in tokens.items():
        text = text.replace(recorded, ours)
    return text


def _recorded(exchange: Json, tokens: dict[str, str]) -> tuple[int, str, str]:
    content_type = exchange["content_type"]
    if exchange["response_body"].startswith("{"):
        content_type = CONTENT_TYPES.get(content_type, content_type)
    body = _with_tokens(exchange["response_body"], tokens)
    return exchange["http_status"], content_type, _comparable(body)


def _answered(response: httpx2.Response) -> tuple[int, str, str]:
    return response.status_code, response.headers["content-type"], _comparable(response.text)


def _comparable(body: str) -> str:
    for pattern, replacement in IGNORED:
        body = pattern.sub(replacement, body)
    return body
