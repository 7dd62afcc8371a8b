"""The boundary to httpx2: its exceptions, our headers, URLs as people write them."""

import base64
import inspect
import json
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Unpack

import anyio
import httpcore2
import httpx2
import pytest

from statusek_client import AsyncStatusekClient, RetryPolicy, StatusekClient, calls, errors, flows
from statusek_client.deadline import Keeping
from strategies import hostile as bad
from strategies.client_kit import TOKEN, Settings, data
from strategies.hostile import answering, hostile, http

ONCE = RetryPolicy(retries=0)
OPEN = data(instance_is_finished=False, instanse_is_finished_description="")

NOT_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "InvalidURL",
    "LocalProtocolError",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}
ANSWERED = {"CookieConflict", "DecodingError", "HTTPStatusError", "TooManyRedirects"}


def foreign_exceptions() -> list[type[Exception]]:
    """Return every exception class that httpx2 exports."""
    found = (getattr(httpx2, name) for name in httpx2.__all__)
    return [one for one in found if inspect.isclass(one) and issubclass(one, Exception)]


def raised(kind: type[Exception]) -> Exception:
    """Return an exception of a class of httpx2, whatever its constructor wants."""
    error = kind.__new__(kind)
    Exception.__init__(error, "the words of httpx2")
    return error


def clients(
    handle: Callable[[httpx2.Request], httpx2.Response], **settings: Unpack[Settings]
) -> Iterator[Callable[[], object]]:
    """Give a check of an instance through each of the two clients."""
    transport = httpx2.MockTransport(handle)

    def check() -> object:
        with httpx2.Client(transport=transport) as own:
            return StatusekClient("http://h", http_client=own, **settings).check_is_finished(TOKEN)

    async def check_async() -> object:
        async with httpx2.AsyncClient(transport=transport) as own:
            client = AsyncStatusekClient("http://h", http_client=own, **settings)
            return await client.check_is_finished(TOKEN)

    yield check
    yield lambda: anyio.run(check_async)


@pytest.mark.parametrize("kind", foreign_exceptions())
def test_no_exception_of_httpx2_escapes(kind: type[Exception]) -> None:
    """Each exception that httpx2 knows becomes one of ours, with its cause and the right fate."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise raised(kind)

    for check in clients(fail, retry=ONCE):
        with pytest.raises(errors.StatusekError) as caught:
            check()
        error = caught.value
        assert kind is type(error.__cause__)
        assert ("checkIsFinished", TOKEN) == (error.call, error.token)
        if kind.__name__ in ANSWERED:
            assert isinstance(error, errors.AnswerError)
        else:
            assert isinstance(error, errors.TransportError)
            assert ("not sent" if kind.__name__ in NOT_SENT else "unknown") == error.fate
        assert "the words of httpx2" in str(error)


def test_the_list_of_httpx2_is_complete() -> None:
    """The names that decide a fate are names of httpx2."""
    names = {kind.__name__ for kind in foreign_exceptions()}
    assert names >= NOT_SENT | ANSWERED
    assert len(names) > 25


def test_an_exception_without_words_shows_its_name() -> None:
    """An exception that says nothing is at least named."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("")

    for check in clients(fail, retry=ONCE):
        with pytest.raises(errors.TransportError, match="ReadError"):
            check()


def test_what_is_not_httpx2s_passes() -> None:
    """An error of the caller's own transport is not dressed up as one of the network."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise ZeroDivisionError

    for check in clients(fail):
        with pytest.raises(ZeroDivisionError):
            check()


def headers_of(**settings: Unpack[Settings]) -> list[dict[str, str]]:
    """Return the headers that each client sends."""
    seen: list[dict[str, str]] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(dict(request.headers))
        return httpx2.Response(200, json=OPEN)

    for check in clients(note, **settings):
        check()
    return seen


def test_every_request_asks_for_the_data_dialect() -> None:
    """Accept, content type and key are ours, whatever else a caller adds."""
    mine = {"X-Request-Id": "7", "Accept": "text/html", "User-Agent": "billing"}
    for headers in headers_of(api_key="secret", headers=mine):
        assert {
            "accept": "application/vnd.statusek.data+json",
            "content-type": "application/json",
            "authorization": "Bearer secret",
            "x-request-id": "7",
            "user-agent": "billing",
        }.items() <= headers.items()
    for headers in headers_of():
        assert "authorization" not in headers


def test_cookies_of_the_callers_client_are_sent() -> None:
    """A caller's client keeps its cookies, such as those of a load balancer."""
    seen: list[str | None] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers.get("cookie"))
        return httpx2.Response(200, json=OPEN, headers={"Set-Cookie": "node=2"})

    with httpx2.Client(transport=httpx2.MockTransport(note)) as own:
        client = StatusekClient("http://h", http_client=own)
        client.check_is_finished(TOKEN)
        client.check_is_finished(TOKEN)
    assert [None, "node=2"] == seen


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://h:8080", "http://h:8080/instance/checkIsFinished"),
        ("http://h:8080/", "http://h:8080/instance/checkIsFinished"),
        ("http://h/v2", "http://h/v2/instance/checkIsFinished"),
        ("https://h/a%20b//", "https://h/a%20b/instance/checkIsFinished"),
        ("http://[::1]:8080", "http://[::1]:8080/instance/checkIsFinished"),
    ],
)
def test_a_base_url_may_have_a_path_and_a_slash(base_url: str, expected: str) -> None:
    """Paths are put behind the base URL with exactly one slash between."""
    seen: list[str] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(200, json=OPEN)

    with httpx2.Client(transport=httpx2.MockTransport(note)) as own:
        StatusekClient(base_url, http_client=own).check_is_finished(TOKEN)
    assert [expected] == seen


@pytest.mark.parametrize(
    ("base_url", "settings", "error"),
    [
        (None, {}, TypeError),
        (b"http://h", {}, TypeError),
        ("", {}, ValueError),
        ("localhost:8080", {}, ValueError),
        ("ftp://h", {}, ValueError),
        ("http://", {}, ValueError),
        ("http://h:port", {}, ValueError),
        ("http://h?a=1", {}, ValueError),
        ("http://h:65536", {}, ValueError),
        ("http://h:0", {}, ValueError),
        ("http://\ud800", {}, ValueError),
        ("http://h#a", {}, ValueError),
        ("http://h", {"api_key": 5}, TypeError),
        ("http://h", {"api_key": ""}, ValueError),
        ("http://h", {"api_key": "a\r\nX: y"}, ValueError),
        ("http://h", {"api_key": "schlüssel"}, ValueError),
        ("http://h", {"timeout": 0}, ValueError),
        ("http://h", {"timeout": "5"}, TypeError),
        ("http://h", {"retry": 3}, TypeError),
        ("http://h", {"headers": "X: y"}, TypeError),
        ("http://h", {"headers": {5: "y"}}, TypeError),
        ("http://h", {"headers": {"X": 5}}, TypeError),
        ("http://h", {"outbox": "outbox.db"}, TypeError),
        ("http://h", {"http_client": httpx2}, TypeError),
    ],
)
@pytest.mark.parametrize("client", [StatusekClient, AsyncStatusekClient])
def test_a_client_that_cannot_work_is_not_made(
    client: Callable[..., object],
    base_url: object,
    settings: dict[str, object],
    error: type[Exception],
) -> None:
    """Arguments that cannot be meant so are refused when the client is made."""
    with pytest.raises(error):
        client(base_url, **settings)


def test_connections_of_the_other_kind_are_refused() -> None:
    """A client for async code cannot be that of a blocking one, nor the other way round."""
    mixed: list[tuple[Callable[..., object], object, str]] = [
        (StatusekClient, httpx2.AsyncClient(), r"AsyncClient; expected an httpx2\.Client"),
        (AsyncStatusekClient, httpx2.Client(), r"a Client; expected an httpx2\.AsyncClient"),
    ]
    for kind, http_client, words in mixed:
        with pytest.raises(TypeError, match=words):
            kind("http://h", http_client=http_client)


def test_a_key_is_never_shown() -> None:
    """Neither a client nor its errors show the key."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    for check in clients(fail, api_key="hunter2", retry=ONCE):
        with pytest.raises(errors.TransportError) as caught:
            check()
        assert "hunter2" not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
    with StatusekClient("http://user:hunter2@h", api_key="hunter2") as client:
        assert "hunter2" not in repr(client)


BAD_KEYS = ("hunter2\n", "hunter2\r\nX: y", "hunter2ü", "hunter2 ", "hunter2\x00", "hunter2\u2028")


@pytest.mark.parametrize("key", BAD_KEYS)
@pytest.mark.parametrize("client", [StatusekClient, AsyncStatusekClient])
def test_a_key_that_cannot_be_sent_is_not_shown(client: Callable[..., object], key: str) -> None:
    """A key with a character that no header carries is refused at once, and not shown anywhere."""
    bearer = f"Bearer {key}"
    ways: list[dict[str, object]] = [{"api_key": key}, {"headers": {"Authorization": bearer}}]
    for settings in ways:
        if key == "hunter2ü" and "headers" in settings:
            continue  # a header may carry it
        with pytest.raises(ValueError, match="characters that a header cannot carry") as caught:
            client("http://h", **settings)
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    ["http://me:hunter2@h?a=1", "http://me:hunter2@h:port", "me:hunter2@h", "ftp://a:hunter2@h"],
)
def test_a_password_in_a_bad_url_is_not_shown(url: str) -> None:
    """What is wrong with a URL is said without its credentials."""
    with pytest.raises(ValueError, match="base_url") as caught:
        StatusekClient(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_credentials_of_the_url_travel_in_a_header_only(caplog: pytest.LogCaptureFixture) -> None:
    """The log of httpx2 shows URLs; the password is not in them, and arrives all the same."""
    seen: list[str] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        return httpx2.Response(200, json=OPEN)

    caplog.set_level("DEBUG")
    with httpx2.Client(transport=httpx2.MockTransport(note)) as own:
        StatusekClient("http://me:hunter%202@h", http_client=own).check_is_finished(TOKEN)
    assert ["Basic " + base64.b64encode(b"me:hunter 2").decode()] == seen
    assert "http://h/" in caplog.text
    assert "hunter" not in caplog.text


def test_an_error_of_the_connection_names_the_server() -> None:
    """Who has several servers learns which one did not answer."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    for check in clients(fail, retry=ONCE):
        with pytest.raises(errors.TransportError, match="no answer from http://h: refused"):
            check()


def test_more_paths_than_are_kept_are_asked_all_the_same() -> None:
    """Only some prepared URLs are kept; the others are made anew."""
    seen: list[str] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.path)
        return httpx2.Response(200, json={"name": "X", "statuses": []})

    with httpx2.Client(transport=httpx2.MockTransport(note)) as own:
        client = StatusekClient("http://h", http_client=own)
        for number in range(70):
            client.model(f"M{number}")
    assert [f"/api/v1/models/M{number}" for number in range(70)] == seen


def test_a_deadline_holds_only_inside_its_block() -> None:
    """A connection that others use too is theirs again when the call is over."""
    stream = Stream()
    with Keeping(time.monotonic() + 100) as extensions:
        extensions["trace"]("connection.connect_tcp.complete", {"return_value": stream})
        stream.read(1, timeout=500.0)
        stream.write(b"x" * 100_000, timeout=500.0)
    stream.read(1, timeout=500.0)
    assert [65536, 34464] == stream.written
    assert all(0 < (timeout or 0) <= 100 for timeout in stream.timeouts[:3])
    assert 500.0 == stream.timeouts[3]


def test_a_deadline_that_has_passed_reads_nothing() -> None:
    """After the deadline a connection does not even look."""
    stream = Stream()
    with Keeping(time.monotonic() - 1) as extensions:
        assert 0.001 == extensions["timeout"].get("connect")
        extensions["trace"]("connection.connect_tcp.complete", {"return_value": stream})
        with pytest.raises(httpx2.ReadTimeout):
            stream.read(1)
    assert [] == stream.timeouts


class Stream(httpcore2.NetworkStream):
    """A connection that only notes how it is used."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []
        self.written: list[int] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        return b"x" * max_bytes

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.timeouts.append(timeout)
        self.written.append(len(buffer))


class Endless(httpx2.SyncByteStream):
    """An answer that never ends, from a transport that knows nothing of our deadlines."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" "


def test_a_transport_of_the_caller_is_bounded_too() -> None:
    """Between the pieces of an answer the time is looked at, whoever brings them."""
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=Endless()))
    with (
        httpx2.Client(transport=transport) as own,
        pytest.raises(errors.TransportError, match="time for the call is over"),
    ):
        StatusekClient("http://h", http_client=own, timeout=0.05).check_is_finished(TOKEN)


def out_of_time() -> flows.Flow[None]:
    """Send a call whose deadline has passed."""
    yield flows.Send(calls.check_is_finished(TOKEN), deadline=-1e9)


def test_a_call_without_time_is_not_sent() -> None:
    """A retry for which no time is left does not begin."""

    async def perform(url: str) -> None:
        async with AsyncStatusekClient(url) as client:
            await client.perform(out_of_time())

    with hostile(answering(http(bad.OPEN))) as server:
        with (
            StatusekClient(server.url) as client,
            pytest.raises(errors.TransportError, match="was not sent"),
        ):
            client.perform(out_of_time())
        with pytest.raises(errors.TransportError, match="was not sent"):
            anyio.run(perform, server.url)
        assert [] == server.paths


@pytest.mark.parametrize("is_own", [True, False])
def test_a_request_leaves_in_one_piece(is_own: bool) -> None:
    """Head and body of a call come together, also for a client of the caller; one alone comes."""
    pieces: list[bytes] = []

    def behave(connection: bad.Connection) -> None:
        for _ in range(2):
            pieces.append(connection.some())
            connection.sendall(
                http(json.dumps(OPEN).encode()).replace(b"Connection: close", b"X: y")
            )

    own = None if is_own else httpx2.Client()
    with hostile(behave) as server, StatusekClient(server.url, http_client=own) as client:
        client.check_is_finished(TOKEN)
        with pytest.raises(errors.AnswerError):
            client.about()
        if own is not None:
            own.close()
    assert [b"POST", b"GET "] == [piece[:4] for piece in pieces]
    assert pieces[0].endswith(b'{"instance_token":"%s"}' % TOKEN.encode())
