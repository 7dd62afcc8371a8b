"""Problems: errors of the modern interface as RFC 9457 has them.

Here live the members of a problem and the HTTP code of each outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from statusek_server.errors import ParametersError
from statusek_server.outcomes import DATA_TEXTS, Code, Refusal

HTTP_CODES: Final[Mapping[Code, HTTPStatus]] = {
    Code.INSTANCE_TOKEN_IS_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.OBJECT_NAME_IS_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT: HTTPStatus.NOT_FOUND,
    Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET: HTTPStatus.CONFLICT,
    Code.NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET: HTTPStatus.CONFLICT,
    Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET: HTTPStatus.CONFLICT,
    Code.STATUS_IS_ALREADY_SET: HTTPStatus.CONFLICT,
    Code.INSTANCE_IS_FINISHED: HTTPStatus.CONFLICT,
    Code.INSTANCE_TIMEOUT_IS_INVALID: HTTPStatus.BAD_REQUEST,
    Code.PARAMS_PARSING_IS_FAILED: HTTPStatus.BAD_REQUEST,
    Code.IDEMPOTENCY_KEY_IS_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.DATABASE_ERROR: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
}
"""The HTTP codes of the outcomes that refuse; docs/decisions/0021 says why these."""

RETRY_AFTER: Final = 1
"""Seconds after which a call that the storage did not do may be tried again."""


class ProblemResponse(JSONResponse):
    """A JSON answer with the media type of a problem."""

    media_type = "application/problem+json"


def problem(status: HTTPStatus, detail: str, **more: str) -> ProblemResponse:
    """Return a problem that needs no type of its own.

    Args:
        status: The HTTP code; it gives the title.
        detail: What happened, for a person.
        more: Further members.
    """
    body = {"title": status.phrase, "status": status.value, "detail": detail, **more}
    return ProblemResponse(body, status_code=status)


def refused(refusal: Refusal) -> ProblemResponse:
    """Return the problem of a call that was not done.

    Args:
        refusal: Why.
    """
    status, code = HTTP_CODES[refusal.code], refusal.code.value
    if refusal.code is not Code.DATABASE_ERROR:
        detail = refusal.text(DATA_TEXTS).removeprefix("ERROR: ")
        return problem(status, detail, code=code)
    response = problem(status, "The storage does not answer; try again later.", code=code)
    response.headers["retry-after"] = str(RETRY_AFTER)
    return response


async def not_served(_: Request, error: Exception) -> Response:
    """Return the problem of a path, a method or a body that is not served."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    response = problem(HTTPStatus(error.status_code), error.detail)
    response.headers.update(error.headers or {})
    return response


async def not_understood(_: Request, error: Exception) -> Response:
    """Return the problem of a request that does not say what it should."""
    assert isinstance(error, ParametersError)  # noqa: S101 - registered for it
    code = Code.PARAMS_PARSING_IS_FAILED.value
    return problem(HTTPStatus.BAD_REQUEST, error.what, code=code)


async def failed(_: Request, __: Exception) -> Response:
    """Return the problem of a defect of the server; it goes on to the log from here."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed; its log says why.")
