"""Foreign text made safe to print: it cannot move a cursor, colour a terminal or reorder a line.

Only the escaping of characters lives here; laying text out is the renderers' business.
"""

from __future__ import annotations

import unicodedata

# The joiners belong to the spelling of Persian and Indic words and of many emoji.
_JOINERS = "\u200c\u200d"
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    r"""Return text in which every character that does not print is escaped.

    That is every control character (C0, DEL, C1), line and paragraph separator, formatting
    character (among them those that turn the direction of writing), surrogate and unassigned code
    point.

    Args:
        text: Text of any origin.

    Returns:
        Text on one line, the same where there was nothing to escape.

    Examples:
        >>> printable("done\x1b[2J")
        'done\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def printable_lines(text: str) -> list[str]:
    """Return the lines of a text, each printable; a tab becomes four spaces.

    Args:
        text: Text of any origin; line feeds, with or without a carriage return before them, end its
            lines.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return [printable(line.replace("\t", "    ")) for line in lines]


def _escaped(character: str) -> str:
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
