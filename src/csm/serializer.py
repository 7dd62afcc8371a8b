"""The serializer: status messages to JSON and back.

Only the door is here, in its two forms: the class with the defaults, and instances with options.
How it is done is in `codec`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, final

import attrs

from csm.codec import document
from csm.codec.engines import Engine, engine_named
from csm.codec.options import (
    MAX_BYTES,
    EngineName,
    ExtraKeys,
    Options,
    Problems,
    UnknownValues,
)
from csm.codec.values import plain_values
from csm.codec.writing import plain_of
from csm.construction import MAX_DEPTH
from csm.errors import CsmValidationError, Problem
from csm.message import StatusMessage
from csm.paths import ROOT

P = ParamSpec("P")
R = TypeVar("R")


class _OnClassToo(Generic[P, R]):
    """A method that, called on the class, works with the defaults."""

    def __init__(self, method: Callable[Concatenate[StatusMessageSerializer, P], R]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(
        self, instance: StatusMessageSerializer | None, owner: type[StatusMessageSerializer]
    ) -> Callable[P, R]:
        bound: Callable[P, R] = self._method.__get__(instance or defaults())
        return bound


@final
class StatusMessageSerializer:
    """Reads and writes status messages; immutable, and safe to share between threads.

    Every method works on the class, with the defaults, and on an instance.

    Args:
        indent: Writing: spaces per level; None writes one line.
        extra_keys: Reading: ``"keep"`` unknown keys in `extra`, ``"ignore"`` or ``"reject"`` them.
        unknown_values: Reading: ``"reject"`` names that no enum lists, or ``"keep"`` them.
        problems: Reading: report ``"all"`` problems, or the ``"first"`` one met.
        max_bytes: Reading: the largest input, in bytes of UTF-8.
        max_depth: The most messages from root to leaf, up to 100.
        engine: ``"stdlib"``, ``"msgspec"``, or None for the fastest that is installed.

    Raises:
        ImportError: The engine is not installed.
        TypeError: An option has a wrong type.
        ValueError: An option has a wrong value.

    >>> strict = StatusMessageSerializer(extra_keys="reject")
    >>> text = '{"component":{"componentType":"GENERAL","componentName":"db"},"status":"OK"'
    >>> strict.from_json_string(text + ',"epochSecondsTimestamp":0,"colour":"red"}')
    Traceback (most recent call last):
        ...
    csm.errors.CsmValidationError: $.colour: is an unknown key: ... (found: 'red')
    """

    __slots__ = ("_chosen", "_engine", "_options")
    _chosen: EngineName | None
    _engine: Engine
    _options: Options

    def __init__(
        self,
        *,
        indent: int | None = None,
        extra_keys: ExtraKeys = "keep",
        unknown_values: UnknownValues = "reject",
        problems: Problems = "all",
        max_bytes: int = MAX_BYTES,
        max_depth: int = MAX_DEPTH,
        engine: EngineName | None = None,
    ) -> None:
        self._options = Options(
            indent=indent,
            extra_keys=extra_keys,
            unknown_values=unknown_values,
            problems=problems,
            max_bytes=max_bytes,
            max_depth=max_depth,
        )
        self._chosen = engine
        self._engine = engine_named(engine)

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self._options, self._chosen)

    @_OnClassToo
    def to_json_string(self, message: StatusMessage) -> str:
        """Write a message as JSON text.

        Raises:
            CsmValidationError: It is deeper than `max_depth`.
        """
        self._check(message)
        if self._options.indent is not None:
            return _indented(message, self._options.indent)
        return self._engine.text_of(message)

    @_OnClassToo
    def to_json_bytes(self, message: StatusMessage) -> bytes:
        """Write a message as JSON in UTF-8.

        Raises:
            CsmValidationError: It is deeper than `max_depth`.
        """
        self._check(message)
        if self._options.indent is not None:
            return _indented(message, self._options.indent).encode()
        return self._engine.bytes_of(message)

    @_OnClassToo
    def from_json_string(self, text: document.Source) -> StatusMessage:
        """Read a message from JSON text.

        Args:
            text: A str, or UTF-8 as bytes, bytearray or memoryview.

        Raises:
            CsmDecodeError: The text is not acceptable JSON.
            CsmValidationError: Its values are not a message.
            TypeError: It is neither str nor bytes.
        """
        return self._engine.message_of(text, self._options)

    @_OnClassToo
    def from_json_bytes(self, data: document.Source) -> StatusMessage:
        """Read a message from JSON in UTF-8; the same as `from_json_string`."""
        return self._engine.message_of(data, self._options)

    @_OnClassToo
    def to_dict(self, message: StatusMessage) -> dict[str, Any]:
        """A message as a dict of JSON keys and plain values.

        Raises:
            CsmValidationError: It is deeper than `max_depth`.
        """
        self._check(message)
        return plain_of(message)

    @_OnClassToo
    def from_dict(self, values: Mapping[str, Any]) -> StatusMessage:
        """Read a message from JSON keys and plain values.

        Args:
            values: Dicts, lists and tuples of None and of exactly str, int, float and bool; an
                instance of a subclass of these four, such as an enum, is no JSON value.

        Raises:
            CsmDecodeError: The values are none that JSON can hold, or nested too deep.
            CsmValidationError: They are not a message.
            TypeError: It is no mapping.
        """
        if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"values must be a mapping, not {type(values).__name__}")
        from csm.codec.diagnosis import message_from_plain

        options = self._options
        return message_from_plain(plain_values(dict(values), options), options)

    def _check(self, message: StatusMessage) -> None:
        if not isinstance(message, StatusMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"message must be a StatusMessage, not {type(message).__name__}")
        if message.height > self._options.max_depth:
            most = self._options.max_depth
            reason = f"is {message.height} messages deep, where max_depth allows {most}"
            raise CsmValidationError([Problem(ROOT, reason)])


def _restored(options: Options, engine: EngineName | None) -> StatusMessageSerializer:
    """The serializer that was pickled."""
    return StatusMessageSerializer(**attrs.asdict(options), engine=engine)


def _indented(message: StatusMessage, indent: int) -> str:
    import json

    return json.dumps(plain_of(message), ensure_ascii=False, allow_nan=False, indent=indent)


@cache
def defaults() -> StatusMessageSerializer:
    """The serializer that the class itself stands for; made when it is first needed."""
    return StatusMessageSerializer()


def to_json_string(message: StatusMessage) -> str:
    """Write a message as JSON text, with the defaults.

    >>> from csm import MajorComponent
    >>> sia = MajorComponent(component_name="SIA")
    >>> to_json_string(StatusMessage(component=sia, epoch_seconds_timestamp=1437064108))
    '{"component":{"componentType":"MAJOR","componentName":"SIA"},"statusMessageType":...
    """
    return defaults().to_json_string(message)


def from_json_string(text: document.Source) -> StatusMessage:
    """Read a message from JSON text, with the defaults; see `StatusMessageSerializer`."""
    return defaults().from_json_string(text)
