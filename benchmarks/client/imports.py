"""What importing costs, in processes of their own."""

from __future__ import annotations

import math
import os
import sys

from benchmarks.processes import COMPILED


def processor_time(statement: str) -> float:
    """Processor time of a fresh interpreter that executes a statement, in seconds."""
    arguments = [sys.executable, "-c", statement]
    process = os.posix_spawn(sys.executable, arguments, COMPILED)
    _, status, usage = os.wait4(process, 0)
    assert status == 0, statement
    return usage.ru_utime + usage.ru_stime


def costs(rounds: int) -> dict[str, float]:
    """The least processor time of each import, without that of starting the interpreter."""
    statements = {name: f"import {name}" for name in ("httpx2", "statusek_client")}
    statements[""] = "pass"
    for statement in statements.values():  # compiles what is not
        processor_time(statement)
    found = dict.fromkeys(statements, math.inf)
    for _ in range(rounds):
        for name, text in statements.items():
            found[name] = min(found[name], processor_time(text))
    return {name: found[name] - found[""] for name in ("httpx2", "statusek_client")}
