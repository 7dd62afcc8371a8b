"""The routes of the modern interface.

Here live paths, methods and the way from a request to a resource. The keys of what is answered live
in ``resources``, of what is sent in ``bodies`` and ``queries``, errors in ``problems``; the
document ``openapi.json`` describes all of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from statusek_server.access import CALLER
from statusek_server.api.bodies import new_event, new_instance
from statusek_server.api.problems import failed, not_served, not_understood, refused
from statusek_server.api.queries import cursor_of, event_query, instance_query
from statusek_server.api.resources import (
    event_detail,
    instance_detail,
    model_detail,
    model_summary,
)
from statusek_server.api.streams import END, EventStream, of_all, of_instance
from statusek_server.errors import ParametersError, StorageError
from statusek_server.once import HEADER, key_of
from statusek_server.outcomes import Code, Refusal
from statusek_server.paths import any_text
from statusek_server.service import Service

Handler = Callable[[Service, Request], Awaitable[Response]]


async def list_models(service: Service, _: Request) -> Response:
    """Answer with all models."""
    return JSONResponse({"models": [model_summary(model) for model in service.catalogue.values()]})


async def get_model(service: Service, request: Request) -> Response:
    """Answer with one model and its graph."""
    name = request.path_params["name"]
    published = service.catalogue.get(name)
    if published is None:
        return refused(Refusal(Code.OBJECT_NAME_IS_NOT_FOUND, object_name=name))
    return JSONResponse(model_detail(published))


async def list_instances(service: Service, request: Request) -> Response:
    """Answer with a page of instances, newest first."""
    query = instance_query(request.query_params)
    page = await service.list_instances(query.wanted, query.after, query.limit)
    if isinstance(page, Refusal):
        return refused(page)
    following = cursor_of(page.after) if page.after else None
    instances = [instance_detail(seen) for seen in page.instances]
    return JSONResponse({"instances": instances, "next": following})


async def create_instance(service: Service, request: Request) -> Response:
    """Create an instance and answer where it is."""
    body = await new_instance(request)
    created = await service.create(body.object_name, body.timeout, body.silence, _key(request))
    if isinstance(created, Refusal):
        return refused(created)
    location = quote(f"{request.scope['path']}/{created.token}")
    return JSONResponse(
        {"token": created.token, "object": body.object_name},
        HTTPStatus.CREATED,
        {"location": location},
    )


async def get_instance(service: Service, request: Request) -> Response:
    """Answer with one instance."""
    seen = await service.look(request.path_params["token"])
    return refused(seen) if isinstance(seen, Refusal) else JSONResponse(instance_detail(seen))


async def list_events(service: Service, request: Request) -> Response:
    """Answer with a page of the events of an instance, in the order in which they were set."""
    query = event_query(request.query_params)
    seen = await service.look(request.path_params["token"])
    if isinstance(seen, Refusal):
        return refused(seen)
    last = min(query.after + query.limit, len(seen.events))
    events = [event_detail(seen, number) for number in range(query.after + 1, last + 1)]
    return JSONResponse({"events": events, "next": last if last < len(seen.events) else None})


async def set_status(service: Service, request: Request) -> Response:
    """Set a status of an instance."""
    body, token = await new_event(request), request.path_params["token"]
    done = await service.set_status(token, body.status, body.message, _key(request))
    if isinstance(done, Refusal):
        return refused(done)
    # Only what is known for sure: a second look could fail, and what was done would look undone.
    event = {"token": token, "status": body.status, "message": body.message}
    return JSONResponse(event, HTTPStatus.CREATED)


async def follow_instance(service: Service, request: Request) -> Response:
    """Answer with the events of an instance as they come, until it is finished."""
    seen = await service.look(request.path_params["token"])
    if isinstance(seen, Refusal):
        return refused(seen)
    last = request.headers.get("last-event-id", "")
    if last == END and seen.facts.finish:
        # The one answer at which a browser does not come back for more.
        return Response(status_code=HTTPStatus.NO_CONTENT)
    known = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else 0
    known = known if known <= len(seen.events) else 0
    return EventStream(of_instance(service.waiting, seen.token, known))


async def follow_all(service: Service, request: Request) -> Response:
    """Answer with what changes in any instance, as it comes."""
    return EventStream(of_all(service.feed, request.headers.get("last-event-id")))


async def describe(_: Service, __: Request) -> Response:
    """Answer with the description of all this."""
    return Response(openapi(), media_type="application/json")


ROUTES: Final[Mapping[str, Mapping[str, Handler]]] = {
    "/openapi.json": {"GET": describe},
    "/stream": {"GET": follow_all},
    "/models": {"GET": list_models},
    # A name may contain a slash; percent-encoded or not, it arrives as one.
    "/models/{name:path}": {"GET": get_model},
    "/instances": {"GET": list_instances, "POST": create_instance},
    "/instances/{token:path}/events/stream": {"GET": follow_instance},
    "/instances/{token:path}/events": {"GET": list_events, "POST": set_status},
    "/instances/{token:path}": {"GET": get_instance},
}
"""What is served, the longer paths first."""


def api(service: Callable[[Scope], Service]) -> Starlette:
    """Return the application to mount at ``/api/v1``.

    Args:
        service: Finds the service of a request.
    """

    def endpoint(handlers: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            handler = handlers["GET" if request.method == "HEAD" else request.method]
            request.scope["endpoint"] = handler  # so that the metrics know who answered
            return await handler(service(request.scope), request)

        handle.__name__ = next(iter(handlers.values())).__name__
        return handle

    app = Starlette(
        routes=[
            any_text(Route(path, endpoint(handlers), methods=sorted(handlers)))
            for path, handlers in ROUTES.items()
        ],
        exception_handlers={
            HTTPException: not_served,
            ParametersError: not_understood,
            StorageError: unanswered,
            Exception: failed,
        },
    )
    app.router.redirect_slashes = False
    return app


def _key(request: Request) -> str | None:
    return key_of(request.headers.getlist(HEADER), request.scope.get(CALLER))


async def unanswered(_: Request, __: Exception) -> Response:
    """Answer where the storage did not, also while it is not open yet."""
    return refused(Refusal(Code.DATABASE_ERROR))


@cache
def openapi() -> bytes:
    """Return the description of the modern interface, an OpenAPI 3.1 document."""
    return (files("statusek_server") / "api/openapi.json").read_bytes()
