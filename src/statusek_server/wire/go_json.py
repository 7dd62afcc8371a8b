"""JSON text as Go's encoder writes it, byte for byte, since that is what clients have seen so far.

Here live the escapes, the newline at the end, and the form of times. No keys.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(value: object) -> bytes:
    """Return a value as JSON text that is safe inside HTML, with a newline at the end."""
    text = _ENCODER.encode(value)
    for character in "<>&\u2028\u2029":
        # These occur only inside strings, where an escape means the same.
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode() + b"\n"


def timestamp(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, with no zeros at the end of its fraction."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}Z"
