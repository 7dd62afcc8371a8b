"""What a message says when it is sent later than it was made.

Pure; no other module changes a message.
"""

from __future__ import annotations

from datetime import UTC, datetime

DETAIL = "The server could not be reached then; the message was kept and sent later."


def marked(message: str | None, made: float) -> str | None:
    """Return a message as it is sent late: a CSM with one note more, anything else as it is.

    A plain text may be read by a program that knows its form, so nothing is put into it.

    Args:
        message: the message.
        made: when it was made, in seconds since 1970.
    """
    if message is None or not message.lstrip().startswith("{"):
        return message
    from csm import CsmError, Note, StatusMessageSerializer

    serializer = StatusMessageSerializer(unknown_values="keep")
    at = datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        read = serializer.from_json_string(message)
        note = Note(title=f"made at {at}", detail=DETAIL)
        return serializer.to_json_string(read.replace(notes=[*read.notes, note]))
    except CsmError:
        return message
