"""The server against a plain model of the rules, over random calls in random order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from strategies.machine import Machine, PostgresMachine


@pytest.mark.parametrize("machine", [Machine, PostgresMachine])
def test_random_calls(machine: type[Machine]) -> None:
    """Whatever is called in whatever order, restarts included, the server answers by the rules."""
    run_state_machine_as_test(
        machine, settings=settings(max_examples=10, stateful_step_count=30, deadline=None)
    )
