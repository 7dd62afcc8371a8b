"""A Statusek in memory, of each of three kinds, that remembers whose call each event came from.

Its rules are the literal ones of the tests, its answers are bytes of the wire; no client code
is in either. Originals ignore idempotency keys; here they remember them all the same, for the
judge only.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import attrs

from statusek_server import StatusModel
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason
from strategies.literal_rules import literally

Kind = Literal["ours", "2.7.2", "2020"]
Json = dict[str, Any]

ANOTHER: Final = "another service"
_START: Final = datetime(2026, 3, 1, tzinfo=UTC)

MODEL: Final = StatusModel(
    "TASK",
    [
        Status("RUN"),
        Status("HALF", type=StatusType.OPTIONAL, after=("RUN",)),
        Status("FINISHED", after=("RUN",)),
        Status("FAILED", type=StatusType("STOP-STATUS"), after=("RUN",)),
    ],
)
NAMES: Final = [status.name for status in MODEL.statuses]

_FLAT: Final = {
    Code.SUCCESS: "Success",
    Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET: "Not all previos mandatory statuses are set",
    Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET: "At least one next status is set",
    Code.STATUS_IS_ALREADY_SET: "Status hasn't set because is already set",
    Code.INSTANCE_IS_FINISHED: "Instance is finished",
}
_DATA: Final = {
    Code.SUCCESS: "",
    Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET: (
        "Not all previos mandatory statuses are set for status '{name}'"
    ),
    Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET: (
        "At least one next status is set for optional status '{name}'"
    ),
    Code.STATUS_IS_ALREADY_SET: "Status '{name}' is already set for instance '{token}'",
    Code.INSTANCE_IS_FINISHED: "Instance '{token}' is finished by 'TIMEOUT'",
}


@attrs.define
class Event:
    """A status that is set: by whose call, and when."""

    name: str
    key: str
    created: datetime


@attrs.define
class Instance:
    """One process, and the key of the call that made it."""

    token: str
    key: str
    events: list[Event] = attrs.field(factory=list)
    finished: FinishReason | None = None

    def names(self) -> list[str]:
        return [event.name for event in self.events]


@attrs.define
class World:
    """What the server holds, and how it answers."""

    kind: Kind
    chance: random.Random
    instances: dict[str, Instance] = attrs.field(factory=dict)
    set_keys: set[str] = attrs.field(factory=set)
    ticks: int = 0

    def answer(self, path: str, body: Json, key: str) -> bytes | None:  # noqa: PLR0911 (a table)
        """Return the body of the answer to a call, which is done; None for a path that is not."""
        if path == "/about":
            return None if self.kind == "2020" else self._said(Code.SUCCESS, db_version="1")
        if path == "/instance/create":
            return self._said(Code.SUCCESS, instance_token=self.created(key).token)
        token = body.get("instance_token", "")
        instance = self.instances.get(token)
        if instance is None:
            return self.denial(token)
        name = body.get("status_name", "")
        if path == "/status/setStatus":
            return self._refused(self.set(instance, name, key), instance, name)
        if path == "/instance/checkIsFinished":
            return self._finish(instance)
        if path == "/status/checkStatusIsSet":
            return self._presence(name in instance.names())
        assert path == "/event/getEvents", path
        events = [self._event(event) for event in instance.events]
        if self.kind != "ours":
            self.chance.shuffle(events)
        return self._said(Code.SUCCESS, events=events or None)

    def created(self, key: str) -> Instance:
        """Return the instance of a create; of its first one, where keys are kept."""
        if self.kind == "ours":
            for instance in self.instances.values():
                if instance.key == key:
                    return instance
        instance = Instance(f"token-{len(self.instances)}-{self.chance.randrange(10**9)}", key)
        self.instances[instance.token] = instance
        return instance

    def set(self, instance: Instance, name: str, key: str) -> Code:
        """Set a status as the rules say; return the outcome."""
        if self.kind == "ours" and key in self.set_keys:
            return Code.SUCCESS
        code, finished = literally(
            MODEL, instance.names(), name, due=False, finished=instance.finished
        )
        if code is Code.SUCCESS:
            self.ticks += 1
            instance.events.append(Event(name, key, _START + timedelta(seconds=self.ticks)))
            instance.finished = finished
            self.set_keys.add(key)
        return code

    def trouble(self) -> bytes:
        """Return what it answers while its storage is away."""
        if self.kind == "2020":
            return self.denial("")
        return self._words("Database error: '%s'", Code.DATABASE_ERROR)

    def denial(self, token: str) -> bytes:
        """Return that there is no such instance."""
        text = "ERROR: Instance token is not found"
        if self.kind != "2020":
            text = f"ERROR: Instance token '{token}' is not found"
        return self._words(text, Code.INSTANCE_TOKEN_IS_NOT_FOUND)

    def _refused(self, code: Code, instance: Instance, name: str) -> bytes:
        if code is Code.SUCCESS:
            return self._said(code)
        if self.kind == "2020":
            return self._words(_FLAT[code], code)
        return self._words(_DATA[code].format(name=name, token=instance.token), code)

    def _finish(self, instance: Instance) -> bytes:
        is_finished = instance.finished is not None
        if self.kind == "2020":
            text = "Instance is finished" if is_finished else "Instance is not finished"
            return _line({"message": text, "status": is_finished})
        reason = instance.finished.value if instance.finished else ""
        return self._said(
            Code.SUCCESS,
            instance_is_finished=is_finished,
            instanse_is_finished_description=reason,
        )

    def _presence(self, is_set: bool) -> bytes:
        if self.kind == "2020":
            text = "Status is set" if is_set else "Status is not set"
            return _line({"message": text, "status": is_set})
        return self._said(Code.SUCCESS, status_is_set=is_set)

    def _event(self, event: Event) -> Json:
        status = {"ID": 1, "StatusID": 1, "ObjectID": 1, "StatusName": event.name}
        status |= {"StatusDesc": "", "StatusType": "MANDATORY"}
        return {"Status": status, "EventCreationDt": event.created.isoformat()}

    def _said(self, code: Code, **fields: object) -> bytes:
        if self.kind == "2020":
            return _line({**fields, "message": "Success", "status": True})
        if "db_version" in fields:
            fields["home page"] = ""
        return self._coded({"status": True, "message": "", "data": fields}, code)

    def _words(self, text: str, code: Code) -> bytes:
        if self.kind == "2020":
            return _line({"message": text, "status": False})
        return self._coded({"status": False, "message": text, "data": {}}, code)

    def _coded(self, answer: Json, code: Code) -> bytes:
        return _line(answer | ({"code": code.value} if self.kind == "ours" else {}))


def _line(answer: Json) -> bytes:
    return json.dumps(answer).encode() + b"\n"
