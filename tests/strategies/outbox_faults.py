"""Faults for the outbox: a server and writers that are killed again and again, then the account.

32 writers in processes and threads set statuses through clients that share one outbox. Each takes
instances of its own and sets the statuses of a line, in which each is refused before the one that
it follows; now and then one that no model has. Meanwhile the server is killed and started again,
and so are the processes of writers. Afterwards every status that a writer was told is set has to be
on the server, once and in order, or in the outbox: pending, or refused as no model has it.

    python -m strategies.outbox_faults --seconds 60
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from statusek_client import Outbox, RetryPolicy, StatusekClient
from statusek_client.errors import StatusekError
from strategies.server_kit import RunningServer, running

LINE = 25
"""Statuses of one instance."""

UNKNOWN = "NO SUCH STATUS"
ROOM = 10**6
"""Posts that the outbox takes: more than there will be."""


@attrs.define
class Report:
    """What was done, and what is wrong with it."""

    seconds: float
    writers: int
    server_kills: int = 0
    writer_kills: int = 0
    instances: int = 0
    told: int = 0
    untold: int = 0
    kept: int = 0
    delivered: int = 0
    refused: int = 0
    pending: int = 0
    faults: list[str] = attrs.field(factory=list)

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s, {self.writers} writers; killed: the server {self.server_kills} "
            f"times, a process of writers {self.writer_kills} times\n"
            f"{self.instances} instances; {self.told} sets returned, {self.untold} were cut off or "
            f"refused at once\n{self.kept} posts went through the outbox; of all sets that "
            f"returned {self.delivered} are on the server, {self.refused} refused and kept, "
            f"{self.pending} pending\n{len(self.faults)} faults"
        )


def models() -> str:
    """Return the model file: a line."""
    lines = ['[[model]]\nname = "LINE"']
    for number in range(LINE):
        after = f'\nafter = ["S{number - 1}"]' if number else ""
        lines.append(f'[[model.status]]\nname = "S{number}"{after}')
    return "\n".join(lines)


# The writers


def write(url: str, folder: Path, name: str, threads: int) -> None:
    """Set statuses until the file `stop` is there: what a process of writers does."""
    outbox = Outbox(folder / "outbox.db", drain=0, limit=ROOM)
    client = StatusekClient(url, timeout=2, retry=RetryPolicy(retries=1), outbox=outbox)
    writers = [
        threading.Thread(target=_write, args=(client, folder, f"{name}-{number}"))
        for number in range(threads)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    client.close()
    outbox.close()


def _write(client: StatusekClient, folder: Path, name: str) -> None:
    """Log, unbuffered, what is about to be set and what was."""
    stop = folder / "stop"
    with (folder / f"{name}.log").open("ab", buffering=0) as log:
        while not stop.exists():
            try:
                token = client.create_instance("LINE", instance_timeout=86_400)
            except StatusekError:
                time.sleep(0.05)
                continue
            for number in range(LINE):
                for status in (f"S{number}", *([UNKNOWN] if number % 10 == 9 else [])):
                    if stop.exists():
                        return
                    _set(client, token, status, log.write)


def _set(client: StatusekClient, token: str, status: str, log: Callable[[bytes], object]) -> None:
    log(json.dumps(["begin", token, status]).encode() + b"\n")
    try:
        client.set_status(token, status)
    except StatusekError as error:
        log(json.dumps([type(error).__name__, token, status]).encode() + b"\n")
    else:
        log(json.dumps(["set", token, status]).encode() + b"\n")


# The faults


def try_it(folder: Path, *, seconds: float, processes: int, threads: int, seed: int = 0) -> Report:
    """Let writers write for so many seconds under faults, deliver, and give the account."""
    chance = random.Random(seed)
    (folder / "models.toml").write_text(models())
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    report = Report(seconds=seconds, writers=processes * threads)
    end = math.inf
    numbers = iter(range(10**6))
    writers: list[subprocess.Popen[bytes]] = []
    while time.monotonic() < end:
        with _server(folder, port) as server:
            while len(writers) < processes:
                writers.append(_writers(url, folder, next(numbers), threads))
            if not report.server_kills:
                _await_writers(folder, report.writers)
                end = time.monotonic() + seconds
            time.sleep(chance.uniform(0.5, 2))
            if report.server_kills % 2:
                victim = writers.pop(chance.randrange(processes))
                victim.kill()
                victim.wait()
                report.writer_kills += 1
            server.process.kill()
            report.server_kills += 1
        time.sleep(chance.uniform(0.05, 1))
    (folder / "stop").touch()
    for writer in writers:
        writer.wait(60)
    with _server(folder, port):
        _flush(url, folder, report)
        _account(url, folder, report)
    return report


def _await_writers(folder: Path, count: int) -> None:
    """Wait until all write, which takes its time on a busy machine."""
    deadline = time.monotonic() + 120
    while sum(log.stat().st_size > 0 for log in folder.glob("p*.log")) < count:
        if time.monotonic() > deadline:
            raise TimeoutError("the writers do not write")
        time.sleep(0.05)


@contextmanager
def _server(folder: Path, port: int) -> Generator[RunningServer]:
    with running(folder, "--models", str(folder / "models.toml"), "--port", str(port)) as server:
        yield server


def _writers(url: str, folder: Path, number: int, threads: int) -> subprocess.Popen[bytes]:
    arguments = ["--write", url, str(folder), f"p{number}", str(threads)]
    log = (folder / f"p{number}.stderr").open("wb")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "strategies.outbox_faults", *arguments],
            stderr=log,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


def _flush(url: str, folder: Path, report: Report) -> None:
    """Deliver with the command, two at once."""
    command = [sys.executable, "-m", "statusek_cli", "outbox", "flush", "--url", url]
    command += ["--file", str(folder / "outbox.db")]
    both = [subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE) for _ in range(2)]
    for one in both:
        said, _ = one.communicate()
        if one.returncode not in (0, 1):
            report.faults.append(f"a flush has ended with {one.returncode}: {said!r}")


# The account


def _account(url: str, folder: Path, report: Report) -> None:
    told, begun = _said(folder)
    with Outbox(folder / "outbox.db", background=False, drain=0, limit=ROOM) as outbox:
        pending, refused = outbox.pending(), outbox.refused()
    report.pending = len(pending)
    report.refused = len(refused)
    report.kept = _highest(folder)
    report.instances = len(begun)
    report.told = sum(map(len, told.values()))
    report.untold = sum(map(len, begun.values())) - report.told
    aside = Counter((post.token, post.status_name) for post in refused)
    waiting = Counter((post.token, post.status_name) for post in pending)
    with StatusekClient(url, timeout=30) as client:
        for token, statuses in begun.items():
            there = [event.status_name for event in client.get_events(token)]
            report.delivered += len(set(told[token]) & set(there))
            report.faults += _faults(token, there, statuses, told[token], aside, waiting)


def _faults(
    token: str,
    there: list[str],
    begun: list[str],
    told: list[str],
    aside: Counter[tuple[str, str]],
    waiting: Counter[tuple[str, str]],
) -> Iterator[str]:
    if there != [name for name in begun if name in there]:
        yield f"{token}: not in order, or twice: {there}"
    for name in told:
        if name == UNKNOWN:
            continue
        places = (name in there) + aside[token, name] + waiting[token, name]
        if places != 1:
            yield f"{token}: {name} is in {places} places"
        if aside[token, name]:
            yield f"{token}: {name} was refused"
    lost = told.count(UNKNOWN) - aside[token, UNKNOWN] - waiting[token, UNKNOWN]
    if lost > 0:
        yield f"{token}: {lost} refusals vanished"


def _said(folder: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what was set and what was begun, by instance, in order."""
    told, begun = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for log in folder.glob("p*.log"):
        for line in log.read_bytes().splitlines():
            with suppress(ValueError):  # the last line of one that was killed
                what, token, status = json.loads(line)
                if what in ("begin", "set"):
                    (begun if what == "begin" else told)[token].append(status)
    return told, begun


def _highest(folder: Path) -> int:
    """Return how many posts were ever kept: the numbers that were given."""
    import sqlite3

    database = sqlite3.connect(folder / "outbox.db")
    row = database.execute("select seq from sqlite_sequence where name = 'post'").fetchone()
    database.close()
    return 0 if row is None else int(row[0])


def main() -> int:
    """Run for as long as the command line says, and print the account."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2)))
    parser.add_argument("--write", nargs=4)
    arguments = parser.parse_args()
    if arguments.write:
        url, folder, name, threads = arguments.write
        write(url, Path(folder), name, int(threads))
        return 0
    with tempfile.TemporaryDirectory(prefix="faults-outbox-") as folder:
        sys.stdout.write(f"seed {arguments.seed}\n")
        report = try_it(
            Path(folder),
            seconds=arguments.seconds,
            processes=arguments.processes,
            threads=arguments.threads,
            seed=arguments.seed,
        )
    sys.stdout.write("\n".join([str(report), *report.faults[:20], ""]))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
