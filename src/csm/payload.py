"""Payloads: what programs put into `Note.data`, and the codecs that turn it into text and back.

Only the registry of codecs and its use on notes live here. A codec is chosen by the note's
`dataDeserializationKey`, which is foreign text: it selects among what this process registered and
never names code, so nothing that could execute code is built in, nor must anything like pickle ever
be registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from csm.errors import (
    CsmDecodeError,
    CsmValidationError,
    Problem,
    excerpt_of,
    nearest,
)
from csm.json_payload import json_text, json_value
from csm.printable import printable

if TYPE_CHECKING:
    from csm.note import Note

# As much as a whole message may take by default.
_MOST_BYTES = 16 * 1024 * 1024
_MOST_REASON = 300

_DATA = "$.data"
_KEY = "$.dataDeserializationKey"


@attrs.frozen
class PayloadCodec:
    """How payloads of one kind become text and are read back.

    Attributes:
        encode: From a payload to text; it may raise anything.
        decode: From text, which may be foreign, to a payload; it may raise anything, and must not
            execute any of it.
    """

    encode: Callable[[Any], str]
    decode: Callable[[str], Any]


class PayloadCodecs(Mapping[str, PayloadCodec]):
    """A registry from `dataDeserializationKey` to a codec; JSON is there already, as `json`."""

    __slots__ = ("_codecs", "_lock")

    def __init__(self) -> None:
        self._lock = Lock()
        self._codecs = {"json": PayloadCodec(encode=json_text, decode=json_value)}

    def register(
        self, key: str, *, encode: Callable[[Any], str], decode: Callable[[str], Any]
    ) -> PayloadCodec:
        """Add a codec; adding the same again changes nothing.

        Args:
            key: The `dataDeserializationKey` of its notes.
            encode: From a payload to text.
            decode: From text to a payload; it must not execute any of it.

        Returns:
            The codec.

        Raises:
            CsmValidationError: The key is empty, not text, or has another codec.
            TypeError: One of the two cannot be called.
        """
        _check_key(key)
        for name, function in (("encode", encode), ("decode", decode)):
            if not callable(function):
                raise TypeError(f"{name} must be a function, not {type(function).__name__}")
        codec = PayloadCodec(encode=encode, decode=decode)
        with self._lock:
            if self._codecs.setdefault(key, codec) != codec:
                _refuse(
                    _KEY,
                    "has another codec already; unregister it first, or choose another key",
                    key,
                )
        return codec

    def unregister(self, key: str) -> None:
        """Remove a codec; a key without one is no error."""
        with self._lock:
            self._codecs.pop(key, None)

    def __getitem__(self, key: str) -> PayloadCodec:
        return self._codecs[key]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._codecs))

    def __len__(self) -> int:
        return len(self._codecs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self)}>"


def encode(payload: object, key: str = "json") -> str:
    """Return a payload as the text of `Note.data`.

    Args:
        payload: What the codec accepts; for `json`, None, booleans, numbers, text, and lists and
            dicts of them.
        key: The `dataDeserializationKey` whose codec is used.

    Raises:
        CsmValidationError: The key has no codec, the codec refused the payload, or the text is over
            16 MiB.
    """
    codec = _codec(key)
    try:
        data = codec.encode(payload)
    except Exception as error:  # a codec is the user's code
        message = f"the codec {key!r} cannot write it: {_reason(error)}"
        raise _refusal(_DATA, message, payload) from error
    return _checked_data(data, key)


def _checked_data(data: object, key: str) -> str:
    if not isinstance(data, str):
        _refuse(_DATA, f"the codec {key!r} wrote no text", data)
    if (size := _size(data)) is None:
        _refuse(_DATA, "has a lone surrogate, which no UTF-8 can hold", data)
    if size > _MOST_BYTES:
        _refuse(_DATA, f"takes {size:,} bytes; at most {_MOST_BYTES:,} are allowed", data)
    return data


def load_data(note: Note) -> Any:  # noqa: ANN401  # what it is depends on the note's key
    """Return the payload of a note: its data, read by the codec of its `dataDeserializationKey`.

    Args:
        note: Any note.

    Returns:
        The payload; None when the note has no data.

    Raises:
        CsmValidationError: The note has no key, or one without a codec; the known keys are listed.
        CsmDecodeError: The codec cannot read the data, or it is over 16 MiB.
    """
    if note.data is None:
        return None
    key = note.data_deserialization_key
    codec = _codec(key)
    size = len(note.data.encode())
    if size > _MOST_BYTES:
        raise CsmDecodeError(f"data takes {size:,} bytes; at most {_MOST_BYTES:,} are read")
    try:
        return codec.decode(note.data)
    except CsmDecodeError:
        raise
    except Exception as error:  # a codec is the user's code
        raise CsmDecodeError(f"data is not what {key!r} says: {_reason(error)}") from error


payload_codecs: PayloadCodecs = PayloadCodecs()
"""The codecs of this process."""


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not key:
        _refuse(_KEY, "must be a string that is not empty", key)


def _codec(key: str | None) -> PayloadCodec:
    if key is None:
        _refuse(
            _KEY,
            f"is missing: nothing says how to read the data; known are {', '.join(payload_codecs)}",
        )
    try:
        return payload_codecs[key]
    except KeyError:
        problem = Problem(
            _KEY,
            f"has no codec: expected {nearest(key, payload_codecs)}; "
            "csm.payload_codecs.register(…) adds one",
            excerpt_of(key),
        )
        raise CsmValidationError([problem]) from None


def _size(text: str) -> int | None:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return None


def _reason(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}"[:_MOST_REASON])


def _refuse(path: str, message: str, value: object = None) -> NoReturn:
    raise _refusal(path, message, value)


def _refusal(path: str, message: str, value: object) -> CsmValidationError:
    excerpt = "" if value is None else excerpt_of(value)
    return CsmValidationError([Problem(path, message, excerpt)])
