"""The Commons Status Message itself, as JSON: what is answered by default.

Only its place among the formats lives here; reading and writing it is in `csm.serializer`.
"""

from __future__ import annotations

from typing import Final

from csm.formats.format import Format
from csm.message import StatusMessage
from csm.serializer import StatusMessageSerializer

_SERIALIZER: Final = StatusMessageSerializer(unknown_values="keep")


def write(message: StatusMessage) -> bytes:
    """Return a message as it is."""
    return _SERIALIZER.to_json_bytes(message)


def read(body: bytes) -> StatusMessage:
    """Return a message as it is; names that this version does not know are kept."""
    return _SERIALIZER.from_json_bytes(body)


COMMONS: Final = Format("csm", ("application/json",), write, read=read)
