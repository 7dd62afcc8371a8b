"""Output that cannot be written: what a command says of it, and with which code it ends."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path

import pytest

from csm.output import written_or_refused


class Broken(io.StringIO):
    """A standard stream whose text never arrives."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        """Fail as the system does."""
        raise self.error


def ended(said: str) -> int | str | None:
    """The code with which a command ends that prints something."""
    with pytest.raises(SystemExit) as caught, written_or_refused("csm"):
        sys.stdout.write(said)
    return caught.value.code


def test_a_full_disk_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and the code of an error."""
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(sys, "stdout", Broken(full))
    expected = "csm: the output cannot be written: No space left on device\n"
    assert (2, expected) == (ended("text"), capsys.readouterr().err)


def test_what_was_not_written_is_let_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The rest in the buffer cannot fail again when the process ends."""
    with (tmp_path / "full").open("w") as file:
        stream = Broken(OSError(errno.ENOSPC, "No space left on device"))
        monkeypatch.setattr(stream, "fileno", file.fileno)
        monkeypatch.setattr(sys, "stdout", stream)
        assert 2 == ended("text")
        file.write("rest")
    assert "" == (tmp_path / "full").read_text()


def test_nowhere_left_to_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error is full as well, the code says it alone."""
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Broken(OSError(errno.ENOSPC, "No space left on device")))
    assert 2 == ended("text")


def test_a_reader_that_has_gone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It wanted no more: nothing is said."""
    monkeypatch.setattr(sys, "stdout", Broken(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    assert (1, "") == (ended("text"), capsys.readouterr().err)


def test_errors_of_files_pass() -> None:
    """A file that is named in an error is not the output."""
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory", "m")
    with pytest.raises(FileNotFoundError) as caught, written_or_refused("csm"):
        raise missing
    assert missing is caught.value


def test_a_closed_output_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was to be printed is missing, as on a full disk."""
    monkeypatch.setattr(sys, "stdout", None)
    expected = "csm: the output cannot be written: it is closed\n"
    assert (2, expected) == (ended("text"), capsys.readouterr().err)


def test_a_closed_output_is_nothing_to_who_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that has nothing to print ends as always."""
    monkeypatch.setattr(sys, "stdout", None)
    done = False
    with written_or_refused("csm"):
        done = True
    assert done


def test_a_closed_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said there goes nowhere, least of all to standard output."""
    monkeypatch.setattr(sys, "stderr", None)
    with written_or_refused("csm"):
        sys.stderr.write("text")
        sys.stderr.flush()
    assert "" == capsys.readouterr().out
