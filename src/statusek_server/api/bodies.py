"""Bodies: what a request of the modern interface says, as one JSON object.

Here live its keys, their types, and what is wrong with a body. Strict: a key that is not known is
an error, since a misspelt one would be ignored without a word.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Final, NoReturn, cast

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request

from statusek_server.endpoints import LARGEST_BODY, read_body
from statusek_server.errors import ParametersError

MEDIA_TYPE: Final = "application/json"


@frozen
class NewInstanceBody:
    """An instance to be created.

    Args:
        object_name: Its object.
        timeout: Seconds that it lives; None for the object's own.
        silence: Seconds that it may be silent; None for the object's own, if any.
    """

    object_name: str
    timeout: int | None
    silence: int | None


@frozen
class NewEventBody:
    """A status to be set.

    Args:
        status: The status.
        message: The text that comes with it.
    """

    status: str
    message: str


async def new_instance(request: Request) -> NewInstanceBody:
    """Read an instance to be created.

    Raises:
        ParametersError: The body says something else.
        HTTPException: It is not JSON by its type, or too large.
    """
    found = await _read(request, ("object", "timeout", "silence"))
    return NewInstanceBody(
        _text(found, "object"), _seconds(found, "timeout"), _seconds(found, "silence")
    )


async def new_event(request: Request) -> NewEventBody:
    """Read a status to be set.

    Raises:
        ParametersError: The body says something else.
        HTTPException: It is not JSON by its type, or too large.
    """
    found = await _read(request, ("status", "message"))
    return NewEventBody(_text(found, "status"), _text(found, "message", otherwise=""))


async def _read(request: Request, keys: Collection[str]) -> dict[str, object]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request.receive)
    if body is None:
        detail = f"The body is too large; expected at most {LARGEST_BODY} bytes"
        # Its sender may still be sending; nothing else can be read from it.
        headers = {"connection": "close"}
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, headers)
    if media_type != MEDIA_TYPE:
        detail = f"The body is {media_type or 'of no type'}; expected {MEDIA_TYPE}"
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, {"accept-post": MEDIA_TYPE})
    return _object(body, keys)


def _object(body: bytes, keys: Collection[str]) -> dict[str, object]:
    try:
        document = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ParametersError(f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ParametersError("The body is not a JSON object")
    found = cast("dict[str, object]", document)
    for key in found:
        if key not in keys:
            raise ParametersError(f"{_shown(key)} is not known here; expected {', '.join(keys)}")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise ParametersError(f"The body is not JSON: {constant} is no number")


def _text(found: dict[str, object], key: str, otherwise: str | None = None) -> str:
    value = found.get(key, otherwise)
    if value is None and key not in found:
        raise ParametersError(f"'{key}' is missing; expected a string")
    if not isinstance(value, str):
        raise ParametersError(f"'{key}' is not a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ParametersError(f"'{key}' holds half a pair of surrogates") from None
    return value


def _seconds(found: dict[str, object], key: str) -> int | None:
    value = found.get(key)
    if isinstance(value, float) and value.is_integer():
        # JSON does not tell 60.0 from 60, and neither does the schema that describes this.
        return int(value)
    if value is not None and type(value) is not int:
        raise ParametersError(f"'{key}' is not a whole number of seconds, nor null")
    return value


def _shown(key: str) -> str:
    """Return a foreign key so that it is short and can be written."""
    return ascii(key if len(key) <= 60 else key[:60] + "…")
