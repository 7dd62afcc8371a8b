"""The terminal: how wide it is, whether it has colours, and which characters it can show.

Only what depends on the process's standard output lives here.
"""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec

import click

from csm.message import StatusMessage
from csm.render.text import render
from csm.vocabulary import Status

# One column for one, so that everything stays aligned.
_ASCII = str.maketrans("├└│─✓▲✗◆→…·“”", '|`|-+!x#>~.""')


def print_message(message: StatusMessage, *, at_least: Status | None, depth: int | None) -> None:
    """Print a message to standard output: wrapped and in colours on a terminal, plain elsewhere.

    Args:
        message: The message.
        at_least: Leave out branches in which no status is this bad.
        depth: Show only this many levels.
    """
    colour = _has_colours()
    text = render(message, colour=colour, width=_width(), at_least=at_least, depth=depth)
    print_text(text, colour=colour)


def print_text(text: str, *, colour: bool = False) -> None:
    """Print text to standard output in whatever encoding that has.

    Args:
        text: Lines that are safe to print.
        colour: Keep the colours in them.
    """
    click.echo(encodable(text, sys.stdout.encoding), color=colour)


def encodable(text: str, encoding: str) -> str:
    """Return text that an encoding can write, where need be with the tree in ASCII."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _has_colours() -> bool:
    """Ask rich, which knows NO_COLOR, FORCE_COLOR, TERM and the consoles of Windows."""
    if find_spec("rich") is None:
        return False
    from rich.console import Console

    console = Console()
    return console.is_terminal and console.color_system is not None and not console.no_color
