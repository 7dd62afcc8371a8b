"""Clients and handles that travel: pickled here, made anew there, without a request."""

import gc
import pickle
from pathlib import Path

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


@pytest.mark.parametrize("kind", [StatusekClient, AsyncStatusekClient])
def test_a_client_with_an_outbox_stays(
    kind: type[StatusekClient | AsyncStatusekClient], tmp_path: Path
) -> None:
    """A file is not where the handle arrives; what can be done is said."""
    with (
        Outbox(tmp_path / "outbox.db", background=False) as outbox,
        pytest.raises(TypeError, match=r"given an outbox .* client\.instance\(token\)"),
    ):
        pickle.dumps(kind("http://h", outbox=outbox).instance(TOKEN))
