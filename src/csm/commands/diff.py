"""The command `csm diff`: what changed from one message to a later one, as sentences.

Only the command lives here: its exit codes, and what it prints where.
"""

from __future__ import annotations

from typing import Final

import click

from csm.commands.reading import ExitCodes, read_message, read_once
from csm.commands.terminal import print_text
from csm.completion import file_names
from csm.diff import diff as compared

_DIFFERENT = 1
_NO_MESSAGE: Final = ExitCodes(not_valid=2, not_read=2)


@click.command(
    short_help="Say what changed between two messages.",
    epilog="""\b
Examples:
  csm diff before.json after.json
  csm diff yesterday.json https://billing.example/status
""",
)
@click.argument("old", metavar="OLD", shell_complete=file_names)
@click.argument("new", metavar="NEW", shell_complete=file_names)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit code says it.")
def diff(old: str, new: str, quiet: bool) -> None:
    """Say what worsened, recovered, appeared, vanished or changed, a sentence each.

    OLD and NEW are files, URLs, or - for standard input. Times and the order of siblings are no
    changes. The exit code is that of diff(1): 0 where nothing changed, 1 where something did, 2
    where one of the two is no message or cannot be read.
    """
    read_once((old, new))
    difference = compared(read_message(old, _NO_MESSAGE), read_message(new, _NO_MESSAGE))
    if not quiet:
        print_text(str(difference))
    click.get_current_context().exit(_DIFFERENT if difference else 0)
