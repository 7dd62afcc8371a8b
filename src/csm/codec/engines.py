"""The two ways to text and back, with one behaviour: the standard library, and msgspec.

Only what an engine offers and the choice between the two live here.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

from csm.codec import document
from csm.codec.options import EngineName, Options
from csm.codec.plain_reading import NotPlain, Progress, is_plain, read
from csm.codec.values import Json
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
        """See `Engine`."""
        return text_of(message)

    def bytes_of(self, message: StatusMessage) -> bytes:
        """See `Engine`."""
        return text_of(message).encode()

    def message_of(self, source: document.Source, options: Options) -> StatusMessage:
        """See `Engine`."""
        text = document.as_text(source, options.max_bytes)
        root = document.decoded(text, options)
        data = source if type(source) is bytes else text.encode()
        return _message_in(text, data, root, options)


def _message_in(text: str, data: bytes, root: Json, options: Options) -> StatusMessage:
    """The message that a decoded text stands for; both engines end here with all that is wrong."""
    progress = Progress(root)
    message = read(progress)
    if message is not None and is_plain(message, data, progress.strings, options.max_depth):
        return message
    from csm.codec.second_look import message_at_second_look, suspicion_of

    return message_at_second_look(text, data, root, suspicion_of(progress), options)


class MsgspecEngine:
    """All that msgspec accepts by msgspec, and the rest by the standard library, which says why.

    Raises:
        ImportError: msgspec is not installed.
    """

    def __init__(self) -> None:
        from csm.codec import mirror

        self._mirror = mirror
        self._stdlib = StdlibEngine()

    def text_of(self, message: StatusMessage) -> str:
        """See `Engine`."""
        return self.bytes_of(message).decode()

    def bytes_of(self, message: StatusMessage) -> bytes:
        """See `Engine`."""
        try:
            return self._mirror.bytes_of(message)
        except NotPlain:
            return text_of(message).encode()

    def message_of(self, source: document.Source, options: Options) -> StatusMessage:
        """See `Engine`."""
        data = document.simple_bytes(source, options.max_bytes)
        if data is None:
            return self._stdlib.message_of(source, options)
        message = self._mirror.mirrored_message(data, options.max_depth)
        if message is not None:
            return message
        values = self._mirror.decoded(data)
        if values is None:
            return self._stdlib.message_of(source, options)
        return _message_in(str(data, "utf-8"), data, values, options)


def engine_named(name: EngineName | None) -> Engine:
    """The engine of a name; None stands for the fastest that is installed.

    Raises:
        ImportError: It is not installed.
        ValueError: There is none of that name.
    """
    if name not in {None, "stdlib", "msgspec"}:
        raise ValueError(f"engine must be None, 'stdlib' or 'msgspec', not {name!r}")
    if name == "stdlib" or (name is None and find_spec("msgspec") is None):
        return StdlibEngine()
    try:
        return MsgspecEngine()
    except ImportError as error:
        message = "the engine msgspec is not installed: run pip install 'csm-statusek[fast]'"
        raise ImportError(message) from error
