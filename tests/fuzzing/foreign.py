"""Bodies for the readers of other formats, catalogues for `load_catalogue`, and what must hold.

Whatever comes, a reader returns a message that can be written, or raises a CsmError.
"""

from __future__ import annotations

import json
from functools import partial
from os import getpid
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any

from csm import (
    CsmError,
    MajorComponentType,
    MajorExternalComponentType,
    StatusMessage,
    StatusMessageSerializer,
    catalogue_sandbox,
    load_catalogue,
)
from csm.formats import FORMATS, read, write
from fuzzing.agreement import guarded, hold
from fuzzing.documents import Document, garbled, message, mutate
from fuzzing.values import odd, text, written

READABLE = tuple(name for name, each in FORMATS.items() if each.read)
"""The formats that can be read."""

KEYS = [
    "status",
    "components",
    "details",
    "checks",
    "conditions",
    "entries",
    "data",
    "items",
    "name",
]
KEYS += [
    "type",
    "reason",
    "message",
    "time",
    "notes",
    "csmStatus",
    "results",
    "description",
    "error",
]
KEYS += ["metadata", "lastTransitionTime", "observedGeneration", "output", "a:b", "db:csmStatus"]
WORDS = ["UP", "DOWN", "pass", "fail", "warn", "Healthy", "Degraded", "Unhealthy", "True", "False"]
WORDS += ["Unknown", "OUT_OF_SERVICE", "OK", "CRITICAL", "MELTED", "", "ok", "error"]


def body(rng: Random) -> Document:
    """Return a body for a format that can be read: a written one, changed, or made of its keys."""
    name = rng.choice(READABLE)
    if rng.random() < 0.5:
        source = _written(rng, name)
    else:
        source = written(_made(rng, 3), rng).encode("utf-8", "surrogatepass")
    return Document(name, source, {"format": name})


def _written(rng: Random, name: str) -> bytes:
    values = message(rng)
    found = StatusMessageSerializer.from_dict(values)
    data = write(found, name)[0]
    if rng.random() < 0.7:
        values = json.loads(data)
        for _ in range(rng.choice([0, 1, 1, 2])):
            mutate(values, rng)
        return written(values, rng).encode("utf-8", "surrogatepass")
    return garbled(data.decode(), rng).encode("utf-8", "surrogatepass")


def _made(rng: Random, levels: int) -> Any:  # noqa: ANN401
    kind = rng.randrange(8)
    if kind < 3 or not levels:
        return rng.choice(WORDS)
    if kind == 3:
        return odd(rng)
    if kind == 4:
        return [_made(rng, levels - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(KEYS): _made(rng, levels - 1) for _ in range(rng.randrange(5))}


def check_body(document: Document) -> bool:
    """Look whether a format's reader keeps its promise; see `agreement.check`."""
    name = document.options["format"]
    found = guarded(f"reading {name}", partial(read, document.source, name))
    if isinstance(found, CsmError):
        return False
    hold("a reader returns a message", found, holds=isinstance(found, StatusMessage))
    for each in FORMATS:
        again = guarded(f"writing {each}", partial(write, found, each))
        hold(f"what was read can be written as {each}", again, holds=isinstance(again, tuple))
    data = StatusMessageSerializer.to_json_bytes(found)
    keeping = StatusMessageSerializer(unknown_values="keep")
    hold("what was read round-trips", data, holds=found == keeping.from_json_bytes(data))
    return True


def catalogue(rng: Random) -> Document:
    """Return a TOML file, or nearly, with names, or nearly."""
    lines = [_line(rng) for _ in range(rng.randrange(4))]
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    if rng.random() < 0.2 and data:
        position = rng.randrange(len(data))
        data = data[:position] + rng.choice([b"\xff", b"\x00", b"\r", b'"', b"["]) + data[position:]
    return Document("TOML", data)


def _line(rng: Random) -> str:
    key = rng.choice(["major", "major", "major_external", "majors", '"major"', text(rng, 3)])
    if rng.random() < 0.1:
        return rng.choice(
            [f"[{key}]", f"[[{key}]]", f"{key}.a = 1", "#" + text(rng), "= 1", "[" * 999]
        )
    return f"{key} = {_toml(rng, 2)}"


def _toml(rng: Random, levels: int) -> str:
    kind = rng.randrange(9)
    if kind < 5 and levels:
        return "[" + ", ".join(_toml(rng, levels - 1) for _ in range(rng.randrange(4))) + "]"
    if kind < 7:
        return json.dumps(rng.choice(["BILLING", "A_1", "SIA", "a", "", "Ä", "A B", text(rng)]))
    others = [
        "1",
        "1.5",
        "nan",
        "inf",
        "true",
        "{}",
        "{a = 1}",
        "2015-07-16T16:28:28Z",
        "'x'",
        '"""',
    ]
    return rng.choice([*others, "2015-07-16", "00:00:00", "[" * 3_000, "{a=" * 3_000, "9" * 5_000])


def check_catalogue(document: Document) -> bool:
    """Look whether a catalogue is loaded completely, or not at all and with a CsmError."""
    path = Path(gettempdir()) / f"catalogue-{getpid()}.toml"
    source = document.source
    path.write_bytes(
        source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    )
    try:
        with catalogue_sandbox():
            before = _names()
            found = guarded("load_catalogue", partial(load_catalogue, path))
            if found is None:
                return True
            hold("a wrong catalogue adds nothing", found, holds=before == _names())
            return False
    finally:
        path.unlink()


def _names() -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(each.__members__) for each in (MajorComponentType, MajorExternalComponentType)
    )
