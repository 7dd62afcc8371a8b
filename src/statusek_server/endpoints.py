"""The endpoints of the two dialects: a path, a dialect and a body in, a use case, an answer out.

Here lives what is HTTP about the calls: paths, prefixes, the choice of the dialect, the limit of
bodies, and what an original server says about paths that it does not have. Keys live in ``wire``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from attrs import frozen
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from statusek_server.access import Gate
from statusek_server.answers import Answer, Call
from statusek_server.errors import ParametersError
from statusek_server.holding import Hold
from statusek_server.keys import SCOPES
from statusek_server.once import HEADER, key_of
from statusek_server.outcomes import Code, Refusal
from statusek_server.service import Service
from statusek_server.setting_values import Dialect
from statusek_server.trace import note
from statusek_server.wire import data, flat
from statusek_server.wire.parameters import Parameters, parse

DATA_MEDIA_TYPE: Final = "application/vnd.statusek.data+json"
"""What a client accepts that wants the data dialect, whatever the server's own."""

LARGEST_BODY: Final = 1024 * 1024
"""Bytes of a body that are read as parameters."""

LARGEST_REFUSED_BODY: Final = 16 * LARGEST_BODY
"""Bytes of a body that are swallowed, so that its sender gets to read the refusal."""

PATHS: Final[Mapping[str, Call]] = {
    "/status/setStatus": Call.SET_STATUS,
    "/instance/checkIsFinished": Call.CHECK_IS_FINISHED,
    "/instance/create": Call.CREATE,
    "/status/checkStatusIsSet": Call.CHECK_STATUS_IS_SET,
    "/status/checkStatusIsReadyToSet": Call.CHECK_STATUS_IS_READY_TO_SET,
    "/status/setGlobalStatus": Call.SET_GLOBAL_STATUS,
    "/event/getEvents": Call.GET_EVENTS,
    "/instance/beat": Call.BEAT,
    "/about": Call.ABOUT,
}

PREFIXES: Final[Mapping[str, Dialect]] = {"/v1/": Dialect.FLAT, "/v2/": Dialect.DATA}
"""Where the dialect does not depend on settings and headers."""


@frozen
class Wire:
    """A dialect as the endpoints use it.

    Args:
        calls: What it has; the rest is not found.
        write: Returns the body of an answer.
    """

    calls: frozenset[Call]
    write: Callable[[Call, Answer], bytes]


WIRES: Final[Mapping[Dialect, Wire]] = {
    Dialect.FLAT: Wire(flat.CALLS, flat.write),
    Dialect.DATA: Wire(data.CALLS, data.write),
}

Use = Callable[[Service, Parameters], Awaitable[Answer]]
KeyedUse = Callable[[Service, Parameters, str | None], Awaitable[Answer]]

USES: Final[Mapping[Call, Use]] = {
    Call.ABOUT: lambda service, _: service.about(),
    Call.BEAT: lambda service, p: service.beat(p.instance_token),
    Call.CHECK_IS_FINISHED: lambda service, p: service.check_is_finished(p.instance_token),
    Call.CHECK_STATUS_IS_READY_TO_SET: lambda service, p: service.check_status_is_ready_to_set(
        p.instance_token, p.status_name
    ),
    Call.CHECK_STATUS_IS_SET: lambda service, p: service.check_status_is_set(
        p.instance_token, p.status_name
    ),
    Call.GET_EVENTS: lambda service, p: service.get_events(p.instance_token),
    Call.SET_GLOBAL_STATUS: lambda service, p: service.set_global_status(
        p.status_name, p.status_message
    ),
}

KEYED_USES: Final[Mapping[Call, KeyedUse]] = {
    Call.CREATE: lambda service, p, key: service.create(
        p.object_name, p.instance_timeout, p.instance_silence, key
    ),
    Call.SET_STATUS: lambda service, p, key: service.set_status(
        p.instance_token, p.status_name, p.status_message, key
    ),
}
"""The calls that are done once for a key, where they come with one."""


@frozen(eq=False)
class Endpoints:
    """Everything that an original server would answer, as an ASGI application.

    Args:
        dialect: The dialect at the root.
        service: Finds the service of a request.
        gate: Knows who may what.
    """

    dialect: Dialect
    service: Callable[[Scope], Service]
    gate: Gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose client has gone is left without an answer."""
        response = await self._response(scope, receive)
        if response is not None:
            await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response | None:
        path, wire = self._addressed(scope)
        if path == "/":
            return PlainTextResponse("Welcome home!")
        call = PATHS.get(path)
        if call not in wire.calls:
            return _elsewhere(scope, path, wire)
        if not self.gate.lets(scope, SCOPES[call]):
            return _unauthorized(call, wire)
        body = await read_body(receive)
        hold = Hold(scope, receive)
        keys = Headers(scope=scope).getlist(HEADER)
        caller = self.gate.caller(scope) if keys else None
        answer = await _answer(self.service(scope), call, body, hold, keys, caller)
        if answer is None:
            return None
        # A sender of too much may still be sending; nothing else can be read from it.
        headers = {"connection": "close"} if body is None else hold.headers
        return Response(wire.write(call, answer), headers=headers, media_type="application/json")

    def _addressed(self, scope: Scope) -> tuple[str, Wire]:
        """Return the path as the table has it, and the dialect that answers there."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if prefixed := PREFIXES.get(path[:4]):
            return path[3:], WIRES[prefixed]
        accepted = ",".join(Headers(scope=scope).getlist("accept")).lower()
        wants_data = DATA_MEDIA_TYPE in accepted
        return path, WIRES[Dialect.DATA if wants_data else self.dialect]


def is_path_of_call(path: str) -> bool:
    """Return whether a path is that of a call, in whichever dialect.

    Args:
        path: As it came, where the server is at the root.
    """
    return path in PATHS or (path[:4] in PREFIXES and path[3:] in PATHS)


async def read_body(receive: Receive) -> bytes | None:
    """Return the body of a request, or None where it is too large or its sender has gone.

    Args:
        receive: As ASGI gives it.
    """
    chunks: list[bytes] = []
    size = 0
    more = True
    while more and size <= LARGEST_REFUSED_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks) if size <= LARGEST_BODY else None


async def _answer(
    service: Service,
    call: Call,
    body: bytes | None,
    hold: Hold,
    keys: Sequence[str],
    caller: str | None,
) -> Answer | None:
    try:
        parameters = Parameters() if call is Call.ABOUT else parse(body or b"")
        key = key_of(keys, caller) if call in KEYED_USES else None
    except ParametersError:
        refusal = Refusal(Code.PARAMS_PARSING_IS_FAILED)
        note(call.name.lower(), refusal.code.value)
        return refusal
    if (wait := hold.wanted(call, parameters)) is not None:
        answer = await hold.answer(service, call, parameters, wait)
    elif keyed := KEYED_USES.get(call):
        answer = await keyed(service, parameters, key)
    else:
        answer = await USES[call](service, parameters)
    if answer is not None:
        note(call.name.lower(), answer.code.value, parameters.instance_token)
    return answer


def _unauthorized(call: Call, wire: Wire) -> Response:
    refusal = Refusal(Code.UNAUTHORIZED)
    note(call.name.lower(), refusal.code.value)
    return Response(wire.write(call, refusal), media_type="application/json")


def _elsewhere(scope: Scope, path: str, wire: Wire) -> Response:
    """Answer a path that is not in the table as original servers do."""
    if PATHS.get(path.removesuffix("/")) not in wire.calls:
        return PlainTextResponse("404 page not found\n", status_code=404)
    location = quote(scope["path"].removesuffix("/"))
    if query := scope["query_string"]:
        location = f"{location}?{query.decode('latin-1')}"
    return Response(status_code=301, headers={"location": location})
