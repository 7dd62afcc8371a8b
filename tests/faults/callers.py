"""Callers: clients that remember what they were told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from benchmarks.server.load import post
from benchmarks.server.process import Process
from benchmarks.server.talk import Talk
from statusek_server import StatusModel
from statusek_server.models import Status
from strategies.server_kit import model_file, toml_of

LETTERS: Final = "ABCDEFGH"
WIDE: Final = StatusModel("WIDE", [Status(letter) for letter in LETTERS])
LINE: Final = StatusModel(
    "LINE", [Status("A"), Status("B", after=("A",)), Status("C", after=("B",))]
)


def models(folder: Path) -> tuple[str, str]:
    """The flags of a server with the models of the callers."""
    return "--models", str(model_file(folder, toml_of([WIDE, LINE])))


async def connected(server: Process) -> Talk:
    return Talk(*await asyncio.open_connection(server.host, server.port))


async def call(talk: Talk, path: str, **body: object) -> dict[str, Any]:
    """The answer to a call."""
    answer: dict[str, Any] = json.loads(await talk.ask(post(path, **body)))
    return answer


async def created(talk: Talk, name: str) -> str:
    answer = await call(talk, "/instance/create", object_name=name, instance_timeout=3600)
    return str(answer["instance_token"])


@define
class Callers:
    """Callers that do jobs, whatever happens to the server, until they are told to stop.

    Attributes:
        acknowledged: What was answered with success: tokens and statuses.
        refused: Calls that were answered as a trouble of the storage.
        broken: Connections that ended.
        wrong: Answers that must not be.
    """

    server: Process
    count: int = 8
    acknowledged: set[tuple[str, str]] = field(factory=set)
    refused: int = 0
    broken: int = 0
    wrong: list[str] = field(factory=list)
    _stop: asyncio.Event = field(factory=asyncio.Event)

    async def run(self, *, forever: bool = False) -> None:
        """Do jobs until the server is gone, or, where that is wanted, until stopped."""
        await asyncio.gather(*(self._one(forever=forever) for _ in range(self.count)))

    def stop(self) -> None:
        self._stop.set()

    async def _one(self, *, forever: bool) -> None:
        while not self._stop.is_set():
            with suppress(OSError, asyncio.IncompleteReadError):
                talk = await connected(self.server)
                try:
                    while not self._stop.is_set():
                        await self._job(talk)
                finally:
                    talk.writer.transport.abort()
            if self._stop.is_set() or not forever:
                return
            self.broken += 1
            await asyncio.sleep(0.05)

    async def _job(self, talk: Talk) -> None:
        answer = await call(talk, "/instance/create", object_name="LINE", instance_timeout=3600)
        if not self._is_done(answer):
            await asyncio.sleep(0.01)
            return
        for name in "ABC":
            token = answer["instance_token"]
            done = await call(talk, "/status/setStatus", instance_token=token, status_name=name)
            if not self._is_done(done):
                return
            self.acknowledged.add((token, name))

    def _is_done(self, answer: dict[str, Any]) -> bool:
        if answer["code"] == "DATABASE_ERROR":
            self.refused += 1
        elif answer["code"] != "SUCCESS":
            self.wrong.append(str(answer))
        return bool(answer["code"] == "SUCCESS")


def lost(acknowledged: Iterable[tuple[str, str]], stored: Iterable[tuple[str, str]]) -> int:
    """How many acknowledged statuses are not stored."""
    return len(set(acknowledged) - set(stored))
