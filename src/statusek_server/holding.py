"""Holding: answers that wait for news, for as long as their client would like and stays.

Here lives which calls can be held, and how a client asks for it. Who is told of news lives in
``waiting``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from attrs import define, field
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from statusek_server.answers import Answer, Call
from statusek_server.departures import unless_gone
from statusek_server.preferences import wait_of
from statusek_server.service import Service
from statusek_server.wire.parameters import Parameters

HeldUse = Callable[[Service, Parameters, int], Coroutine[Any, Any, Answer]]

USES: Final[Mapping[Call, HeldUse]] = {
    Call.CHECK_IS_FINISHED: lambda service, p, wait: service.check_is_finished(
        p.instance_token, wait
    ),
    Call.GET_EVENTS: lambda service, p, wait: service.get_events(
        p.instance_token, p.known_events or 0, wait
    ),
}
"""The calls whose answer may be held until there is news, for so many seconds."""


@define(eq=False)
class Hold:
    """What the client of one request has said about waiting.

    Args:
        scope: As ASGI gives it.
        receive: As ASGI gives it.

    Attributes:
        headers: What the answer has to say about it.
    """

    _scope: Scope
    _receive: Receive
    headers: dict[str, str] = field(factory=dict, init=False)

    def wanted(self, call: Call, parameters: Parameters) -> int | None:
        """Return the seconds for which an answer may be held, or None where nobody asked for it."""
        if call not in USES or (call is Call.GET_EVENTS and parameters.known_events is None):
            return None
        return wait_of(Headers(scope=self._scope).getlist("prefer"))

    async def answer(
        self, service: Service, call: Call, parameters: Parameters, wait: int
    ) -> Answer | None:
        """Return the answer once there is news, or None where the client has gone first."""
        self.headers["preference-applied"] = f"wait={wait}"
        return await unless_gone(self._receive, USES[call](service, parameters, wait))
