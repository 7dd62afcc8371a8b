"""Injections: hostile texts in every field of every call, in headers, paths and queries.

What is looked for: an answer that is no answer, a text that comes back changed, a line in the log
that nobody wrote, a page in which a text is markup, and tables that are not as they were.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2
from attrs import define, field

from benchmarks.server.process import Process, serving
from faults.callers import models
from faults.findings import Finding
from faults.places import Kind, StoredPlace, place
from statusek_server.api.queries import cursor_of
from statusek_server.storage.pages import Position

TEXTS: Final = (
    "'; drop table instance; --",
    "' or '1'='1",
    '" or ""="',
    "1; select pg_sleep(20)",
    "x'); delete from event; --",
    "$1",
    "$$; drop table event; $$",
    ":token",
    "%s %d %(x)s %n",
    "{token} {0} {reason.__class__} {self}",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}{%raw%}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "javascript:alert(1)",
    "&lt;b&gt;&#x3c;b&#x3e;",
    "]]><!-- -->",
    "a\r\nSet-Cookie: evil=1\r\n\r\n<html>",
    "a\nERROR statusek_server: forged line",
    "a\x00b",
    "\x1b[31mred\x1b[0m\x07\x08",
    "\u2028\u2029\u202e\ufeff\u200b",
    "\ufffd\uffff\U0010ffff",
    "../../../../etc/passwd",
    "%2e%2e%2f%00",
    "\\x27\\u0027\\'",
    '{"instance_token":"x"}',
    "null",
    "-1",
    "9" * 400,
    "NaN",
    "⛵ é \u0301",
    " ",
    "",
    "x" * 5000,
)

FIELDS: Final = (
    "object_name",
    "instance_timeout",
    "instance_silence",
    "instance_token",
    "status_name",
    "status_message",
    "known_events",
)

CALLS: Final = (
    "/instance/create",
    "/status/setStatus",
    "/instance/checkIsFinished",
    "/status/checkStatusIsSet",
    "/status/checkStatusIsReadyToSet",
    "/status/setGlobalStatus",
    "/event/getEvents",
    "/instance/beat",
    "/about",
)

HEADERS: Final = (
    "idempotency-key",
    "x-request-id",
    "prefer",
    "accept",
    "authorization",
    "cookie",
    "content-type",
    "last-event-id",
    "host",
    "x-forwarded-for",
)

PATHS: Final = (
    "/{}",
    "/v1/{}",
    "/v2/status/{}",
    "/api/v1/{}",
    "/api/v1/instances/{}",
    "/api/v1/instances/{}/events",
    "/api/v1/models/{}",
    "/api/v1/instances?object={}",
    "/api/v1/instances?status={}",
    "/api/v1/instances?cursor={}",
    "/api/v1/instances?{}=1",
    "/board/instance?token={}",
    "/board/model?name={}",
    "/board/static/{}",
    "/board/?object={}",
)

SOME_DAY: Final = datetime(2026, 3, 1, tzinfo=UTC)

CODE: Final = re.compile(r"[A-Z_]{3,60}")
PLAIN: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR) statusek_server[\w.]*: "
)


@define
class Attacker:
    """Sends what is hostile, and notes what should not have come back."""

    server: httpx2.Client
    tried: int = 0
    wrong: list[str] = field(factory=list)

    def call(self, path: str, body: Any, **headers: str) -> httpx2.Response:  # noqa: ANN401 - JSON
        return self._sent("POST", path, json.dumps(body).encode(), headers)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self._sent("GET", path, b"", headers)

    def _sent(self, method: str, path: str, body: bytes, headers: Any) -> httpx2.Response:  # noqa: ANN401
        raw = [(name.encode(), value.encode("utf-8")) for name, value in headers.items()]
        self.tried += 1
        answer = self.server.request(method, path, content=body, headers=raw)
        if answer.status_code >= 500:
            self.wrong.append(f"{method} {path} {body!r} {headers}: {answer.status_code}")
        if "set-cookie" in answer.headers and "evil" in answer.headers["set-cookie"]:
            self.wrong.append(f"{path}: a header was injected")
        return answer

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)


def injections(kind: Kind, folder: Path, texts: Sequence[str] = TEXTS) -> list[Finding]:
    """Try hostile texts everywhere on a database, in both dialects and both forms of the log."""
    with place(kind, folder) as stored:
        tried = 0
        wrong: list[str] = []
        for form in ("json", "plain"):
            flags = (*models(folder), "--log-level", "info", "--log-format", form)
            with serving(stored.url, *flags) as server:
                attacker = _attacked(server, texts)
            tried += attacker.tried
            wrong += attacker.wrong
            wrong += [f"the log: {line!r}" for line in server.said if not _is_ours(line, form)]
        halves = stored.halves()
        wrong += _changed(stored)
    return [
        Finding(
            f"{stored.name}: hostile texts in every field, header, path and query",
            f"{tried:,} requests with {len(texts)} texts",
            "; ".join(wrong[:3])
            or "each answered by the rules; each text came back as it was "
            "sent; no line in the log forged, no markup in a page, no table changed",
            not wrong and not halves,
        )
    ]


def _attacked(server: Process, texts: Sequence[str]) -> Attacker:
    with httpx2.Client(base_url=server.url, timeout=30) as talking:
        attacker = Attacker(talking)
        for text in texts:
            _fields(attacker, text)
            _headers(attacker, text)
            _paths(attacker, text)
            _stored(attacker, text)
        return attacker


def _fields(attacker: Attacker, text: str) -> None:
    good = {"object_name": "LINE", "instance_timeout": 60}
    token = attacker.call("/instance/create", good).json()["instance_token"]
    for path in CALLS:
        for name in FIELDS:
            for prefix in ("/v1", "/v2"):
                body = {**good, "instance_token": token, "status_name": "A", name: text}
                answer = attacker.call(prefix + path, body)
                if answer.status_code == 404:
                    continue  # the older dialect has fewer calls
                told = answer.json()
                attacker.expect(bool(CODE.fullmatch(told["code"])), f"{path}: {answer.text}")
    for body in (
        {"object": text},
        {"object": "LINE", text: 1},
        {"object": "LINE", "timeout": text},
    ):
        answer = attacker.call("/api/v1/instances", body, **{"content-type": "application/json"})
        attacker.expect(answer.status_code in {400, 404, 422}, f"{body}: {answer.status_code}")


def _headers(attacker: Attacker, text: str) -> None:
    sendable = re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "?", text).strip()
    for name in HEADERS:
        for path in ("/instance/create", "/v2/instance/checkIsFinished", "/api/v1/instances"):
            answer = attacker.call(
                path, {"object_name": "LINE", "instance_timeout": 60}, **{name: sendable}
            )
            attacker.expect(answer.status_code < 500, f"{name}: {sendable!r}")
            shown = answer.headers["x-request-id"]
            attacker.expect(bool(re.fullmatch(r"[\w.:/+=@-]{1,128}", shown)), f"id {shown!r}")


def _paths(attacker: Attacker, text: str) -> None:
    for path in PATHS:
        for accept in ("text/html", "application/json"):
            answer = attacker.get(path.format(quote(text, safe="")), accept=accept)
            if "text/html" in answer.headers.get("content-type", ""):
                _page(attacker, answer.text, path)
    made_up = cursor_of(Position(SOME_DAY, text))
    answer = attacker.get(f"/api/v1/instances?cursor={made_up}")
    attacker.expect(answer.status_code in {200, 400}, f"the cursor of {text[:30]!r}")


def _stored(attacker: Attacker, text: str) -> None:
    """A text that is stored comes back the same, everywhere, and is never markup."""
    body: dict[str, Any] = {"object_name": "LINE", "instance_timeout": 60}
    token = attacker.call("/instance/create", body).json()["instance_token"]
    body = {"instance_token": token, "status_name": "A", "status_message": text}
    done = attacker.call("/status/setStatus", body).json()
    attacker.expect(done["code"] == "SUCCESS", f"{text!r}: {done}")
    old = attacker.call("/v2/event/getEvents", {"instance_token": token}).json()
    new = attacker.get(f"/api/v1/instances/{token}/events").json()
    told = (old["data"]["events"][0]["EventMessage"], new["events"][0]["message"])
    attacker.expect(told == (text, text), f"{text!r} came back as {told!r}")
    shown = attacker.get(f"/board/instance?token={token}", accept="text/html")
    _page(attacker, shown.text, f"the page of an instance with {text[:30]!r}")
    for global_status in ({"status_name": text}, {"status_name": "A", "status_message": text}):
        done = attacker.call("/v2/status/setGlobalStatus", global_status).json()
        attacker.expect(done["code"] == "SUCCESS", f"{text!r}: {done}")


class _Markup(HTMLParser):
    """Notes what must not be in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "board.js" not in (given.get("src") or ""):
            self.found.append(f"<script {given}>")
        if tag == "img" and given.get("src") == "x":
            self.found.append("<img>")
        self.found += [name for name in given if name.startswith("on")]
        target = html.unescape(given.get("href") or "").strip().lower()
        if target.startswith(("javascript:", "data:")):
            self.found.append(target)


def _page(attacker: Attacker, page: str, where: str) -> None:
    markup = _Markup()
    markup.feed(page)
    attacker.expect(not markup.found, f"{where}: {markup.found}")


def _is_ours(line: str, form: str) -> bool:
    """Return whether a line of the log is one that the server has written as a whole."""
    line = line.removesuffix("\n")
    if form == "plain":
        return bool(PLAIN.match(line)) and line.isprintable()
    try:
        return {"time", "level", "logger", "message"} <= set(json.loads(line))
    except ValueError:
        return False


def _changed(stored: StoredPlace) -> Iterator[str]:
    statuses = {name for _, name in stored.stored()}
    if statuses != {"A"}:
        yield f"statuses that nobody set: {statuses}"
