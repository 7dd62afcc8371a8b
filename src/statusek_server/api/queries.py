"""Queries: what a listing of the modern interface is asked for in its URL.

Here live the names of the parameters, their bounds, and the cursor that says where a page begins.
Strict: a parameter that is not known is an error, since a misspelt one would list too much.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from attrs import frozen
from starlette.datastructures import QueryParams

from statusek_server.errors import ParametersError
from statusek_server.models import LONGEST_TIMEOUT
from statusek_server.outcomes import FinishReason
from statusek_server.storage.pages import InstanceFilter, Position

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200
"""Entries of a page."""

STATES: Final[Mapping[str, bool]] = {"open": False, "finished": True}

T = TypeVar("T")

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@frozen
class InstanceQuery:
    """A page of a listing of instances.

    Args:
        wanted: Which instances.
        after: Where the page begins, or None for the first.
        limit: How many at most.
    """

    wanted: InstanceFilter
    after: Position | None
    limit: int


@frozen
class EventQuery:
    """A page of the events of an instance.

    Args:
        after: The number of the last event that is known.
        limit: How many at most.
    """

    after: int
    limit: int


def instance_query(given: QueryParams) -> InstanceQuery:
    """Read the parameters of a listing of instances.

    Raises:
        ParametersError: One is not known, given twice or out of bounds.
    """
    found = _once(
        given,
        ("object", "state", "reason", "status", "min_age", "max_age", "cursor", "limit"),
    )
    wanted = InstanceFilter(
        object_name=found.get("object"),
        is_finished=_one_of(found, "state", STATES),
        reason=_one_of(found, "reason", {reason.value: reason for reason in FinishReason}),
        status_name=found.get("status"),
        oldest=_number(found, "max_age", LONGEST_TIMEOUT),
        youngest=_number(found, "min_age", LONGEST_TIMEOUT),
    )
    cursor = found.get("cursor")
    return InstanceQuery(wanted, None if cursor is None else position_of(cursor), _limit(found))


def event_query(given: QueryParams) -> EventQuery:
    """Read the parameters of a list of events.

    Raises:
        ParametersError: One is not known, given twice or out of bounds.
    """
    found = _once(given, ("after", "limit"))
    return EventQuery(_number(found, "after", 10**18) or 0, _limit(found))


def cursor_of(position: Position) -> str:
    """Return a position as a text that only ``position_of`` reads."""
    text = f"{position.created_at.astimezone(UTC).isoformat()} {position.token}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Return the position of a cursor.

    Raises:
        ParametersError: It is not one.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, _, token = urlsafe_b64decode(padded.encode("ascii")).decode().partition(" ")
        position = Position(datetime.fromisoformat(moment), token)
        # No token has a null character, which is no text for every database.
        if cursor_of(position) == cursor and "\0" not in token:
            return position
    except (ValueError, OverflowError):
        pass
    raise ParametersError("'cursor' is not one that a page has told as its 'next'")


def _once(given: QueryParams, names: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in given.multi_items():
        if name not in names:
            raise ParametersError(f"{_shown(name)} is not known here; expected {', '.join(names)}")
        if name in found:
            raise ParametersError(f"'{name}' is given more than once")
        found[name] = value
    return found


def _one_of(found: Mapping[str, str], name: str, values: Mapping[str, T]) -> T | None:
    text = found.get(name)
    if text is None:
        return None
    if text not in values:
        raise ParametersError(f"'{name}' is {_shown(text)}; expected {' or '.join(values)}")
    return values[text]


def _limit(found: Mapping[str, str]) -> int:
    limit = _number(found, "limit", LARGEST_LIMIT)
    if limit == 0:
        raise ParametersError(f"'limit' is 0; expected 1 to {LARGEST_LIMIT}")
    return DEFAULT_LIMIT if limit is None else limit


def _number(found: Mapping[str, str], name: str, largest: int) -> int | None:
    text = found.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or int(text) > largest:
        raise ParametersError(f"'{name}' is {_shown(text)}; expected a number up to {largest}")
    return int(text)


def _shown(text: str) -> str:
    """Return a foreign text so that it is short and can be written."""
    return ascii(text if len(text) <= 60 else text[:60] + "…")
