"""Clients and handles that travel: pickled here, made anew there, without a request."""

import gc
import pickle
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import httpx2
import pytest

from statusek_client import AsyncStatusekClient, Outbox, RetryPolicy, StatusekClient
from strategies.client_kit import TOKEN
from strategies.server_kit import running


def travelled(value: object) -> object:
    return pickle.loads(pickle.dumps(value))


def test_a_handle_travels_with_all_that_its_client_was_told(tmp_path: Path) -> None:
    """A handle that arrives asks the same server, on the same terms, with the same key."""
    with running(tmp_path) as server, StatusekClient(server.url) as client:
        task = client.create("TASK", instance_timeout=600)
        arrived = pickle.loads(pickle.dumps(task))
        assert (task.token, "TASK") == (arrived.token, arrived.object_name)
        assert arrived.set("RUN").is_set("RUN")
        assert arrived.client is not client
        del arrived
        gc.collect()


@pytest.mark.parametrize("kind", [StatusekClient, AsyncStatusekClient])
def test_a_client_is_made_anew_of_its_arguments(
    kind: type[StatusekClient | AsyncStatusekClient],
) -> None:
    """Timeout, policy, key, headers: what arrives would send and wait alike."""
    policy = RetryPolicy(retries=7, first_delay=0.5)
    client = kind(
        "http://me:secret@h/base",
        api_key=None,
        timeout=9,
        retry=policy,
        headers={"X-Team": "billing"},
        verify=True,
    )
    arrived = travelled(client)
    assert isinstance(arrived, kind)
    assert (9, policy, True) == (
        arrived.terms.timeout,
        arrived.terms.policy,
        arrived.terms.verify,
    )
    sent = arrived._target._headers
    assert dict(client._target._headers) == dict(sent)
    assert ("billing", f"<{kind.__name__} http://h/base>") == (sent["x-team"], repr(arrived))


def test_blocking_clients_that_arrive_alike_are_one() -> None:
    """Many handles that arrive one by one share one pool, which closes with the last of them."""
    one, other = StatusekClient("http://h"), StatusekClient("http://h", timeout=1)
    handles = [travelled(client.instance(TOKEN)) for client in (one, one, other)]
    first, second, third = (handle.client for handle in handles)  # type: ignore[attr-defined]
    assert first is second
    assert first is not third
    connections = first.connections
    assert not connections.is_closed
    del first, second, third, handles
    gc.collect()
    assert connections.is_closed


def test_an_async_handle_travels() -> None:
    """An async handle arrives with a client of its own."""
    task = AsyncStatusekClient("http://h").instance(TOKEN)
    arrived = travelled(task)
    assert (TOKEN, True) == (arrived.token, arrived.client is not task.client)  # type: ignore[attr-defined]


def test_an_outbox_travels_by_its_path(tmp_path: Path) -> None:
    """What arrives keeps posts in the same file, as many of them, as the one that left."""
    with Outbox(
        tmp_path / "outbox.db", limit=2, limit_bytes=999, background=False, drain=0.5, clock=at_noon
    ) as outbox:
        arrived = travelled(outbox)
        assert isinstance(arrived, Outbox)
        assert outbox.recipe() == arrived.recipe()
        arrived.close()
        assert () == outbox.pending()


def at_noon() -> float:
    return 1_800_000_000.0


KEEPS_BEHIND = """
import pickle, sys
task = pickle.load(sys.stdin.buffer)
print(task.set("FINISHED") is task, task.client.server)
"""


def test_a_client_with_an_outbox_travels_to_another_process(tmp_path: Path) -> None:
    """What a handle keeps there waits in the same file, behind what was kept here."""
    with Outbox(tmp_path / "outbox.db", background=False, drain=0) as outbox:
        with running(tmp_path) as server, StatusekClient(server.url, outbox=outbox) as client:
            task = client.create("TASK", instance_timeout=600)
            server.stop(signal.SIGKILL)
            task.set("RUN")
            there = subprocess.run(
                [sys.executable, "-c", KEEPS_BEHIND],
                input=pickle.dumps(task),
                capture_output=True,
                check=True,
                timeout=60,
            )
        assert f"True {server.url}\n" == there.stdout.decode()
        assert ["RUN", "FINISHED"] == [post.status_name for post in outbox.pending()]
        assert b"still holds" in there.stderr  # the end of that process says what is left
        with running(tmp_path) as again, StatusekClient(again.url) as client:
            outbox.flush(client, kept_for=server.url)
            events = client.get_events(task.token)
        assert ["RUN", "FINISHED"] == [event.status_name for event in events]


def test_a_client_with_an_outbox_that_has_arrived_stays(tmp_path: Path) -> None:
    """It has to deliver what it keeps, also after the last handle of it is gone."""
    with Outbox(tmp_path / "outbox.db", background=False, drain=0) as outbox:
        here = StatusekClient("http://h", outbox=outbox)
        arrived = weakref.ref(travelled(here))
        gc.collect()
        assert arrived() is travelled(here)
        assert arrived() is not here


def test_an_async_client_with_an_outbox_travels(tmp_path: Path) -> None:
    """An async one is made anew, with an outbox of the same file."""
    with Outbox(tmp_path / "outbox.db", background=False, drain=0) as outbox:
        arrived = travelled(AsyncStatusekClient("http://h", outbox=outbox).instance(TOKEN))
        client = arrived.client  # type: ignore[attr-defined]
        assert outbox.path == client._keeper._outbox.path


@pytest.mark.parametrize("kind", [StatusekClient, AsyncStatusekClient])
def test_a_client_with_connections_of_the_caller_stays(
    kind: type[StatusekClient | AsyncStatusekClient],
) -> None:
    """Connections cannot be made again elsewhere; what can be done is said."""
    own = httpx2.Client() if kind is StatusekClient else httpx2.AsyncClient()
    with pytest.raises(TypeError, match=r"given its http_client .* client\.instance\(token\)"):
        pickle.dumps(kind("http://h", http_client=own).instance(TOKEN))  # type: ignore[arg-type]
