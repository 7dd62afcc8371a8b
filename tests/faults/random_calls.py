"""Random calls: the state machine of the tests, for longer."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from faults.findings import Finding
from faults.places import Kind
from strategies.machine import Machine, PostgresMachine

STEPS = 50


def random_calls(kind: Kind, runs: int) -> list[Finding]:
    """Compare every answer with a plain model of the rules, in so many runs."""
    machine = Machine if kind == "sqlite" else PostgresMachine
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    name = "SQLite" if kind == "sqlite" else "PostgreSQL"
    return [
        Finding(
            f"{name}: random models, random calls, random waits and restarts",
            f"{runs:,} runs of up to {STEPS} steps",
            "every answer was that of a plain model of the rules",
            holds=True,  # it raises otherwise
        )
    ]
