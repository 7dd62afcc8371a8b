"""Fields of a foreign document, read strictly: a value of the wrong kind is an error with its path.

Only what holds for every JSON format lives here; which fields there are is in the formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn, TypeAlias, cast

from csm.codec.document import as_text, parsed
from csm.codec.options import Options
from csm.errors import CsmValidationError, Problem, excerpt_of

JsonObject: TypeAlias = Mapping[str, Any]

MAX_BYTES: Final = 16 * 1024 * 1024
_OPTIONS: Final = Options(max_bytes=MAX_BYTES)


def document(body: bytes) -> JsonObject:
    """Return the JSON object that a body is.

    Raises:
        CsmDecodeError: It is not JSON, not UTF-8, too large or too deep, or has a key twice.
    """
    return parsed(as_text(body, MAX_BYTES), _OPTIONS)


def encoded(value: object) -> bytes:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text(found: JsonObject, key: str, path: str) -> str | None:
    """Return a text that may be missing or null, then as None.

    Raises:
        CsmValidationError: It is something else.
    """
    value = found.get(key)
    if value is not None and not isinstance(value, str):
        fail(f"{path}.{key}", "must be a string", value)
    return value


def required_text(found: JsonObject, key: str, path: str) -> str:
    """Return a text that must be there and not empty.

    Raises:
        CsmValidationError: It is missing, empty or something else.
    """
    value = text(found, key, path)
    if not value:
        fail(f"{path}.{key}", "is missing or empty", value)
    return value


def an_object(value: object, path: str) -> JsonObject:
    """Return a value that must be an object.

    Raises:
        CsmValidationError: It is something else.
    """
    if not isinstance(value, dict):
        fail(path, "must be an object", value)
    return cast("JsonObject", value)


def members(found: JsonObject, key: str, path: str) -> JsonObject:
    """Return an object that may be missing or null, then as an empty one.

    Raises:
        CsmValidationError: It is something else.
    """
    value = found.get(key)
    return {} if value is None else an_object(value, f"{path}.{key}")


def items(found: JsonObject, key: str, path: str) -> list[Any]:
    """Return a list that may be missing or null, then as an empty one.

    Raises:
        CsmValidationError: It is something else.
    """
    value = found.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        fail(f"{path}.{key}", "must be an array", value)
    return list(cast("Iterable[Any]", value))


def fail(path: str, message: str, value: object = None) -> NoReturn:
    """Raise what is wrong with a value.

    Raises:
        CsmValidationError: Always.
    """
    excerpt = "" if value is None else excerpt_of(value)
    raise CsmValidationError([Problem(path, message, excerpt)])
