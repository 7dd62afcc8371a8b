"""The command `csm show`: a message for people to read, or for a monitoring system to act on.

Only the command lives here: its options, its exit codes, and what it prints where.
"""

from __future__ import annotations

from typing import Final

import click

from csm.commands.reading import ExitCodes, read_message
from csm.commands.terminal import print_message, print_text
from csm.commands.watching import every, watch
from csm.completion import file_names
from csm.message import StatusMessage
from csm.printable import printable
from csm.tree import worst
from csm.vocabulary import Status

# The exit codes of monitoring plug-ins: https://nagios-plugins.org/doc/guidelines.html#AEN78
_UNKNOWN = 3
_NO_MESSAGE: Final = ExitCodes(not_valid=1, not_read=2)
_NO_STATUS: Final = ExitCodes(not_valid=_UNKNOWN, not_read=_UNKNOWN)
_EXIT_CODES = {Status.OK: 0, Status.WARN: 1, Status.ERROR: 2, Status.CRITICAL: 2}


@click.command(
    short_help="Show a message as a tree.",
    epilog="""\b
Examples:
  csm show status.json
  csm show https://billing.example/status --only WARN
  curl -s https://billing.example/status | csm show -
  csm show --exit-status --worst https://billing.example/status
  csm show --watch 5 https://billing.example/status
""",
)
@click.argument("source", metavar="FILE|URL|-", shell_complete=file_names)
@click.option(
    "--only",
    type=click.Choice(Status, case_sensitive=False),
    metavar="STATUS",
    help="Leave out branches better than this: OK, WARN, ERROR or CRITICAL.",
)
@click.option(
    "--depth", type=click.IntRange(min=1), metavar="N", help="Show N levels; the root is the first."
)
@click.option("--worst", "only_worst", is_flag=True, help="Print nothing but the worst status.")
@click.option(
    "--exit-status",
    is_flag=True,
    help="Exit as monitoring plug-ins do, by the worst status: OK 0, WARN 1, ERROR and CRITICAL 2; "
    "3 for a status that is not known and for a message that cannot be read.",
)
@click.option(
    "--watch",
    "seconds",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Read again every so many seconds, and say what changed, until interrupted.",
)
def show(
    source: str,
    only: Status | None,
    depth: int | None,
    only_worst: bool,
    exit_status: bool,
    seconds: float | None,
) -> None:
    """Show a message as a tree, and before it what to do.

    Names that this version does not know are shown as they are. Without --exit-status the exit code
    is 0 for a message of any status, 1 for something that is no message, and 2 for a source that
    cannot be read; 130 when --watch is interrupted, which is how it ends.
    """

    def read() -> StatusMessage:
        return read_message(source, _NO_STATUS if exit_status else _NO_MESSAGE)

    def shown(message: StatusMessage) -> None:
        if only_worst:
            print_text(printable(worst(message).name))
        else:
            print_message(message, at_least=only, depth=depth)

    if seconds is not None:
        if source == "-":
            raise click.UsageError("--watch reads again and again, which standard input cannot")
        watch(read, shown, every(seconds))
    message = read()
    shown(message)
    if exit_status:
        click.get_current_context().exit(_EXIT_CODES.get(worst(message), _UNKNOWN))
