"""The command `csm convert`: a message into another health format, or out of one.

Only the command lives here; the formats are in `csm.formats`.
"""

from __future__ import annotations

import sys
from typing import Final

import click

from csm.commands.reading import fail, fail_at
from csm.commands.source import SourceError, read_source
from csm.completion import file_names
from csm.errors import CsmError
from csm.formats import FORMATS, read, write

_NOT_VALID: Final = 1
_NOT_READ: Final = 2
_READABLE: Final = [name for name, each in FORMATS.items() if each.read]


@click.command(
    short_help="Convert a message to or from another health format.",
    epilog="""\b
Examples:
  csm convert --to health+json status.json
  csm convert --to prometheus https://billing.example/status
  csm convert --from spring --to csm http://localhost:8080/actuator/health
""",
)
@click.argument("source", metavar="FILE|URL|-", shell_complete=file_names)
@click.option("--to", "to", type=click.Choice(list(FORMATS)), required=True, help="Into which.")
@click.option(
    "--from",
    "from_",
    type=click.Choice(_READABLE),
    default="csm",
    show_default=True,
    help="Out of which.",
)
def convert(source: str, to: str, from_: str) -> None:
    """Read a message in one format and print it in another.

    What a format has no room for is lost. The exit code is 0 for a message of any status, 1 for
    something that is not of the format, and 2 for a source that cannot be read.
    """
    try:
        content = read_source(source)
    except SourceError as error:
        fail(str(error), _NOT_READ)
    try:
        message = read(content.body, from_)
    except CsmError as error:
        fail_at(content, error, _NOT_VALID)
    body, _ = write(message, to)
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
    sys.stdout.flush()
