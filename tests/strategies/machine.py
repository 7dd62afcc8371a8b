"""A state machine: random calls in random order, beside a plain model of the rules."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AbstractAsyncContextManager, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx2
from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from statusek_server import StatusModel
from statusek_server.models import StatusType
from statusek_server.outcomes import Code, FinishReason
from strategies.databases import Kind, place_of
from strategies.literal_rules import literally
from strategies.server_kit import client, model_file, status_models, toml_of

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NAMES = st.sampled_from(["S0", "S1", "S2", "S3", "S4", "S5", "NO SUCH"])


@define
class Plain:
    """An instance as a person would keep it on paper."""

    deadline: datetime
    names: list[str] = field(factory=list)
    reason: FinishReason | None = None

    def notice(self, now: datetime) -> FinishReason | None:
        if self.reason is None and now >= self.deadline:
            self.reason = FinishReason.TIMEOUT
        return self.reason


class Machine(RuleBasedStateMachine):
    """Calls over HTTP in process on one side, lists of names on the other."""

    tokens = Bundle("tokens")
    kind: ClassVar[Kind] = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.around = ExitStack()
        self.place = self.around.enter_context(place_of(self.kind, Path(self.folder.name)))
        self.clock = self.place.clock
        self.plain: dict[str, Plain] = {}
        self.opened: AbstractAsyncContextManager[httpx2.AsyncClient] | None = None

    @initialize(model=status_models())
    def start(self, model: StatusModel) -> None:
        self.model = model
        self.open()

    def open(self) -> None:
        folder = Path(self.folder.name)
        path = model_file(folder, toml_of([self.model]))
        self.opened = client(folder, clock=self.clock, models=path, database=self.place.url)
        self.server = self.runner.run(self.opened.__aenter__())

    def close(self) -> None:
        if self.opened:
            self.runner.run(self.opened.__aexit__(None, None, None))

    def teardown(self) -> None:
        self.close()
        self.runner.close()
        self.around.close()
        self.folder.cleanup()

    def post(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        return self.runner.run(self.server.post(path, json=body)).json()

    @rule(target=tokens, seconds=st.integers(1, 30))
    def create(self, seconds: int) -> Any:  # noqa: ANN401 - a token or none
        answer = self.post("/instance/create", object_name="MODEL", instance_timeout=seconds)
        token = answer["instance_token"]
        assert {
            "code": "SUCCESS",
            "instance_token": token,
            "message": "Success",
            "status": True,
        } == answer
        self.plain[token] = Plain(self.clock.now + timedelta(seconds=seconds))
        return token

    @rule(target=tokens)
    def never_created(self) -> Any:  # noqa: ANN401 - a token or none
        assert not self.post("/v2/instance/create", object_name="NO SUCH")["status"]
        return multiple()

    @rule(seconds=st.integers(0, 15))
    def wait(self, seconds: int) -> None:
        self.clock.step(seconds)

    @precondition(lambda self: self.opened is not None)
    @rule()
    def restart(self) -> None:
        self.close()
        self.open()

    @rule(token=tokens, name=NAMES)
    def set_status(self, token: str, name: str) -> None:
        plain = self.plain[token]
        code, reason = literally(
            self.model,
            plain.names,
            name,
            due=self.clock.now >= plain.deadline,
            finished=plain.reason,
        )
        ready = self.post(
            "/v2/status/checkStatusIsReadyToSet", instance_token=token, status_name=name
        )
        answer = self.post("/status/setStatus", instance_token=token, status_name=name)
        assert (code, code is Code.SUCCESS) == (answer["code"], answer["status"])
        assert code == ready["code"]
        assert (code is Code.SUCCESS) == ready["data"].get("status_is_ready_to_set", False)
        plain.reason = reason
        if code is Code.SUCCESS:
            plain.names.append(name)

    @rule(token=tokens, name=NAMES)
    def check_status_is_set(self, token: str, name: str) -> None:
        answer = self.post("/v1/status/checkStatusIsSet", instance_token=token, status_name=name)
        assert (name in self.plain[token].names) == answer["status"]

    @rule(token=tokens)
    def check_is_finished(self, token: str) -> None:
        reason = self.plain[token].notice(self.clock.now)
        answer = self.post("/v2/instance/checkIsFinished", instance_token=token)
        assert {
            "instance_is_finished": reason is not None,
            "instanse_is_finished_description": reason or "",
        } == answer["data"]

    @rule(token=tokens)
    def get_events(self, token: str) -> None:
        answer = self.post("/event/getEvents", instance_token=token)
        names = [event["Status"]["StatusName"] for event in answer["events"] or ()]
        assert self.plain[token].names == names

    @rule(token=tokens)
    def look(self, token: str) -> None:
        plain = self.plain[token]
        reason = plain.notice(self.clock.now)
        instance = self.runner.run(self.server.get(f"/api/v1/instances/{token}")).json()
        mandatory = [s.name for s in self.model.statuses if s.type is StatusType.MANDATORY]
        assert (reason, plain.names, [name for name in mandatory if name not in plain.names]) == (
            instance["reason"],
            instance["set_statuses"],
            instance["missing_mandatory"],
        )

    @rule(name=NAMES)
    def unknown_token(self, name: str) -> None:
        answer = self.post("/status/setStatus", instance_token=UNKNOWN, status_name=name)
        assert "INSTANCE_TOKEN_IS_NOT_FOUND" == answer["code"]


class PostgresMachine(Machine):
    """The same on the other database."""

    kind = "postgres"
