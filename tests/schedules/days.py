"""Bad days: what becomes of each request on its way, drawn beforehand from a seed.

A fate says whether the server does what it is asked (at once, never, or only later), and what comes
back. How that looks on a wire is in `wires`.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

import attrs

from schedules.world import ANOTHER, NAMES, World

Fate = Literal[
    "well",
    "refused",  # the connection does not open
    "dropped before",  # the connection ends, and nothing was done
    "dropped after",  # the same, and it was done
    "late",  # it is done, and the answer comes when nobody waits any more
    "delayed",  # nobody waits any more when the request arrives
    "reset",  # it is done, and the connection breaks
    "half",  # it is done, and the answer ends in its middle
    "garbage",  # it is done, and the answer is none
    "long lie",  # it is done, and Content-Length says more than comes
    "short lie",  # it is done, and Content-Length says less
    "drip",  # it is done, and the answer comes byte by byte, too slowly
    "gateway before",  # a proxy's page, and nothing was done
    "gateway after",  # the same, and it was done
    "redirect",  # to somewhere else; nothing was done
    "storage",  # trouble with the storage; nothing was done
    "denial",  # "not found" of what is there
    "twice",  # a proxy sends it again by itself, and the second answer comes
    "lost success",  # answered as done, and not done
]

_DOES: Final = frozenset(
    (
        "well",
        "late",
        "reset",
        "half",
        "garbage",
        "long lie",
        "short lie",
        "drip",
        "twice",
        "gateway after",
        "dropped after",
    )
)
_TROUBLES: Final[tuple[Fate, ...]] = (
    "refused",
    "dropped before",
    "dropped after",
    "late",
    "delayed",
    "reset",
    "half",
    "garbage",
    "long lie",
    "short lie",
    "drip",
    "gateway before",
    "gateway after",
    "redirect",
    "storage",
    "denial",
)


@attrs.define
class Request:
    """What has arrived."""

    path: str
    body: Mapping[str, str]
    key: str

    @classmethod
    def of(cls, path: str, body: bytes, key: str) -> Request:
        return cls(path, json.loads(body or b"{}"), key)


@attrs.define
class Day:
    """How a server and the way to it fare: the fates of the requests, in order, and others' doings.

    `harm` is how probable trouble is; `company` how probable it is that another service sets a
    status before a request arrives; `loses` whether the server loses what it has acknowledged.
    """

    world: World
    chance: random.Random
    harm: float
    company: float
    loses: bool = False
    is_calm: bool = False
    fates: Counter[str] = attrs.field(factory=Counter)
    pending: list[Request] = attrs.field(factory=list)
    last: str = "well"
    answered: set[str] = attrs.field(factory=set)

    def fate(self, request: Request) -> tuple[Fate, bytes | None]:
        """Let one request meet its fate; return that, and the body of the server's answer."""
        self._others(request)
        self._arrivals()
        fate = self._drawn(request)
        self.fates[fate] += 1
        self.last = fate
        (self.answered.add if fate in ("well", "twice") else self.answered.discard)(request.key)
        if fate == "delayed":
            self.pending.append(request)
        if fate == "storage":
            return fate, self.world.trouble()
        if fate == "denial":
            return fate, self.world.denial(request.body.get("instance_token", ""))
        if fate == "lost success":
            return fate, self._success(request)
        answer = self._do(request) if fate in _DOES else None
        return fate, self._do(request) if fate == "twice" else answer

    def end(self) -> None:
        """Let everything arrive that is still on its way."""
        while self.pending:
            self._do(self.pending.pop(0))

    def _do(self, request: Request) -> bytes | None:
        return self.world.answer(request.path, dict(request.body), request.key)

    def _drawn(self, request: Request) -> Fate:
        if self.is_calm or self.chance.random() >= self.harm:
            is_set = request.path == "/status/setStatus"
            if self.loses and is_set and not self.is_calm and self.chance.random() < 0.2:
                return "lost success"
            # Where keys are kept, a proxy may send twice what it likes.
            is_twice = self.world.kind == "ours" and self.chance.random() < 0.1
            return "twice" if is_twice and not self.is_calm else "well"
        fate = self.chance.choice(_TROUBLES)
        lies = fate == "denial" or (fate == "storage" and self.world.kind == "2020")
        # One lie about what exists is looked through; who lies twice is believed.
        if lies and (self.last in ("denial", "storage") or request.path == "/instance/create"):
            return "dropped before"
        return fate

    def _others(self, request: Request) -> None:
        instance = self.world.instances.get(request.body.get("instance_token", ""))
        if instance is not None and not self.is_calm and self.chance.random() < self.company:
            self.world.set(instance, self.chance.choice(NAMES), f"{ANOTHER} {self.world.ticks}")

    def _arrivals(self) -> None:
        if self.pending and self.chance.random() < 0.5:
            self._do(self.pending.pop(0))

    def _success(self, request: Request) -> bytes | None:
        kept = World(self.world.kind, random.Random(0))
        instance = kept.created("")
        return kept.answer(
            request.path,
            {"instance_token": instance.token, "status_name": "RUN"},
            request.key,
        )
