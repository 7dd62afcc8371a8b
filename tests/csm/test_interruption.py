"""Commands that are interrupted: with which code they end, and that they say nothing."""

from __future__ import annotations

import io
import sys

import pytest

from csm.interruption import interruptible


class Terminal(io.StringIO):
    """A standard error that people see."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(("stream", "said"), [(io.StringIO, ""), (Terminal, "\n")])
def test_an_interrupted_command_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], said: str
) -> None:
    """With the code of shells; on a terminal the line that has the ^C is ended."""
    error = stream()
    monkeypatch.setattr(sys, "stderr", error)
    with pytest.raises(SystemExit) as caught, interruptible():
        raise KeyboardInterrupt
    assert (130, said) == (caught.value.code, error.getvalue())
