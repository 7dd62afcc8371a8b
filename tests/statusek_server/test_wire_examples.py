"""The wire examples that every party runs: the server answers so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2
import pytest

import wire_examples
from strategies.databases import KINDS, Kind, place_of
from strategies.server_kit import client
from wire_examples import Dialect, Dialogue

MODELS = wire_examples.FOLDER / "models.toml"
ACCEPT = {"accept": "application/vnd.statusek.data+json"}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", ["flat", "data"])
@pytest.mark.parametrize(
    "dialogue", list(wire_examples.every_dialogue()), ids=lambda d: str(d.name)
)
async def test_dialogues(dialogue: Dialogue, dialect: Dialect, kind: Kind, tmp_path: Path) -> None:
    """Every step of a dialogue is answered as it stands there, byte for byte."""
    token = ""
    with place_of(kind, tmp_path) as place:
        clock = place.clock
        async with client(
            tmp_path, clock=clock, dialect=dialect, models=MODELS, database=place.url
        ) as server:
            for step in dialogue.steps:
                if not step.exists_in(dialect):
                    continue
                clock.step(step.after_seconds)
                response = await server.post(step.path, content=step.request(token))
                if created := re.search(r'"instance_token":"([^"]+)"', response.text):
                    token = created[1]
                assert re.fullmatch(
                    wire_examples.pattern(step.answer(dialect, token)), response.text
                )
                assert (200, "application/json") == (
                    response.status_code,
                    response.headers["content-type"],
                )


PATHS = [
    "/instance/create",
    "/instance/checkIsFinished",
    "/instance/beat",
    "/status/setStatus",
    "/status/checkStatusIsSet",
    "/event/getEvents",
]


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["flat", "data"])
async def test_bad_requests(dialect: Dialect, tmp_path: Path) -> None:
    """A body that is no request gets the parse error of the dialect, from every call."""
    cases = wire_examples.load("bad_requests")
    expected = wire_examples.on_the_wire(cases[dialect], cases["code"], dialect)
    expectations: list[tuple[str, str, str]] = []
    answers: list[tuple[str, str, str]] = []
    async with client(tmp_path, dialect=dialect, models=MODELS) as server:
        for case in cases["bodies"]:
            body = case["body"] if "body" in case else case["repeat"][0] * case["repeat"][1]
            for path in PATHS:
                response = await server.post(path, content=body.encode())
                answers.append((case["what"], path, response.text))
                expectations.append((case["what"], path, expected))
        assert await _still_there(server)
    assert expectations == answers


async def _still_there(server: httpx2.AsyncClient) -> bool:
    body = json.dumps({"object_name": "TASK", "instance_timeout": 1})
    return '"SUCCESS"' in (await server.post("/instance/create", content=body)).text
