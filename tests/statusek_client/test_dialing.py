"""Opening connections: one deadline over the look-up of a name and all addresses of a host."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpcore2
import httpx2
import pytest

from statusek_client import Finish, RetryPolicy, StatusekClient, dialing, errors
from strategies import hostile as bad
from strategies.client_kit import TOKEN
from strategies.hostile import answering, hostile, http

NO_RETRY = RetryPolicy(retries=0)
Resolver = Callable[..., Any]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Resolver], None]]:
    """Put another function in the place of the system's look-up."""
    yield lambda function: monkeypatch.setattr(socket, "getaddrinfo", function)
    for thread in threading.enumerate():
        if thread.name == "statusek-lookup":
            thread.join(30)


def found(*addresses: str) -> Resolver:
    return lambda host, port, *_, **__: [
        (2, 1, 6, "", (one, port)) for one in (addresses if host.endswith(".example") else [host])
    ]


def test_a_look_up_that_hangs_holds_no_call_up(resolver: Callable[[Resolver], None]) -> None:
    """A call ends in its time while the look-up goes on, and a second one shares that look-up."""
    release = threading.Event()
    asked: list[str] = []

    def hang(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        release.wait(30)
        return []

    resolver(hang)
    with StatusekClient("http://slow.example", timeout=0.05, retry=NO_RETRY) as client:
        for _ in range(2):
            with pytest.raises(errors.TransportError, match=r"slow\.example") as caught:
                client.check_is_finished(TOKEN)
            assert "not sent" == caught.value.fate
        assert ["slow.example"] == asked
        release.set()


def test_a_name_without_an_address_is_an_error(resolver: Callable[[Resolver], None]) -> None:
    """A look-up that fails, or finds nothing, is a request that was not sent."""

    def fail(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    for function, words in ((fail, "not known"), (found(), "has no address")):
        resolver(function)
        with (
            StatusekClient("http://no.example", retry=NO_RETRY) as client,
            pytest.raises(errors.TransportError, match=words) as caught,
        ):
            client.check_is_finished(TOKEN)
        assert "not sent" == caught.value.fate


def test_dead_addresses_share_the_time(
    resolver: Callable[[Resolver], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each address gets its share of what is left, and the whole time is not exceeded."""
    shares: list[float | None] = []

    def dead(_: object, host: str, __: int, timeout: float | None, *___: object) -> None:
        shares.append(timeout)
        raise httpcore2.ConnectTimeout(host)

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", dead)
    resolver(found("192.0.2.1", "192.0.2.2", "192.0.2.3"))
    with pytest.raises(httpcore2.ConnectTimeout, match=r"192\.0\.2\.3"):
        dialing.Dialer().connect_tcp("h.example", 80, timeout=9.0)
    assert all(0 < (share or 0) <= bound for share, bound in zip(shares, (3, 4.5, 9), strict=True))
    shares.clear()
    with contextlib.suppress(httpcore2.ConnectTimeout):
        dialing.Dialer().connect_tcp("h.example", 80)
    assert [None] * 3 == shares


def test_a_dead_address_is_passed_over(resolver: Callable[[Resolver], None]) -> None:
    """Where the first address of a host refuses, the next one is tried."""
    resolver(found("127.0.0.2", "127.0.0.1"))
    with hostile(answering(http(bad.OPEN))) as server:
        url = server.url.replace("127.0.0.1", "two.example")
        with StatusekClient(url, retry=NO_RETRY) as client:
            assert Finish(is_finished=False) == client.check_is_finished(TOKEN)


def test_every_pool_of_an_own_client_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to proxies are opened in the same way; a transport without a pool is let be."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "localhost")
    with StatusekClient("http://h") as client:
        inner: Any = client._http
        transports = [inner._transport, *inner._mounts.values()]
        pools = [transport._pool for transport in transports if transport is not None]
        assert len(pools) > 1
        assert all(isinstance(pool._network_backend, dialing.Dialer) for pool in pools)
    with httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200))) as own:
        dialing.bound(own)


def test_a_look_up_while_the_interpreter_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started any more, a name is looked up all the same."""

    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        dialing.Dialer().connect_tcp("localhost", port, timeout=30).close()
