"""The routes of the modern interface.

Here live paths, methods and the way from a request to a resource; keys live in ``resources``,
errors in ``problems``.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from statusek_server.api.problems import problem, refused
from statusek_server.api.resources import instance_detail, model_detail, model_summary
from statusek_server.errors import StorageError
from statusek_server.outcomes import Code, Refusal
from statusek_server.service import Service


def api(service: Callable[[Scope], Service]) -> Starlette:
    """Return the application to mount at ``/api/v1``.

    Args:
        service: Finds the service of a request.
    """

    async def list_models(request: Request) -> Response:
        catalogue = service(request.scope).catalogue
        return JSONResponse({"models": [model_summary(model) for model in catalogue.values()]})

    async def get_model(request: Request) -> Response:
        name = request.path_params["name"]
        published = service(request.scope).catalogue.get(name)
        if published is None:
            return refused(Refusal(Code.OBJECT_NAME_IS_NOT_FOUND, object_name=name))
        return JSONResponse(model_detail(published))

    async def get_instance(request: Request) -> Response:
        seen = await service(request.scope).look(request.path_params["token"])
        if isinstance(seen, Refusal):
            return refused(seen)
        return JSONResponse(instance_detail(seen))

    return Starlette(
        routes=[
            Route("/models", list_models),
            # A name may contain a slash; percent-encoded or not, it arrives as one.
            Route("/models/{name:path}", get_model),
            Route("/instances/{token:path}", get_instance),
        ],
        exception_handlers={HTTPException: _not_served, StorageError: _unanswered},
    )


async def _not_served(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    response = problem(HTTPStatus(error.status_code), error.detail)
    response.headers.update(error.headers or {})
    return response


async def _unanswered(_: Request, __: Exception) -> Response:
    """Answer where the storage did not, also while it is not open yet."""
    return refused(Refusal(Code.DATABASE_ERROR))
