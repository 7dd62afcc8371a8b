"""Several processes that serve one socket."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx2
import pytest

from strategies.server_kit import RunningServer, Wire, model_file, running, started

pytestmark = pytest.mark.processes


def children_of(process: RunningServer) -> set[int]:
    """The processes that serve; the one that multiprocessing itself keeps is none."""
    pid = process.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    }


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """Each process that is killed is replaced, others serve meanwhile, and the log says so."""
    with running(tmp_path, "--workers", "2") as process:
        before = children_of(process)
        assert 2 == len(before)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        while len(children_of(process) - {killed}) < 2:
            assert "Welcome home!" == httpx2.get(process.url).text
        code, said = process.stop()
    [line] = said.splitlines()
    assert 0 == code
    assert (
        f"ERROR statusek_server: worker {killed} is replaced: a worker ended with code -9" in line
    )


def test_figures_of_all_workers(tmp_path: Path) -> None:
    """Whichever process is asked, the figures are those of all of them."""
    with running(tmp_path, "--workers", "2") as process:
        for _ in range(20):
            httpx2.get(f"{process.url}/v2/about")
        figures = httpx2.get(f"{process.url}/metrics").text
        assert (0, "") == process.stop()
    assert 'statusek_requests_total{call="about",code="SUCCESS"} 20.0\n' in figures
    assert "statusek_waiters 0.0\n" in figures
    assert "statusek_start_time_seconds 1" in figures


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """Processes whose parent was killed answer what is under way and end by themselves."""
    with running(tmp_path, "--workers", "2") as process:
        workers = children_of(process)
        with Wire.to(process) as wire:
            wire.send(b"POST /v2/about HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
            process.process.kill()
            process.process.wait()
            wire.send(b"}")
            assert 200 == wire.answer()[0]
        while not all(is_gone(pid) for pid in workers):
            time.sleep(0.02)


def test_a_worker_that_cannot_start(tmp_path: Path) -> None:
    """What one process cannot use, the command says once, as it would alone."""
    missing = f"sqlite:///{tmp_path / 'missing' / 'statusek.db'}"
    alone = started("--database", missing, "--port", "0")
    assert alone == started("--database", missing, "--port", "0", "--workers", "2")
    assert 2 == alone[0]


def test_the_line_comes_first(tmp_path: Path) -> None:
    """Nothing that a process says comes before the line that tells where to ask."""
    odd = model_file(tmp_path, '[[model]]\nname = "ODD"\n[[model.status]]\nname = "A"\n')
    with running(tmp_path, "--workers", "2", "--models", str(odd)) as process:
        code, said = process.stop(signal.SIGINT)
    assert (0, 2) == (code, said.count("model 'ODD' finishes at its first status"))
