"""The pages: paths, and the way from a request to what a template shows.

Here live the routes of the board. What is computed for a page lives in ``states``, ``timeline``,
``statistics`` and ``graph``; how it looks in ``templates`` and ``static``; keys in ``visitors``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from attrs import frozen
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from csm.checks import StatusReporter
from statusek_server.access import Gate
from statusek_server.answers import Answer
from statusek_server.api.queries import STATES, InstanceQuery, cursor_of, instance_query
from statusek_server.api.streams import END, EventStream, of_all, of_instance
from statusek_server.board import visitors
from statusek_server.board.graph import drawing
from statusek_server.board.states import State, states
from statusek_server.board.statistics import MOST_INSTANCES, Statistics, statistics
from statusek_server.board.templating import page
from statusek_server.board.timeline import timeline
from statusek_server.endpoints import read_body
from statusek_server.errors import ParametersError, StorageError
from statusek_server.keys import Scope as KeyScope
from statusek_server.outcomes import Code, FinishReason, Refusal
from statusek_server.service import Service
from statusek_server.storage.instances import Snapshot
from statusek_server.storage.pages import InstanceFilter
from statusek_server.trace import note
from statusek_server.versions import PublishedModel

STATIC: Final[Mapping[str, str]] = {
    "board.css": "text/css",
    "board.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

_HTTP: Final[Mapping[Code, HTTPStatus]] = {
    Code.INSTANCE_TOKEN_IS_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.OBJECT_NAME_IS_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.DATABASE_ERROR: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How a page says in HTTP what it says in words; everything else is a conflict."""

Handler = Callable[["Board", Request], Awaitable[Response]]


@frozen(eq=False)
class Board:
    """The pages, as an ASGI application.

    Args:
        service: Finds the service of a request.
        gate: Knows who may what.
        reporter: Says how the server is.
    """

    service: Callable[[Scope], Service]
    gate: Gate
    reporter: StatusReporter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        seen = visitors.with_key_of_cookie(scope)
        response = await self._response(Request(seen, receive))
        note("board", str(getattr(response, "status_code", HTTPStatus.OK)))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> ASGIApp:
        path = _path(request.scope)
        if path.startswith("/board/static/"):
            return static(request, path.removeprefix("/board/static/"))
        handler = ROUTES.get((_method(request), path))
        if handler is None:
            return self.trouble(request, HTTPStatus.NOT_FOUND, "There is no such page.")
        if handler not in OPEN and not self.gate.lets(request.scope, KeyScope.READ):
            return self.show(request, "sign_in", HTTPStatus.UNAUTHORIZED, is_wrong=False)
        if request.method == "POST" and not visitors.is_from_here(request.scope):
            why = "This form was not sent by a page of this server."
            return self.trouble(request, HTTPStatus.FORBIDDEN, why)
        try:
            return await handler(self, request)
        except ParametersError as error:
            return self.trouble(request, HTTPStatus.BAD_REQUEST, str(error))

    def show(
        self,
        request: Request,
        name: str,
        status: HTTPStatus = HTTPStatus.OK,
        **values: Any,  # noqa: ANN401 - a template shows anything
    ) -> Response:
        """Return a page.

        Args:
            request: The request.
            name: The name of the template.
            status: The HTTP status.
            values: What it shows.
        """
        values |= {
            "base": "../" * (_path(request.scope).count("/") - 1),
            "version": asset_version(),
            "has_key": self.gate.key_of(request.scope) is not None,
            "here": name,
        }
        return HTMLResponse(page(name, values), status, visitors.HEADERS)

    def trouble(self, request: Request, status: HTTPStatus, why: str) -> Response:
        """Return a page that says what is wrong."""
        return self.show(request, "trouble", status, title=status.phrase, why=why)

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        """Return a page that says what the service has refused."""
        status = _HTTP.get(refusal.code, HTTPStatus.CONFLICT)
        return self.trouble(request, status, WORDS.get(refusal.code, refusal.code.value))

    def may_set(self, request: Request) -> bool:
        """Return whether a visitor may set statuses: only somebody who has shown a key."""
        key = self.gate.key_of(request.scope)
        return key is not None and key.allows(KeyScope.SET)


WORDS: Final[Mapping[Code, str]] = {
    Code.INSTANCE_TOKEN_IS_NOT_FOUND: "No instance has this token.",
    Code.OBJECT_NAME_IS_NOT_FOUND: "No model has this name.",
    Code.DATABASE_ERROR: "The database does not answer. Nothing is lost; try again soon.",
    Code.INSTANCE_IS_FINISHED: "The instance is finished; nothing can be set any more.",
    Code.STATUS_IS_ALREADY_SET: "This status is set already.",
}


async def list_instances(board: Board, request: Request) -> Response:
    """Show instances, newest first."""
    given = [(key, value) for key, value in request.query_params.multi_items() if value]
    query = instance_query(QueryParams(given))
    service = board.service(request.scope)
    # Taken before the list is read, so that no change comes between the page and its stream.
    mark = None if query.after else await _present(service)
    found = await service.list_instances(query.wanted, query.after, query.limit)
    if isinstance(found, Refusal):
        return board.refuse(request, found)
    following = cursor_of(found.after) if found.after else None
    kept = [(key, value) for key, value in given if key != "cursor"]
    return board.show(
        request,
        "instances",
        instances=[_summary(seen) for seen in found.instances],
        older="?" + urlencode([*kept, ("cursor", following)]) if following else None,
        is_first=query.after is None,
        stream=f"board/stream?{urlencode({'known': mark or ''})}",
        chosen=dict(kept),
        is_filtered=_is_filtered(query),
        objects=sorted(service.catalogue),
        states=list(STATES),
        reasons=[reason.value for reason in FinishReason],
    )


async def show_instance(board: Board, request: Request) -> Response:
    """Show one instance."""
    token = request.query_params.get("token", "").strip()
    seen = await board.service(request.scope).look(token)
    if isinstance(seen, Refusal):
        return board.refuse(request, seen)
    standing = states(seen)
    return board.show(
        request,
        "instance",
        **_summary(seen),
        drawing=await asyncio.to_thread(drawing, seen.published.model),
        standing=standing,
        entries=timeline(seen),
        settable=[name for name, state in standing.items() if state is State.NEXT]
        if board.may_set(request)
        else [],
        stream=f"instance/stream?{urlencode({'token': token, 'known': len(seen.events)})}",
    )


async def follow_instance(board: Board, request: Request) -> Response:
    """Tell a page of news in one instance."""
    token, known = request.query_params.get("token", ""), _known(request) or "0"
    service = board.service(request.scope)
    seen = await service.look(token)
    # Not whoever comes for the first time: it was open when the page was made.
    if isinstance(seen, Refusal) or (seen.facts.finish and known == END):
        return Response(status_code=HTTPStatus.NO_CONTENT)  # the browser need not come back
    number = int(known) if known.isascii() and known.isdigit() and len(known) < 10 else 0
    return EventStream(of_instance(service.waiting, token, min(number, len(seen.events))))


async def follow_all(board: Board, request: Request) -> Response:
    """Tell a page of news in any instance."""
    return EventStream(of_all(board.service(request.scope).feed, _known(request)))


async def set_status(board: Board, request: Request) -> Response:
    """Set a status, for a visitor whose key may."""
    if not board.may_set(request):
        why = "The key that you have shown may not set statuses."
        return board.trouble(request, HTTPStatus.FORBIDDEN, why)
    form = await _form(request)
    token = form.get("token", "")
    service = board.service(request.scope)
    done: Answer = await service.set_status(token, form.get("status", ""), form.get("message", ""))
    if isinstance(done, Refusal):
        return board.refuse(request, done)
    return _see(f"../instance?{urlencode({'token': token})}")


async def list_models(board: Board, request: Request) -> Response:
    """Show all models."""
    models = list(board.service(request.scope).catalogue.values())
    return board.show(request, "models", models=models)


async def show_model(board: Board, request: Request) -> Response:
    """Show one model and what its newest instances tell."""
    name = request.query_params.get("name", "")
    service = board.service(request.scope)
    published = service.catalogue.get(name)
    if published is None:
        return board.refuse(request, Refusal(Code.OBJECT_NAME_IS_NOT_FOUND))
    told = await _statistics(service, published)
    if isinstance(told, Refusal):
        return board.refuse(request, told)
    return board.show(
        request,
        "model",
        published=published,
        model=published.model,
        drawing=await asyncio.to_thread(drawing, published.model),
        told=told,
        most=MOST_INSTANCES,
    )


async def show_server(board: Board, request: Request) -> Response:
    """Show what the server says about itself."""
    waiters = board.service(request.scope).waiting.count
    message = await board.reporter.report_async()
    return board.show(request, "server", message=message, waiters=waiters)


async def sign_in(board: Board, request: Request) -> Response:
    """Keep the key of a visitor in a cookie, where it is good."""
    key = (await _form(request)).get("key", "").strip()
    shown = (b"authorization", b"Bearer " + key.encode("latin-1", "replace"))
    if board.gate.key_of({**request.scope, "headers": [shown]}) is None:
        return board.show(request, "sign_in", HTTPStatus.UNAUTHORIZED, is_wrong=True)
    response = _see("../")
    visitors.keep_key(response, request.scope, key)
    return response


async def sign_out(_: Board, request: Request) -> Response:
    """Forget the key of a visitor."""
    response = _see("../")
    visitors.forget_key(response, request.scope)
    return response


ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", "/"): list_instances,
    ("GET", "/board/instance"): show_instance,
    ("GET", "/board/instance/stream"): follow_instance,
    ("POST", "/board/instance/set"): set_status,
    ("GET", "/board/stream"): follow_all,
    ("GET", "/board/models"): list_models,
    ("GET", "/board/model"): show_model,
    ("GET", "/board/server"): show_server,
    ("POST", "/board/sign-in"): sign_in,
    ("POST", "/board/sign-out"): sign_out,
}

OPEN: Final = frozenset({sign_in, sign_out})
"""What a visitor without a key may do."""


def static(request: Request, name: str) -> Response:
    """Answer with a file that a page needs; a browser keeps it until it changes."""
    if name not in STATIC:
        return Response("404 page not found\n", HTTPStatus.NOT_FOUND, media_type="text/plain")
    is_current = request.query_params.get("v") == asset_version()
    kept = "public, max-age=31536000, immutable" if is_current else "no-cache"
    headers = {"cache-control": kept, "x-content-type-options": "nosniff"}
    return Response(_asset(name), headers=headers, media_type=STATIC[name])


@cache
def asset_version() -> str:
    """Return a text that changes when a static file does."""
    return sha256(b"".join(_asset(name) for name in STATIC)).hexdigest()[:12]


@cache
def _asset(name: str) -> bytes:
    return (files("statusek_server.board") / "static" / name).read_bytes()


def _known(request: Request) -> str | None:
    """Return up to where a page knows: the last it heard, else what was there when it was made."""
    return request.headers.get("last-event-id") or request.query_params.get("known") or None


async def _present(service: Service) -> str | None:
    try:
        return await service.feed.present()
    except StorageError:  # which the list says in words
        return None


def _summary(seen: Snapshot) -> dict[str, Any]:
    """Return what every page says about an instance."""
    finish, model = seen.facts.finish, seen.published.model
    names = [seen.published.statuses[number].name for number in seen.facts.set_ids]
    return {
        "seen": seen,
        "model": model,
        "finish": finish,
        "names": names,
        "missing": [name for name in model.mandatory if name not in names],
        "lasted": (finish.at if finish else seen.seen_at) - seen.created_at,
        "left": _left(seen),
        "used": _used(seen),
    }


def _left(seen: Snapshot) -> timedelta:
    return max(seen.facts.due_at - seen.seen_at, timedelta(0))


def _used(seen: Snapshot) -> int:
    """Return which part of its time an instance has used, in percent."""
    whole: timedelta = seen.facts.due_at - seen.created_at
    until: datetime = seen.facts.finish.at if seen.facts.finish else seen.seen_at
    return max(0, min(100, round(100 * ((until - seen.created_at) / whole))))


async def _statistics(service: Service, published: PublishedModel) -> Statistics | Refusal:
    model = published.model
    wanted = InstanceFilter(object_name=model.name)
    found = await service.list_instances(wanted, None, MOST_INSTANCES)
    if isinstance(found, Refusal):
        return found
    instances: list[Snapshot] = []
    for seen in await asyncio.gather(*(service.look(each.token) for each in found.instances)):
        if isinstance(seen, Refusal):
            return seen
        instances.append(seen)
    first = [(None, status.name) for status in model.statuses if not status.after]
    return statistics([*first, *model.edges], instances)


def _is_filtered(query: InstanceQuery) -> bool:
    return query.wanted != InstanceFilter()


async def _form(request: Request) -> dict[str, str]:
    body = await read_body(request.receive)
    if body is None:
        raise ParametersError("The form is too large.")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=16)
    except ValueError as error:
        raise ParametersError("This is not a form that a page of this server sends.") from error
    return {name: values[0] for name, values in fields.items()}


def _see(url: str) -> Response:
    return RedirectResponse(url, HTTPStatus.SEE_OTHER, visitors.HEADERS)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _method(request: Request) -> str:
    return "GET" if request.method == "HEAD" else request.method
