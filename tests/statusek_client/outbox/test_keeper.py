"""A client with an outbox: what is kept, when it is delivered, and what is said at the end."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import anyio
import anyio.to_thread
import httpx2
import pytest

from statusek_client import AsyncStatusekClient, Outbox, StatusekClient, errors
from statusek_client.outbox import keeper
from statusek_client.outbox.store import Store
from statusek_client.retry import RetryPolicy
from statusek_client.testing import InProcessServer
from strategies.outbox_kit import ONCE, URL, Ledger
from strategies.server_kit import running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The background comes back soon."""
    monkeypatch.setattr(keeper, "_PAUSES", RetryPolicy(first_delay=0.01, max_delay=0.01))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The background comes back when it is told to, and not before."""
    monkeypatch.setattr(keeper, "_PAUSES", RetryPolicy(first_delay=600, max_delay=600, jitter=0))


def told(ledger: Ledger, name: str) -> threading.Event:
    """Return what is set when a status has come."""
    event = threading.Event()
    ledger.told[name] = event.set
    return event


@pytest.mark.usefixtures("quick")
def test_the_background_delivers(tmp_path: Path) -> None:
    """When the server is back, what was kept comes, in order, with nobody asking for it."""
    ledger = Ledger(mode="away")
    came = told(ledger, "A2")
    with Outbox(tmp_path / "outbox.db") as outbox, ledger.client(outbox) as client:
        client.instance("a").set("A1").set("A2")
        ledger.mode = "up"
        assert came.wait(60)
    assert {"a": ["A1", "A2"]} == dict(ledger.events)


@pytest.mark.usefixtures("slow")
def test_an_answer_wakes_the_background(tmp_path: Path) -> None:
    """A status that gets through says that the server is back."""
    ledger = Ledger(mode="away")
    came = told(ledger, "A1")
    with Outbox(tmp_path / "outbox.db") as outbox, ledger.client(outbox) as client:
        client.set_status("a", "A1")
        ledger.mode = "up"
        client.set_status("b", "B1")
        assert came.wait(60)


@pytest.mark.usefixtures("slow")
def test_a_client_delivers_what_others_have_left(tmp_path: Path) -> None:
    """What a process has left that died is delivered by the next one, as it starts."""
    ledger = Ledger(mode="away")
    with Outbox(tmp_path / "outbox.db", drain=0) as outbox:
        with ledger.client(outbox) as client:
            client.set_status("a", "A1")
        came = told(ledger, "A1")
        ledger.mode = "up"
        with ledger.client(outbox):
            assert came.wait(60)


@pytest.mark.usefixtures("slow")
def test_the_background_does_not_keep_a_client_alive(tmp_path: Path) -> None:
    """A client that nobody has any more goes, and its thread with it."""
    ledger = Ledger(mode="away")
    with Outbox(tmp_path / "outbox.db", drain=0) as outbox:
        client = ledger.client(outbox)
        client.set_status("a", "A1")
        assert client._keeper is not None
        thread, wake = client._keeper._thread, client._keeper._wake
        gone = weakref.ref(client)
        del client
        gc.collect()
        assert gone() is None
        assert thread is not None
        wake.set()
        thread.join(60)
        assert not thread.is_alive()
        assert 1 == len(outbox.pending())


@pytest.mark.usefixtures("slow")
def test_closing_says_what_is_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It tries once more, for a bounded time, and warns of the rest."""
    ledger = Ledger(mode="away")
    with Outbox(tmp_path / "outbox.db") as outbox:
        with ledger.client(outbox) as client:
            client.instance("a").set("A1").set("BAD").set("A3")
            client.set_status("b", "B1")
            ledger.mode, ledger.stuck = "up", {"b"}
            client.close()
            client.close()
        warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
        assert ["A1", "A3"] == ledger.events["a"]
        assert 2 == len(warnings)
        assert "a late 'BAD' on instance a was refused: No one previos optional" in warnings[0]
        assert f"still holds for {URL}: 1 pending, 1 refused" in warnings[1]


@pytest.mark.parametrize("mode", ["broken", "dropping"])
def test_trouble_that_may_pass_is_kept(tmp_path: Path, mode: Literal["broken", "dropping"]) -> None:
    """Whatever may fare better later; what may have been done is asked about then."""
    ledger = Ledger(mode)
    with (
        Outbox(tmp_path / "outbox.db", background=False) as outbox,
        ledger.client(outbox) as client,
    ):
        client.set_status("a", "A1")
        assert [True] == [post.is_doubtful for post in outbox.pending()]
        ledger.mode = "up"
        client.close()
    assert ["A1"] == ledger.events["a"]


def test_a_gateway_is_trouble_that_may_pass(tmp_path: Path) -> None:
    """A proxy whose server is away counts as one that is away."""
    transport = httpx2.MockTransport(lambda _: httpx2.Response(503, text="<html>later"))
    with (
        Outbox(tmp_path / "outbox.db", background=False, drain=0) as outbox,
        StatusekClient(
            URL, http_client=httpx2.Client(transport=transport), retry=ONCE, outbox=outbox
        ) as client,
    ):
        client.set_status("a", "A1")
        assert 1 == len(outbox.pending())


def broken(store: Store) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise errors.OutboxError(message=f"the outbox {store.path}: disk I/O error.")

    return fail


@pytest.mark.usefixtures("slow")
def test_an_outbox_that_fails_is_no_worse_than_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is the call's own, and says why the status was not kept."""
    ledger = Ledger(mode="broken")
    with Outbox(tmp_path / "outbox.db") as outbox, ledger.client(outbox) as client:
        monkeypatch.setattr(outbox.store, "add", broken(outbox.store))
        with pytest.raises(errors.StorageError, match=r"Database error.*not kept.*disk I/O error"):
            client.set_status("a", "A1")
        ledger.mode = "away"
        with pytest.raises(errors.TransportError, match=r"no answer.*not kept.*disk I/O") as caught:
            client.set_status("a", "A1")
        assert isinstance(caught.value.__cause__, errors.OutboxError)
        ledger.mode = "up"
        monkeypatch.setattr(outbox.store, "holds", broken(outbox.store))
        with pytest.raises(errors.TransportError, match=r"neither sent nor kept.*cannot be known"):
            client.set_status("a", "A1")
        assert {} == dict(ledger.events)
        monkeypatch.setattr(outbox.store, "count", broken(outbox.store))
    assert "what is left in the outbox cannot be known" in caplog.text


EXIT = """
import sys
from statusek_client import Outbox, StatusekClient
from statusek_client.retry import RetryPolicy
url, path, token = sys.argv[1:]
outbox = Outbox(path, background=False)
with StatusekClient("http://127.0.0.1:9", retry=RetryPolicy(retries=0), outbox=outbox) as away:
    away.set_status(token, "RUN")
import sqlite3
file = sqlite3.connect(path)
file.execute("update post set server = ?", (url,))
file.commit()
file.close()
client = StatusekClient(url, outbox=outbox)  # never closed
"""


def test_the_end_of_the_interpreter_delivers(tmp_path: Path) -> None:
    """A client that nobody closes delivers, and what is left is said on stderr."""
    path = tmp_path / "outbox.db"
    with running(tmp_path) as server:
        url = server.url.replace("127.0.0.1", "localhost")  # a name has to be looked up
        with StatusekClient(url) as client:
            token = client.create_instance("TASK", instance_timeout=600)
            program = [sys.executable, "-c", EXIT, url, str(path)]
            done = subprocess.run([*program, token], capture_output=True, text=True, check=True)
            assert "still holds for http://127.0.0.1:9: 1 pending, 0 refused" in done.stderr
            assert 1 == done.stderr.count("\n")
            assert client.check_status_is_set(token, "RUN")
            lost = subprocess.run([*program, "none"], capture_output=True, text=True, check=True)
            assert f"still holds for {url}: 0 pending, 1 refused" in lost.stderr


FORK = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from statusek_client import Outbox, StatusekClient
from statusek_client.retry import RetryPolicy
once = RetryPolicy(retries=0)
outbox = Outbox(sys.argv[1], drain=0)
client = StatusekClient("http://127.0.0.1:9", retry=once, outbox=outbox)
client.set_status("parent", "A1")  # its thread runs
child = os.fork()
if child == 0:
    with StatusekClient("http://127.0.0.1:9", retry=once, outbox=outbox) as own:
        own.set_status("child", "B1")
        client.set_status("both", "C1")
        assert client._keeper._thread.is_alive()  # its own
    sys.stdout.flush()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print([post.token for post in outbox.pending()])
"""


def test_a_forked_process_keeps_and_delivers_on_its_own(tmp_path: Path) -> None:
    """The outbox and its background go on in the child, and in the parent."""
    program = [sys.executable, "-c", FORK, str(tmp_path / "outbox.db")]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=100)
    assert "['parent', 'child', 'both']\n" == done.stdout, done.stderr


# in async code


def in_async(ledger: Ledger, outbox: Outbox) -> AsyncStatusekClient:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(ledger))
    return AsyncStatusekClient(URL, http_client=http, retry=ONCE, outbox=outbox)


@pytest.mark.anyio
@pytest.mark.usefixtures("slow")
async def test_a_task_delivers(tmp_path: Path) -> None:
    """The task is woken by what gets through, and ends when nothing is left."""
    ledger = Ledger(mode="away")
    with Outbox(tmp_path / "outbox.db") as outbox:
        async with in_async(ledger, outbox) as client:
            await (await client.instance("a").set("A1")).set("A2")
            ledger.mode = "up"
            await client.set_status("b", "B1")
            assert client._keeper is not None
            assert client._keeper._task is not None
            with anyio.fail_after(60):
                await client._keeper._task
            assert ["A1", "A2"] == ledger.events["a"]
            ledger.mode = "away"
            await client.set_status("a", "A3")
            ledger.mode = "up"
        assert ["A1", "A2", "A3"] == ledger.events["a"]
        assert () == outbox.pending()


@pytest.mark.anyio
@pytest.mark.usefixtures("slow")
async def test_a_task_delivers_what_others_have_left(tmp_path: Path) -> None:
    """An async client begins as it is entered."""
    ledger = Ledger(mode="away")
    with Outbox(tmp_path / "outbox.db", drain=0) as outbox:
        async with in_async(ledger, outbox) as client:
            await client.set_status("a", "A1")
        ledger.mode = "up"
        async with in_async(ledger, outbox) as client:
            assert client._keeper is not None
            assert client._keeper._task is not None
            with anyio.fail_after(60):
                await client._keeper._task
        assert ["A1"] == ledger.events["a"]


@pytest.mark.anyio
async def test_the_event_loop_never_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What opens, reads or writes the file runs in another thread."""
    ledger = Ledger(mode="away")
    here: set[bool] = set()
    connected = Store._connected

    def noticing(store: Store, *, is_change: bool = False) -> object:
        here.add(threading.current_thread() is threading.main_thread())
        return connected(store, is_change=is_change)

    with Outbox(tmp_path / "outbox.db") as outbox:
        monkeypatch.setattr(Store, "_connected", noticing)
        async with in_async(ledger, outbox) as client:
            await (await client.instance("a").set("A1")).set("A2")
            ledger.mode = "up"
            await outbox.flush(client)
        monkeypatch.undo()
    assert {False} == here


@pytest.mark.anyio
async def test_a_cancelled_flush_gives_its_turn_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one finds the post, and that it may have arrived."""
    with InProcessServer() as server, Outbox(tmp_path / "outbox.db", background=False) as outbox:
        async with server.async_client(outbox=outbox, retry=ONCE) as client:
            task = await client.create("TASK", instance_timeout=600)
            with server.away():
                await task.set("RUN")
            with anyio.move_on_after(60) as scope:
                held, begun = threading.Event(), threading.Event()
                begin = outbox.store.begin

                def beginning(server: str, token: str) -> object:
                    begun.set()
                    return begin(server, token)

                monkeypatch.setattr(outbox.store, "begin", beginning)
                server._loop.call_soon_threadsafe(held.wait, 60)
                async with anyio.create_task_group() as tasks:

                    async def cancel() -> None:
                        await anyio.to_thread.run_sync(begun.wait, 60)
                        scope.cancel()

                    tasks.start_soon(cancel)
                    await outbox.flush(client)
            held.set()
            assert scope.cancelled_caught
            assert 1 == (await outbox.flush(client)).delivered
            assert ["RUN"] == [event.status_name for event in await task.events()]


def test_levels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was kept and what came late can be followed at INFO, tokens shortened."""
    caplog.set_level(logging.INFO, "statusek_client")
    ledger = Ledger(mode="away")
    token = "1d36bcdf-d776-4e7a-97a6-4431079d2b2e"
    path = tmp_path / "outbox.db"
    with Outbox(path, background=False) as outbox, ledger.client(outbox) as client:
        client.set_status(token, "RUN")
        ledger.mode = "up"
    assert [
        "kept 'RUN' on instance 1d36bcdf…",
        "a late 'RUN' on instance 1d36bcdf… was delivered",
    ] == [record.message for record in caplog.records if record.name == "statusek_client"]
