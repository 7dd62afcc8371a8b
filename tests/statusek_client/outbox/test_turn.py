"""The turn: one holder at a time, and none that has died."""

import subprocess
import sys
from pathlib import Path

import pytest

from statusek_client.errors import OutboxError
from statusek_client.outbox.turn import Turn

HOLDING = """
import sys
from pathlib import Path
from statusek_client.outbox.turn import Turn
turn = Turn(Path(sys.argv[1]), "http://h")
print(turn.take(), flush=True)
sys.stdin.read()
"""


def test_one_holder_for_each_server(tmp_path: Path) -> None:
    """Two for the same server exclude each other, two for different ones do not."""
    path = tmp_path / "outbox.db"
    one, two, other = (Turn(path, server) for server in ("http://h", "http://h", "http://other"))
    assert [True, False, True] == [one.take(), two.take(), other.take()]
    one.release()
    one.release()
    assert two.take()
    for turn in (two, other):
        turn.release()


def test_a_turn_ends_with_its_process(tmp_path: Path) -> None:
    """Nobody waits for a process that was killed."""
    path = tmp_path / "outbox.db"
    turn = Turn(path, "http://h")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "True\n" == process.stdout.readline()
        assert not turn.take()
        process.kill()
        process.wait()
        assert turn.take()
    turn.release()


FORKING = """
import os, sys
from pathlib import Path
from statusek_client.outbox.turn import Turn
turn, again = (Turn(Path(sys.argv[1]), "http://h") for _ in range(2))
assert turn.take()
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    os.read(reading, 1)
    os._exit(0)
turn.release()
assert again.take()  # although the child lives
os.write(writing, b"x")
os.waitpid(child, 0)
"""


def test_a_child_does_not_keep_the_turn(tmp_path: Path) -> None:
    """A fork in the middle of a delivery holds nobody back."""
    subprocess.run([sys.executable, "-c", FORKING, str(tmp_path / "outbox.db")], check=True)


def test_no_folder_for_the_lock(tmp_path: Path) -> None:
    """A lock that cannot be made is an error of the outbox."""
    with pytest.raises(OutboxError, match=r"none.*No such file"):
        Turn(tmp_path / "none" / "outbox.db", "http://h").take()
    assert [] == list(tmp_path.iterdir())
