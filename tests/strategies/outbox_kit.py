"""What the tests of the outbox share: a server that keeps order, with outages of every kind."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal

import attrs
import httpx2

from statusek_client import RetryPolicy, StatusekClient
from statusek_client.errors import StatusekError
from statusek_client.flows import Flow, Pause
from statusek_client.outbox import Outbox
from strategies.client_kit import data

Mode = Literal["up", "away", "losing", "dropping", "broken"]
ONCE = RetryPolicy(retries=0)
URL = "http://h"


@attrs.define
class Ledger:
    """A server that stores each status of an instance once, in the order in which it comes.

    `mode` says what happens to a set: "up" answers, "away" is not reached, "losing" does it and
    the answer is lost, "dropping" loses the request, "broken" has no storage. `stuck` are instances
    whose sets are dropped whatever the mode. A status whose name begins with BAD is refused. With
    `knows_keys` the same key and body again is a success, and another body is refused. `refusal` is
    what it says to everything; `told` is called when a status has come.
    """

    mode: Mode = "up"
    knows_keys: bool = True
    refusal: str = ""
    told: dict[str, Callable[[], None]] = attrs.field(factory=dict)
    stuck: set[str] = attrs.field(factory=set)
    events: dict[str, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    messages: list[str] = attrs.field(factory=list)
    requests: list[tuple[str, str]] = attrs.field(factory=list)
    _keys: dict[str, bytes] = attrs.field(factory=dict)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        token, name = body["instance_token"], body["status_name"]
        self.requests.append((token, name))
        if self.mode == "away":
            raise httpx2.ConnectError("refused")
        if self.mode == "dropping" or token in self.stuck:
            raise httpx2.ReadError("closed")
        if self.refusal:
            return said(self.refusal)
        if self.mode == "broken":
            return said("Database error: '%s'")
        if request.url.path == "/status/checkStatusIsSet":
            return said(status_is_set=name in self.events[token])
        answer = self._set(token, name, request)
        if self.mode == "losing":
            raise httpx2.ReadError("closed")
        return answer

    def _set(self, token: str, name: str, request: httpx2.Request) -> httpx2.Response:
        key = request.headers["idempotency-key"]
        if self.knows_keys and key in self._keys:
            same = self._keys[key] == request.content
            return said() if same else said("Idempotency key is used for another request already")
        if name.startswith("BAD"):
            return said(f"No one previos optional statuses are sets for status '{name}'")
        if name in self.events[token]:
            return said(f"Status '{name}' is already set for instance '{token}'")
        self._keys[key] = request.content
        self.events[token].append(name)
        self.told.get(name, lambda: None)()
        self.messages.append(json.loads(request.content).get("status_message"))
        return said()

    def client(self, outbox: Outbox | None = None) -> StatusekClient:
        """Return a client of it that tries everything once."""
        http = httpx2.Client(transport=httpx2.MockTransport(self))
        return StatusekClient(URL, http_client=http, retry=ONCE, outbox=outbox)


def said(text: str = "", /, **fields: object) -> httpx2.Response:
    return httpx2.Response(200, json=data(text, **fields))


def crash(client: StatusekClient, flow: Flow[Any], steps: int) -> bool:
    """Take so many steps of a flow and no more, as a process that dies; return whether it ended."""
    try:
        step = next(flow)
        for _ in range(steps):
            if isinstance(step, Pause):
                step = next(flow)
                continue
            try:
                result = client._result(step)
            except StatusekError as error:
                step = flow.throw(error)
            else:
                step = flow.send(result)
    except StopIteration:
        return True
    flow.close()
    return False
