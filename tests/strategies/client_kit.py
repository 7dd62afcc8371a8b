"""What the client's tests share: calls by path, plain readings, stepped flows, a fake server."""

import enum
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, TypeVar, Unpack

import attrs
import httpx2

from statusek_client import AsyncStatusekClient, Outbox, StatusekClient, calls, errors
from statusek_client.calls import Call
from statusek_client.flows import Flow, Pause, Send, Work
from statusek_client.retry import Policy
from statusek_client.wire import Response

Json = dict[str, Any]


class Settings(TypedDict, total=False):
    """What a client can be told besides where its server is."""

    api_key: str
    timeout: float
    retry: Policy
    headers: Mapping[str, str]
    outbox: Outbox
    verify: bool


TOKEN = "1d36bcdf-d776-4e7a-97a6-4431079d2b2e"


def call_at(path: str, body: Json) -> Call[Any]:
    """Return the call that asks at this path with the arguments of this body."""
    token = body.get("instance_token", TOKEN)
    status = body.get("status_name", "RUN")
    made: dict[str, Callable[[], Call[Any]]] = {
        "/instance/create": lambda: calls.create_instance(
            body.get("object_name", "TASK"), 60, "key"
        ),
        "/status/setStatus": lambda: calls.set_status(token, status, None, "key"),
        "/instance/checkIsFinished": lambda: calls.check_is_finished(token),
        "/status/checkStatusIsSet": lambda: calls.check_status_is_set(token, status),
        "/status/checkStatusIsReadyToSet": lambda: calls.check_status_is_ready_to_set(
            token, status
        ),
        "/event/getEvents": lambda: calls.get_events(token),
        "/status/setGlobalStatus": lambda: calls.set_global_status(status),
        "/about": calls.about,
    }
    return made[path]()


def plain(value: object) -> object:
    """Return a result as JSON has it."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    kind = type(value)
    if not attrs.has(kind):
        return value
    names = [field.name for field in attrs.fields(kind) if field.name in SHOWN]
    return {name: plain(getattr(value, name)) for name in names}


SHOWN = frozenset(
    [
        "is_finished",
        "reason",
        "is_ready",
        "description",
        "status_name",
        "status_type",
        "message",
        "db_version",
        "home_page",
    ]
)
"""The attributes that the wire examples speak of; times and numbers are each server's own."""


def answer(body: object, *, status: int = 200, **headers: str) -> Response:
    """Return an answer whose body is this text, these bytes, or this value as JSON."""
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
    raw = body.encode() if isinstance(body, str) else body
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, named, raw)


def flat(message: str, status: bool, **more: object) -> Json:
    return {**more, "message": message, "status": status}


def data(message: str = "", /, **fields: object) -> Json:
    return {"status": not message, "message": message, "data": fields}


class FakeClock:
    """A monotonic clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


Result = TypeVar("Result")
Scripted = Response | errors.StatusekError | tuple[float, Response | errors.StatusekError]


@attrs.define
class Stage:
    """Steps through a flow: each call gets the next scripted answer, each pause moves the clock.

    An answer may be a pair with the seconds that it takes to come.
    """

    script: deque[Scripted]
    clock: FakeClock = attrs.field(factory=FakeClock)
    seen: list[str] = attrs.field(factory=list)
    sent: list[Send] = attrs.field(factory=list)

    @classmethod
    def of(cls, script: Iterable[Scripted]) -> "Stage":
        return cls(deque(script))

    def play(self, flow: Flow[Result]) -> Result:
        """Return what the flow returns; raises what it raises."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Work):
                    step = flow.send(step.do())
                elif isinstance(step, Pause):
                    step = self._pause(flow, step)
                else:
                    step = self._send(flow, step)
        except StopIteration as end:
            result: Result = end.value
            return result

    def _pause(self, flow: Flow[Any], step: Pause) -> Send | Pause | Work:
        self.seen.append(f"pause {step.seconds:g}")
        self.clock.now += step.seconds
        return next(flow)

    def _send(self, flow: Flow[Any], step: Send) -> Send | Pause | Work:
        self.seen.append(step.call.name)
        self.sent.append(step)
        scripted = self.script.popleft()
        if isinstance(scripted, tuple):
            seconds, scripted = scripted
            self.clock.now += seconds
        try:
            if isinstance(scripted, errors.StatusekError):
                raise scripted
            result = step.call.decode(scripted)
        except errors.StatusekError as error:
            return flow.throw(error)
        return flow.send(result)


class FakeStatusek:
    """A Statusek with one object, TASK, and one instance, in either dialect; no rules."""

    def __init__(self, dialect: str = "data") -> None:
        self.dialect = dialect
        self.posts: list[tuple[str, str | None]] = []
        self.refusing: set[str] = set()  # statuses whose set is not sent,
        self.losing: set[str] = set()  # gets no answer,
        self.denying: set[str] = set()  # is refused
        self.broken = False  # the storage is away
        self.beats: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content or b"{}")
        path = request.url.path
        if path == "/instance/create":
            return self.said(instance_token=TOKEN)
        if path == "/status/setStatus":
            return self.set(body["status_name"], body.get("status_message"))
        if path == "/instance/checkIsFinished":
            return self.finished()
        if path == "/status/checkStatusIsSet":
            return self.is_set(body["status_name"])
        if path == "/event/getEvents":
            return self.said(events=[self.event(*post) for post in self.posts] or None)
        return self.rest(path, body)

    def set(self, name: str, message: str | None) -> httpx2.Response:
        if name in self.refusing:
            raise httpx2.ConnectError("refused")
        if name in self.losing:
            raise httpx2.ReadError("closed")
        if self.broken:
            return httpx2.Response(200, json=data("Database error: '%s'"))
        if name in self.denying:
            text = f"Status '{name}' is already set for instance '{TOKEN}'"
            return httpx2.Response(200, json=data(text))
        self.posts.append((name, message))
        return self.said()

    def lost(self) -> Exception:
        return httpx2.ReadError("closed")

    def beat(self, token: str) -> httpx2.Response:
        if "END" in [name for name, _ in self.posts]:
            text = f"Instance '{token}' is finished by 'ALL_MANDATORY_STATUSES_ARE_SET'"
            return httpx2.Response(200, json=data(text))
        self.beats.append(token)
        return self.said()

    def said(self, **fields: object) -> httpx2.Response:
        if self.dialect == "flat":
            return httpx2.Response(200, json={**fields, "message": "Success", "status": True})
        return httpx2.Response(200, json=data(**fields))

    def finished(self) -> httpx2.Response:
        done = "END" in [name for name, _ in self.posts]
        if self.dialect == "flat":
            text = "Instance is finished" if done else "Instance is not finished"
            return httpx2.Response(200, json={"message": text, "status": done})
        why = "ALL_MANDATORY_STATUSES_ARE_SET" if done else ""
        return self.said(instance_is_finished=done, instanse_is_finished_description=why)

    def is_set(self, name: str) -> httpx2.Response:
        there = name in [post for post, _ in self.posts]
        if self.dialect == "flat":
            text = "Status is set" if there else "Status is not set"
            return httpx2.Response(200, json={"message": text, "status": there})
        return self.said(status_is_set=there)

    def event(self, name: str, message: str | None) -> Json:
        status = {"ID": 1, "ObjectID": 1, "StatusName": name, "StatusDesc": "", "StatusType": "M"}
        status["StatusID"] = 1
        made: Json = {"Status": status, "EventCreationDt": "2024-05-01T10:00:00Z"}
        return made if self.dialect == "flat" else {**made, "EventMessage": message or ""}

    def rest(self, path: str, body: Json) -> httpx2.Response:
        if self.dialect == "data":
            if path == "/instance/beat":
                return self.beat(body["instance_token"])
            if path == "/status/checkStatusIsReadyToSet":
                why = "Not all previos mandatory statuses are set for status 'END'"
                return self.said(
                    status_is_ready_to_set=False, status_is_ready_to_set_description=why
                )
            if path == "/status/setGlobalStatus":
                return self.said()
            if path == "/about":
                about: Json = {"db_version": "2.7.2", "home page": "https://example.org"}
                return self.said(**about)
            return self.modern(path)
        return httpx2.Response(404, text="404 page not found\n")

    def modern(self, path: str) -> httpx2.Response:
        if path.startswith("/api/v1/models/"):
            names = ("RUN", "MANDATORY"), ("MAYBE", "OPTIONAL"), ("END", "MANDATORY")
            listed = [{"name": name, "type": kind} for name, kind in names]
            return httpx2.Response(200, json={"name": "TASK", "statuses": listed})
        if path.startswith("/api/v1/instances/"):
            return httpx2.Response(200, json={"object": "TASK"})
        return httpx2.Response(404, text="404 page not found\n")


def sync_client(fake: FakeStatusek, **settings: Unpack[Settings]) -> StatusekClient:
    transport = httpx2.MockTransport(fake)
    return StatusekClient("http://h", http_client=httpx2.Client(transport=transport), **settings)


def async_client(fake: FakeStatusek, **settings: Unpack[Settings]) -> AsyncStatusekClient:
    transport = httpx2.MockTransport(fake)
    own = httpx2.AsyncClient(transport=transport)
    return AsyncStatusekClient("http://h", http_client=own, **settings)
