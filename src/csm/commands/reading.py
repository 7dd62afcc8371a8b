"""Reading: a source as a message, or the end of the command with one line on stderr.

Only what every command does with a source that it shows lives here; `csm check` looks closer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

import attrs
import click

from csm.commands.source import Content, SourceError, read_source
from csm.errors import CsmError
from csm.message import StatusMessage
from csm.printable import printable_lines
from csm.serializer import StatusMessageSerializer

_READER: Final = StatusMessageSerializer(unknown_values="keep")


@attrs.frozen
class ExitCodes:
    """How a command ends that gets no message.

    Attributes:
        not_valid: The source holds something else.
        not_read: The source cannot be read.
    """

    not_valid: int
    not_read: int


def read_message(source: str, codes: ExitCodes) -> StatusMessage:
    """Return the message of a source; names that this version does not know are kept.

    Args:
        source: A file, a URL, or - for standard input.
        codes: How the command ends where there is none.
    """
    try:
        content = read_source(source)
    except SourceError as error:
        fail(str(error), codes.not_read)
    try:
        return _READER.from_json_bytes(content.body)
    except CsmError as error:
        fail_at(content, error, codes.not_valid)


def read_once(sources: Sequence[str]) -> None:
    """Refuse sources of which two are standard input.

    Args:
        sources: All sources of a command.

    Raises:
        click.UsageError: Two of them are.
    """
    if sources.count("-") > 1:
        raise click.UsageError("standard input (-) can be read once only: give one - at most")


def fail_at(content: Content, error: CsmError, code: int) -> NoReturn:
    """Say on stderr that a content is no message, and end the command.

    Args:
        content: The content.
        error: What is wrong with it.
        code: The exit code.
    """
    fail(f"{content.name}: {content.why_no_message(str(error))}", code)


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong on stderr, and end the command.

    Args:
        text: What is wrong, as lines.
        code: The exit code.
    """
    for line in printable_lines(f"csm: {text}"):
        click.echo(line, err=True)
    click.get_current_context().exit(code)
