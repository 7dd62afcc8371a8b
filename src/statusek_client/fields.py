"""The members of a JSON object that came from somewhere else, read strictly.

Only what holds for any JSON object lives here, and the one error of all reading; which keys there
are is in `wire` and `modern`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

JsonObject = Mapping[str, Any]
_Value = TypeVar("_Value")


class NotUnderstoodError(Exception):
    """The answer is not one of this call; the argument says why."""


def json_object(body: bytes) -> JsonObject:
    """Return the JSON object that a body is, or raise NotUnderstoodError."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotUnderstoodError("it is not JSON") from None
    if not isinstance(value, dict):
        raise NotUnderstoodError("it is JSON, but not an object")
    return cast("JsonObject", value)


def objects(value: object, name: str) -> list[JsonObject]:
    """Return the objects of a list that may be null, or raise NotUnderstoodError."""
    if value is None:
        return []
    items = cast("list[object]", value if isinstance(value, list) else [None])
    if not all(isinstance(item, dict) for item in items):
        raise NotUnderstoodError(f"its {name!r} is not a list of objects")
    return cast("list[JsonObject]", items)


def text(fields: JsonObject, key: str) -> str:
    """Return a text that may be missing or null, then as "", or raise NotUnderstoodError."""
    return typed(fields, key, str) if fields.get(key) is not None else ""


def typed(fields: JsonObject, key: str, kind: type[_Value]) -> _Value:
    """Return a member that is exactly of this type, or raise NotUnderstoodError."""
    value = fields.get(key)
    if type(value) is not kind:
        raise NotUnderstoodError(f"its {key!r} is not {_KINDS[kind]}")
    return value


_KINDS: Mapping[type, str] = {bool: "true or false", str: "a text", int: "a whole number"}
