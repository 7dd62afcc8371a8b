"""A server of ours in a process of its own, as ``statusek serve`` starts it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen


@frozen
class Process:
    """A running server.

    Args:
        popen: Its process.
        host: Where it listens.
        port: Where it listens.
        said: The lines of its log, as they come.
    """

    popen: subprocess.Popen[str]
    host: str
    port: int
    said: list[str] = field(factory=list)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def peak_memory(self) -> float:
        """The most memory that was resident at a time, in MiB."""
        status = Path(f"/proc/{self.popen.pid}/status").read_text("ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


@contextmanager
def serving(database: str, *flags: str) -> Iterator[Process]:
    """A server on a free port, stopped on leaving.

    Args:
        database: The URL of its database.
        *flags: Further flags.
    """
    command = [sys.executable, "-m", "statusek_server", "--database", database, "--port", "0"]
    with subprocess.Popen([*command, *flags], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        reader: threading.Thread | None = None
        try:
            line = process.stderr.readline()
            found = re.fullmatch(r"listening on http://(.+):(\d+)\n", line)
            assert found, line + process.stderr.read()
            server = Process(process, found[1], int(found[2]))
            # Always read, or a server that says much would wait for whoever does.
            reader = threading.Thread(target=server.said.extend, args=(process.stderr,))
            reader.start()
            yield server
        finally:
            process.terminate()
            process.wait(60)
            if reader is not None:
                reader.join()
