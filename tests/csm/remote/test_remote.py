"""Remote statuses: other applications asked over real sockets, friendly and hostile ones."""

# ruff: noqa: ANN401  # options are passed on

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from csm import GeneralComponent, Note, Status, StatusMessage, formats, to_json_string
from csm.checks import StatusReporter, SystemClock
from csm.remote import RemoteStatus, RemoteStatusError
from csm.remote.errors import reason_of
from csm.remote.reading import READABLE
from csm.web import wsgi_app
from strategies.hostile import (
    Behaviour,
    Connection,
    answering,
    close_after_reading,
    close_at_once,
    dripping,
    hostile,
    http,
    huge,
    silent,
)
from strategies.web_kit import served_wsgi

STOCK = GeneralComponent(component_name="stock")
SHOP = GeneralComponent(component_name="shop")


def stock(**more: Any) -> StatusMessage:
    return StatusMessage(component=STOCK, **more)


def said(message: StatusMessage, *headers: str, code: str = "200 OK") -> Behaviour:
    body = to_json_string(message).encode()
    return answering(http(body, code, "Content-Type: application/json", *headers))


def asked(*behaviours: Behaviour, **options: Any) -> StatusMessage:
    with hostile(*behaviours) as server:
        answer = RemoteStatus(f"{server.url}/status", **options)()
        assert isinstance(answer, StatusMessage)
        return answer


def titles(message: StatusMessage) -> list[str]:
    return [note.title for note in message.notes]


def test_a_remote_status_stands_below_its_check() -> None:
    """It is told as it is, with a note that says where it came from."""
    below = StatusMessage(component=GeneralComponent(component_name="shelf"), status="WARN")
    message = stock(status="WARN", sub_statuses=[below], extra={"colour": "red"})
    reporter = StatusReporter(SHOP)
    with hostile(said(message)) as server:
        reporter.add_check("stock of goods", RemoteStatus(f"{server.url}/status?key=1"))
        source = Note(title="Source", detail=f"{server.url}/status")
        [check] = reporter.report().sub_statuses
    assert (Status.WARN, "stock of goods") == (check.status, check.component.component_name)
    assert (message.replace(notes=[source]),) == check.sub_statuses


def test_unknown_names_are_kept() -> None:
    """What another application calls its parts and statuses need not be known here."""
    text = to_json_string(stock()).replace('"GENERAL"', '"MAJOR"').replace('"stock"', '"OTHER_1"')
    body = text.replace('"OK"', '"MELTING"').encode()
    message = asked(answering(http(body, "200 OK", "Content-Type: application/json")))
    assert ("OTHER_1", "MELTING") == (message.component.component_name.name, message.status.name)  # type: ignore[union-attr]


@pytest.mark.parametrize("media_type", READABLE)
def test_each_format_that_can_be_read_is_recognised(media_type: str) -> None:
    """The content type tells the format, with parameters or without."""
    name = READABLE[media_type].name
    body, _ = formats.write(stock(status="ERROR"), name)
    content_type = f"Content-Type: {media_type.upper()}; charset=utf-8"
    assert Status.ERROR is asked(answering(http(body, "503 x", content_type))).status


def test_the_format_can_be_said() -> None:
    """An application that gives another content type, or none, can be read all the same."""
    body = b'{"status": "UP", "components": {"db": {"status": "DOWN"}}}'
    assert Status.OK is asked(answering(http(body)), format="spring").status


def test_it_asks_for_what_it_can_read() -> None:
    """CSM is asked for first, then the others; a format that was said alone."""
    heads: list[str] = []

    def listen(connection: Connection) -> None:
        heads.append(connection.read_request().decode())
        connection.sendall(http(b'{"status":"UP"}'))

    with hostile(listen) as server:
        RemoteStatus(server.url, format="microprofile")()
        with pytest.raises(RemoteStatusError):
            RemoteStatus(server.url.replace("//", "//joe:pw@"), headers={"X-Key": "k"})()
    assert "Accept: application/vnd.microprofile.health+json, */*;q=0.1" in heads[0]
    assert "Accept: application/json, application/health+json;q=0.5, " in heads[1]
    assert "Authorization: Basic am9lOnB3\r\nX-Key: k\r\nConnection: close" in heads[1]
    assert all(head.startswith("GET / HTTP/1.1\r\n") for head in heads)
    assert [1, 1] == [head.count("\r\nHost: 127.0.0.1:") for head in heads]
    assert "Csm-Route" not in heads[0]


def test_a_failure_that_is_told_is_an_answer() -> None:
    """503 with a message is what status endpoints answer."""
    message = asked(said(stock(status="CRITICAL"), code="503 Service Unavailable"))
    assert (Status.CRITICAL, ["Source"]) == (message.status, titles(message))


def test_code_and_body_are_believed_where_they_are_worse() -> None:
    """A body that is fine does not make up for a code that is not."""
    message = asked(said(stock(), code="502 Bad Gateway"))
    assert (Status.ERROR, ["It was answered with HTTP 502", "Source"]) == (
        message.status,
        titles(message),
    )


def test_what_is_too_deep_is_cut_off() -> None:
    """The levels that are taken in are bounded, and what is cut off counts."""
    message = stock(status="CRITICAL")
    for _ in range(50):
        message = stock(sub_statuses=[message])
    told = asked(said(message), max_depth=3)
    assert (3, Status.CRITICAL) == (told.height, told.worst())


class Later(SystemClock):
    """A clock that is ahead."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._ahead


@pytest.mark.parametrize(
    ("ahead", "notes"),
    [
        (0, ["Source"]),
        (200, ["Source"]),
        (400, ["Source", "Old: more than 300 s"]),
        (-400, ["Source", "Its time is in the future"]),
    ],
)
def test_what_is_old_is_a_warning(ahead: float, notes: list[str]) -> None:
    """An application that answers with what it knew long ago is not taken for well."""
    message = asked(said(stock()), clock=Later(ahead))
    assert (notes, len(notes) > 1) == (titles(message), message.status is Status.WARN)
    if len(notes) > 1:
        assert f"What it says is of {message.iso8601_utc_timestamp}." == message.notes[1].detail


def test_what_is_about_the_asker_is_cut_out() -> None:
    """An application that includes our status does not give it back to us."""
    ours = StatusMessage(component=SHOP, status="ERROR")
    reporter = StatusReporter(SHOP)
    with hostile(said(stock(sub_statuses=[ours]))) as server:
        reporter.add_check("stock", RemoteStatus(server.url), component=STOCK)
        report = reporter.report()
    [told] = report.sub_statuses
    assert (Status.OK, ()) == (report.status, told.sub_statuses)
    assert ["Left out: 1 branch about shop", "Source"] == titles(told)


def test_who_asks_itself_is_warned() -> None:
    """An address that leads to the asking application is a mistake that is told."""
    reporter = StatusReporter(SHOP)
    with hostile(said(StatusMessage(component=SHOP))) as server:
        reporter.add_check("stock", RemoteStatus(server.url))
        report = reporter.report()
    assert (Status.WARN, ["The application asked itself"]) == (
        report.status,
        titles(report.sub_statuses[0]),
    )


def test_two_that_ask_each_other_over_http_both_answer() -> None:
    """Asked at the same moment, neither waits for the other; and when one recovers, both do."""
    is_well = False
    shop, store = StatusReporter(SHOP, deadline=60.0), StatusReporter(STOCK, deadline=60.0)
    reports: list[StatusMessage] = []
    with ExitStack() as stack:
        sites = [
            stack.enter_context(served_wsgi(wsgi_app(each, details=True))) for each in (shop, store)
        ]
        urls = [f"http://127.0.0.1:{site.port}/status" for site in sites]
        shop.add_check("stock", RemoteStatus(urls[1], timeout=30.0))
        shop.add_check("cellar", lambda: is_well)
        store.add_check("shop", RemoteStatus(urls[0], timeout=30.0))
        for expected in (Status.ERROR, Status.OK):
            is_well = expected is Status.OK
            other = threading.Thread(target=lambda: reports.append(store.report()))
            other.start()
            reports.append(shop.report())
            other.join()
            assert [expected, expected] == [report.status for report in reports[-2:]]


def test_an_aggregator_tells_which_one_is_missing() -> None:
    """One reporter over many remotes: a dead one is an ERROR of its own, the others are told."""
    reporter = StatusReporter(GeneralComponent(component_name="all"))
    with hostile(said(stock())) as up, hostile(close_at_once) as down:
        reporter.add_check("up", RemoteStatus(up.url))
        reporter.add_check("down", RemoteStatus(down.url), critical=False)
        expected = f"{down.url} hung up"
        report = reporter.report()
    assert (Status.WARN, [Status.OK, Status.ERROR]) == (
        report.status,
        [each.status for each in report.sub_statuses],
    )
    [note] = report.sub_statuses[1].notes
    assert ("RemoteStatusError", expected) == (note.title, note.detail)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def endless(piece: bytes, begin: bytes = b"") -> Behaviour:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.sendall(begin)
        while True:
            connection.sendall(piece)
            time.sleep(0.001)

    return behave


def redirect(code: str, *location: str) -> Behaviour:
    return answering(http(b"", code, *(f"Location: {place}" for place in location)))


SPRANG = (
    "one of csm, health+json, spring, aspnet, microprofile, kubernetes, html, text, prometheus; "
    "did you mean spring?"
)
LATE = "did not answer within 0.3 s"
NOT_HTTP = "does not speak HTTP as expected: "


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (silent, LATE),
        (dripping(HEAD + b"X: " + b"y" * 5_000), LATE),
        (dripping(HEAD + b"\r\n" + b" " * 5_000, after=len(HEAD) + 2), LATE),
        (dripping(HEAD + b"Content-Length: 5000\r\n\r\n" + b" " * 5_000, after=70), LATE),
        (endless(b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
        (endless(b"1\r\n \r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), LATE),
        (huge, "answers with more than 1,000 bytes"),
        (
            answering(HEAD + b"Content-Length: 99999999999999\r\n\r\n" + b" " * 2_000),
            "answers with more than 1,000 bytes",
        ),
        (endless(b"X: y\r\n" * 200, HEAD), f"{NOT_HTTP}HTTPException"),
        (endless(b"y" * 100_000, HEAD + b"X: "), f"{NOT_HTTP}LineTooLong"),
        (answering(b"SSH-2.0-OpenSSH\r\n"), f"{NOT_HTTP}BadStatusLine"),
        (
            answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
            f"{NOT_HTTP}IncompleteRead",
        ),
        (close_after_reading, "hung up"),
        (
            answering(HEAD + b"Content-Length: 900\r\n\r\n" + to_json_string(stock()).encode()),
            "hung up",
        ),
        (redirect("301 x", "file:///etc/passwd"), "answers HTTP 301 and leads to /etc/passwd"),
        (
            redirect("302 x", "http://joe:hunter2@elsewhere/\x1b[2J?hunter2"),
            "answers HTTP 302 and leads to http://elsewhere/",
        ),
        (redirect("307 x", "http://[hunter2"), "answers HTTP 307 and leads to (no address): ask"),
        (redirect("308 x"), "answers HTTP 308 and leads to nowhere: ask the right address itself"),
        (
            answering(http(b"<html>", "200 OK", "Content-Type: text/html")),
            "answers HTTP 200 with text/html, which is no status that can be read",
        ),
        (
            answering(http(b"x", "404 x", "Content-Type: \x1b[2J")),
            "answers HTTP 404 with \\x1b[2j, which is no status that can be read",
        ),
        (
            answering(http(b"{}", "200 OK")),
            "answers HTTP 200 with nothing, which is no status that can be read",
        ),
        (
            answering(http(b'{"detail": "\xff"}', "401 x", "Content-Type: application/json")),
            "answers HTTP 401 with what is no status in the format csm: not UTF-8",
        ),
        (
            answering(http(b"[" * 900, "200 OK", "Content-Type: application/json")),
            "answers HTTP 200 with what is no status in the format csm: ",
        ),
        (
            answering(http(b'{"status": 1}', "200 x", "Content-Type: application/health+json")),
            "answers HTTP 200 with what is no status in the format health+json: $.status: must be",
        ),
    ],
)
def test_hostile_answers_end_in_a_sentence(behaviour: Behaviour, reason: str) -> None:
    """Whatever comes back, and however slowly: an error in time, on one line, without secrets."""
    with hostile(behaviour) as server:
        url = server.url.replace("//", "//joe:hunter2@")
        remote = RemoteStatus(
            f"{url}/status?key=hunter2",
            headers={"X-Key": "hunter2"},
            timeout=0.3 if reason == LATE else 30.0,
            max_bytes=1_000,
        )
        with pytest.raises(RemoteStatusError) as caught:
            remote()
        error, expected = str(caught.value), f"{server.url}/status {reason}"
    assert error.startswith(expected)
    assert (False, True) == ("hunter2" in error, error.isprintable())


def test_nobody_there_is_said() -> None:
    """A port that nobody listens on, and a name that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(RemoteStatusError, match="cannot be reached: Connection refused"):
        RemoteStatus(f"http://127.0.0.1:{port}/")()
    with pytest.raises(RemoteStatusError, match="cannot be found: "):
        RemoteStatus("http://nobody.invalid/")()


def test_who_speaks_no_tls_is_said() -> None:
    """An address with https that answers in plain HTTP is told from one that nobody answers."""

    def plain(connection: Connection) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with hostile(plain) as server:
        remote = RemoteStatus(server.url.replace("http:", "https:"))
        with pytest.raises(RemoteStatusError, match="does not speak TLS as expected: "):
            remote()


def test_a_certificate_that_is_not_trusted_is_said() -> None:
    """The library of the system says why."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    expected = "has a certificate that is not trusted: self-signed certificate"
    assert expected == reason_of(error)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is missing, which makes certificates")
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", str(file), "-out", str(file.with_suffix(".crt"))]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return file


def over_tls(certificate: Path, then: Callable[[ssl.SSLSocket], None]) -> tuple[str, Any]:
    """Serve one connection over TLS; return the address and the thread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as plain:
            try:
                with context.wrap_socket(plain, server_side=True) as peer:
                    then(peer)
            except OSError:
                pass

    thread = threading.Thread(target=serve)
    thread.start()
    return f"https://localhost:{listener.getsockname()[1]}/status", thread


def test_tls_is_spoken_with_whom_one_trusts(certificate: Path) -> None:
    """A trusted certificate leads to the status, another to a sentence."""

    def answer(peer: ssl.SSLSocket) -> None:
        peer.recv(10_000)
        peer.sendall(
            http(to_json_string(stock()).encode(), "200 OK", "Content-Type: application/json")
        )

    trusting = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    url, thread = over_tls(certificate, answer)
    message = RemoteStatus(url, ssl_context=trusting)()
    thread.join()
    assert isinstance(message, StatusMessage)
    url, thread = over_tls(certificate, answer)
    with pytest.raises(RemoteStatusError, match="has a certificate that is not trusted: self"):
        RemoteStatus(url)()
    thread.join()


def test_dripping_over_tls_is_late_too(certificate: Path) -> None:
    """The connection is cut when the time is over, also within TLS."""

    def drip(peer: ssl.SSLSocket) -> None:
        peer.recv(10_000)
        for byte in HEAD * 100:
            peer.sendall(bytes([byte]))
            time.sleep(0.02)

    trusting = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    url, thread = over_tls(certificate, drip)
    with pytest.raises(RemoteStatusError, match="did not answer within 1 s"):
        RemoteStatus(url, ssl_context=trusting, timeout=1.0)()
    thread.join()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": b"http://x"}, "url is a text, not bytes"),
        ({"format": "html"}, "format= is 'html', which can only be written"),
        ({"format": "sprang"}, "'sprang' is not a format: " + SPRANG),
        ({"timeout": 0}, "timeout= is 0: expected more than 0 seconds"),
        ({"max_bytes": 0}, "max_bytes= is 0: expected 1 to 1,073,741,824"),
        ({"max_depth": 91}, "max_depth= is 91: expected 1 to 90"),
        ({"max_depth": True}, "max_depth= is a whole number, not bool"),
        ({"stale_after": "1"}, "stale_after= is a number of seconds, not str"),
        ({"headers": [("a", "b")]}, "headers= is a mapping of texts, not list"),
        ({"headers": {"a": 1}}, "headers= has a name or a value that is no text"),
        ({"headers": {"a b": "c"}}, "headers= has a name that HTTP does not allow"),
        ({"headers": {"a": "hunter\r\n2"}}, "headers['a']= has letters that HTTP does not allow"),
        ({"headers": {"a": "hunter☃"}}, "headers['a']= has letters that HTTP does not allow"),
    ],
)
def test_wrong_arguments_are_said_at_once(options: dict[str, Any], message: str) -> None:
    """An argument is refused when the check is made, not when it is asked."""

    def make(arguments: dict[str, Any]) -> RemoteStatus:
        return RemoteStatus(**arguments)

    with pytest.raises((TypeError, ValueError)) as caught:
        make({"url": "http://x/"} | options)
    assert message == str(caught.value)


def test_the_route_is_sent_along() -> None:
    """Who is asked learns by way of whom, the asker last."""
    routes: list[str] = []

    def listen(connection: Connection) -> None:
        head = connection.read_request().decode()
        routes.extend(line for line in head.splitlines() if line.startswith("Csm-Route"))
        connection.sendall(
            http(to_json_string(stock()).encode(), "200 OK", "Content-Type: application/json")
        )

    reporter = StatusReporter(SHOP)
    with hostile(listen) as server:
        reporter.add_check("stock", RemoteStatus(server.url))
        reporter.report()
        reporter.report(route=["GENERAL/all", "MAJOR/SIA"])
    assert [
        "Csm-Route: GENERAL/shop",
        "Csm-Route: GENERAL/all, MAJOR/SIA, GENERAL/shop",
    ] == routes


def test_a_node_for_each_level_costs_little() -> None:
    """A document that is as deep as it may be and wide is read within its bounds."""
    wide = stock(sub_statuses=[stock() for _ in range(500)])
    text = json.loads(to_json_string(wide))
    assert 500 == len(text["subStatuses"])
    assert 501 == sum(1 for _ in asked(said(wide)).walk())
