"""The two ways to text and back, with one behaviour: the standard library, and msgspec.

Only the choice between them and what each offers lives here.
"""

from __future__ import annotations

from typing import Protocol

from csm.codec import document
from csm.codec.diagnosis import message_from_plain
from csm.codec.options import EngineName, Options
from csm.codec.plain_reading import plain_message
from csm.codec.writing import text_of
from csm.message import StatusMessage


class Engine(Protocol):
    """Text to messages and back."""

    def text_of(self, message: StatusMessage) -> str:
        """The JSON text of a message."""
        ...

    def bytes_of(self, message: StatusMessage) -> bytes:
        """The JSON text of a message, in UTF-8."""
        ...

    def message_of(self, source: document.Source, options: Options) -> StatusMessage:
        """The message that a text holds.

        Raises:
            CsmDecodeError: The text is not acceptable JSON.
            CsmValidationError: Its values are not a message.
        """
        ...


class StdlibEngine:
    """Everything by the standard library."""

    def text_of(self, message: StatusMessage) -> str:
        return text_of(message)

    def bytes_of(self, message: StatusMessage) -> bytes:
        return text_of(message).encode()

    def message_of(self, source: document.Source, options: Options) -> StatusMessage:
        text = document.as_text(source, options.max_bytes)
        document.guard_depth(text, options)
        message = plain_message(text, options.max_depth)
        if message is not None:
            return message
        return message_from_plain(document.parsed(text, options), options)


def engine_named(name: EngineName | None) -> Engine:
    """The engine of a name; None stands for the fastest that is installed.

    Raises:
        ImportError: It is not installed.
        ValueError: There is none of that name.
    """
    return StdlibEngine()
