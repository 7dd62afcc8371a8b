"""What a client has seen exist: tokens, statuses of instances, objects.

Only that memory lives here. It is why a "not found" of something that was there is looked at again
(`flows`): servers in trouble say it of what they cannot read.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, cast

from statusek_client.errors import (
    InstanceNotFoundError,
    ObjectNotFoundError,
    StatusekError,
    StatusNotFoundError,
)
from statusek_client.results import Event

if TYPE_CHECKING:
    from statusek_client.calls import Call

MOST: Final = 10_000
"""How many names are remembered; the oldest make room."""

_Name = tuple[str, str]
_NOT_FOUND: Final = (InstanceNotFoundError, ObjectNotFoundError, StatusNotFoundError)


class Acquaintance:
    """The names that a server has shown to know; safe to share between threads."""

    __slots__ = ("_lock", "_names")

    def __init__(self) -> None:
        self._names: dict[_Name, None] = {}
        self._lock = threading.Lock()

    def has_seen(self, error: StatusekError) -> bool:
        """Return whether the error says of something that it is not there, which was there."""
        name = _denied(error)
        return name is not None and name in self._names

    def forget(self, error: StatusekError) -> None:
        """Believe an error: what it says is not there is not there any more."""
        name = _denied(error)
        with self._lock:
            if name is not None:
                self._names.pop(name, None)

    def meet(self, call: Call[Any], result: object) -> None:
        """Remember what a call that has succeeded shows to exist."""
        if call.object_name is not None:
            self._add(("", call.object_name))
            if isinstance(result, str):
                self._add((result, ""))
        if call.token is not None:
            self._add((call.token, ""))
            # A flat server says "not set", too, of a status that the object does not have.
            if call.status_name is not None and (result is None or result):
                self._add((call.token, call.status_name))
            elif isinstance(result, tuple):
                for item in cast("tuple[object, ...]", result):
                    if isinstance(item, Event):
                        self._add((call.token, item.status_name))

    def _add(self, name: _Name) -> None:
        if name in self._names:
            return
        with self._lock:
            if len(self._names) >= MOST:
                del self._names[next(iter(self._names))]
            self._names[name] = None


def _denied(error: StatusekError) -> _Name | None:
    if not isinstance(error, _NOT_FOUND):
        return None
    if isinstance(error, ObjectNotFoundError):
        return "", error.object_name or ""
    token = error.token or ""
    return token, (error.status_name or "") if isinstance(error, StatusNotFoundError) else ""
