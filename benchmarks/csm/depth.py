"""Texts nested so deep that a careless reader crashes: is each refused with a clear error?

Only the texts and the question live here; a process of its own answers it, because a crash would
take everything with it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from csm import CsmDecodeError, StatusMessageSerializer
from csm.codec.options import EngineName

LEVELS = 100_000
RECURSION_LIMITS = (1_000, 1_000_000)
"""Python's own, and one at which its readers run out of stack instead."""

_ROOT = Path(__file__).resolve().parents[2]
_COMPONENT = '"component":{"componentType":"GENERAL","componentName":"db"}'
_MESSAGE = f'{{{_COMPONENT},"status":"OK","epochSecondsTimestamp":0'
_NOTE = '{"title":"x","actionImportance":"LOW"'


def hostile_texts() -> Iterator[tuple[str, str]]:
    """Texts with so many levels in known and in unknown places, by name; closed, and cut off."""
    yield from _closed_and_cut("sub-statuses", _MESSAGE + ',"subStatuses":[', _MESSAGE + "}", "]}")
    for what, opening, closing in (("arrays", "[", "]"), ("objects", '{"a":', "}")):
        yield from _closed_and_cut(f"nothing but {what}", opening, "1", closing)
        for where, before, after in (
            ("an unknown key", f'{_MESSAGE},"x":', "}"),
            ("an unknown key of a note", f'{_MESSAGE},"notes":[{_NOTE},"x":', "}]}"),
            ("the place of a text", f'{_MESSAGE},"notes":[{_NOTE},"detail":', "}]}"),
            ("the place of a component", '{"component":', ',"status":"OK"}'),
            ("the place of an array", f'{_MESSAGE},"notes":', "}"),
        ):
            for name, text in _closed_and_cut(f"{what} in {where}", opening, "1", closing):
                yield name, before + text + after


def _closed_and_cut(name: str, opening: str, core: str, closing: str) -> Iterator[tuple[str, str]]:
    yield name, opening * LEVELS + core + closing * LEVELS
    yield f"{name}, cut off", opening * LEVELS


def failures(engine: str) -> list[str]:
    """What went wrong, if anything did: the text and what came instead of a clear error."""
    code = f"from benchmarks.csm.depth import main; main({engine!r})"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, check=False, text=True, cwd=_ROOT)
    if run.returncode:
        return [f"the process ended with code {run.returncode}: {run.stderr[-200:]}"]
    return run.stdout.splitlines()


def main(engine: EngineName) -> None:
    """Read every text at both recursion limits, and print a line for each surprise."""
    read = StatusMessageSerializer(engine=engine).from_json_string
    for limit in RECURSION_LIMITS:
        sys.setrecursionlimit(limit)
        for name, text in hostile_texts():
            try:
                read(text)
            except CsmDecodeError:
                continue
            except BaseException as error:  # noqa: BLE001  # whatever else it is, it is a failure
                print(f"{name} at limit {limit:,}: {type(error).__name__}")
            else:
                print(f"{name} at limit {limit:,}: accepted")
