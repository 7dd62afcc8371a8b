"""TOML text: how values are written, since the standard library only reads it.

Here lives the form of a value, and nothing of what values mean.
"""

from __future__ import annotations

import json


def toml_value(value: str | float | list[str]) -> str:
    """Return a value as it stands in TOML, for which the form of JSON nearly does.

    >>> toml_value("a \\"word\\"")
    '"a \\\\"word\\\\""'
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
