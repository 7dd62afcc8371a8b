"""Problems: errors of the modern interface as RFC 9457 has them.

Here live the members of a problem and the HTTP code of each outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse

from statusek_server.outcomes import DATA_TEXTS, Code, Refusal

HTTP_CODES: Final[Mapping[Code, HTTPStatus]] = {
    Code.INSTANCE_TOKEN_IS_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.OBJECT_NAME_IS_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.DATABASE_ERROR: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The outcomes that the resources have so far."""


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
    detail = "The storage does not answer; try again later."
    if refusal.code is not Code.DATABASE_ERROR:
        detail = refusal.text(DATA_TEXTS).removeprefix("ERROR: ")
    return problem(HTTP_CODES[refusal.code], detail, code=refusal.code.value)
