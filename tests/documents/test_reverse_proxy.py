"""The nginx of docs/howto/reverse-proxy.md before a real server; skipped where nginx is missing."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from documents.markdown import files
from statusek_client import StatusekClient
from strategies.server_kit import running

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
    pytest.mark.xdist_group("nginx"),
]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def certificate(folder: Path) -> None:
    """Make a certificate for this machine."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


@contextmanager
def behind_proxy(folder: Path, *flags: str) -> Iterator[tuple[str, ssl.SSLContext]]:
    """The address of a server behind the documented proxy, and what trusts its certificate."""
    certificate(folder)
    with running(folder, *flags) as server:
        port = free_port()
        configure(folder, server.url.removeprefix("http://"), port)
        command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
            try:
                until_it_listens(port)
                trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
                yield f"https://localhost:{port}/statusek", trust
            finally:
                nginx.terminate()


def configure(folder: Path, server: str, port: int) -> None:
    """Write the documented site, with addresses and files of here, and what nginx wants around."""
    site = files("howto/reverse-proxy.md")["statusek.conf"]
    for shown, here in (
        ("127.0.0.1:8080", server),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("status.example;", "localhost;"),
        ("/etc/ssl/certs/status.example.pem", f"{folder}/cert.pem"),
        ("/etc/ssl/private/status.example.key", f"{folder}/key.pem"),
    ):
        assert shown in site
        site = site.replace(shown, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off;\n{paths}{site}}}\n"
    )


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ssl.SSLContext]]:
    """A server that serves everybody, behind the proxy."""
    with behind_proxy(tmp_path_factory.mktemp("nginx")) as place:
        yield place


def until_it_listens(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx does not listen")


def test_a_process_runs_through_the_proxy(proxied: tuple[str, ssl.SSLContext]) -> None:
    """The client is given the whole address, and everything works: statuses, waiting, watching."""
    url, trust = proxied
    with (
        httpx2.Client(verify=trust) as http,
        StatusekClient(url, http_client=http, timeout=30) as statusek,
    ):
        task = statusek.create("TASK", instance_timeout=600)
        task.set("RUN").set("FINISHED", "17 files")
        assert task.wait(timeout=30)
        assert ["RUN", "FINISHED"] == [event.status_name for event in task.watch(timeout=30)]


def test_an_answer_is_held_through_the_proxy(proxied: tuple[str, ssl.SSLContext]) -> None:
    """The preference arrives, and the answer says that it was honoured."""
    url, trust = proxied
    with httpx2.Client(verify=trust, timeout=30) as http:
        made = http.post(
            f"{url}/instance/create", json={"object_name": "TASK", "instance_timeout": 60}
        )
        answer = http.post(
            f"{url}/instance/checkIsFinished",
            json={"instance_token": made.json()["instance_token"]},
            headers={"Prefer": "wait=1"},
        )
    assert ("wait=1", False) == (answer.headers["preference-applied"], answer.json()["status"])


def test_events_arrive_while_the_stream_is_open(proxied: tuple[str, ssl.SSLContext]) -> None:
    """A status that is set later comes through a stream that was opened before."""
    url, trust = proxied
    with httpx2.Client(verify=trust, timeout=30) as http:
        made = http.post(f"{url}/api/v1/instances", json={"object": "TASK", "timeout": 600})
        place = made.headers["location"]
        assert place.startswith(f"{url}/api/v1/instances/")
        assert 201 == http.post(f"{place}/events", json={"status": "RUN"}).status_code
        with http.stream("GET", f"{place}/events/stream") as stream:
            lines = stream.iter_lines()
            assert "event: status" in [next(lines), next(lines)]
            with httpx2.Client(verify=trust, timeout=30) as other:
                other.post(f"{place}/events", json={"status": "FINISHED"})
            assert "event: finished" in list(lines)


def test_pages_and_what_they_load_are_below_the_prefix(
    proxied: tuple[str, ssl.SSLContext],
) -> None:
    """Every link and file of the first page is found through the proxy."""
    url, trust = proxied
    with httpx2.Client(verify=trust, timeout=30) as http:
        page = http.get(f"{url}/", headers={"Accept": "text/html"})
        assert 200 == page.status_code
        links = set(re.findall(r'(?:href|src)="([^"#]+)"', page.text))
        assert links
        found = {
            link: http.get(
                page.url.join(link.replace("&amp;", "&")), headers={"Accept": "text/html, */*"}
            ).status_code
            for link in links
        }
    assert {link: 200 for link in links} == found


def test_a_path_with_a_slash_too_many_leads_back_below_the_prefix(
    proxied: tuple[str, ssl.SSLContext],
) -> None:
    """A redirect of the server has the prefix when it arrives."""
    url, trust = proxied
    with httpx2.Client(verify=trust, timeout=30) as http:
        answer = http.post(f"{url}/instance/create/", json={})
    assert (301, f"{url}/instance/create") == (answer.status_code, answer.headers["location"])


def test_who_signs_in_has_a_cookie_for_this_path_and_for_tls_only(tmp_path: Path) -> None:
    """The form that a browser sends from the page of the proxy is taken, and its key kept."""
    keys = tmp_path / "keys.toml"
    command = [sys.executable, "-m", "statusek_cli", "keys", "create", "me", "--scope", "read"]
    made = subprocess.run(
        [*command, "--keys", str(keys)], capture_output=True, text=True, check=True
    )
    with behind_proxy(tmp_path, "--keys", str(keys)) as (url, trust):
        browser = {"Accept": "text/html", "Origin": url.removesuffix("/statusek")}
        with httpx2.Client(verify=trust, timeout=30, headers=browser) as http:
            assert "Sign in" in http.get(f"{url}/").text
            answer = http.post(f"{url}/board/sign-in", data={"key": made.stdout.strip()})
            cookie = answer.headers["set-cookie"].lower()
            assert {"path=/statusek/", "secure", "httponly"} <= set(cookie.split("; "))
            assert "Sign in" not in http.get(f"{url}/").text
