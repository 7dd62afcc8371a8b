"""The command `csm show`: a message for people to read, or for a monitoring system to act on.

Only the command lives here: its options, its exit codes, and what it prints where.
"""

from __future__ import annotations

from typing import NoReturn

import click

from csm.commands.source import SourceError, read_source
from csm.commands.terminal import print_message, print_text
from csm.errors import CsmError
from csm.message import StatusMessage
from csm.printable import printable, printable_lines
from csm.serializer import StatusMessageSerializer
from csm.tree import worst
from csm.vocabulary import Status

_NOT_VALID = 1
_NOT_READ = 2
# The exit codes of monitoring plug-ins: https://nagios-plugins.org/doc/guidelines.html#AEN78
_UNKNOWN = 3
_EXIT_CODES = {Status.OK: 0, Status.WARN: 1, Status.ERROR: 2, Status.CRITICAL: 2}


@click.command(
    short_help="Show a message as a tree.",
    epilog="""\b
Examples:
  csm show status.json
  csm show https://billing.example/status --only WARN
  curl -s https://billing.example/status | csm show -
  csm show --exit-status --worst https://billing.example/status
""",
)
@click.argument("source", metavar="FILE|URL|-")
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
def show(
    source: str, only: Status | None, depth: int | None, only_worst: bool, exit_status: bool
) -> None:
    """Show a message as a tree, and before it what to do.

    Names that this version does not know are shown as they are. Without --exit-status the exit code
    is 0 for a message of any status, 1 for something that is no message, and 2 for a source that
    cannot be read.
    """
    message = _read(source, exit_status=exit_status)
    status = worst(message)
    if only_worst:
        print_text(printable(status.name))
    else:
        print_message(message, at_least=only, depth=depth)
    if exit_status:
        click.get_current_context().exit(_EXIT_CODES.get(status, _UNKNOWN))


def _read(source: str, *, exit_status: bool) -> StatusMessage:
    try:
        content = read_source(source)
    except SourceError as error:
        _fail(str(error), _UNKNOWN if exit_status else _NOT_READ)
    try:
        return _READER.from_json_bytes(content.body)
    except CsmError as error:
        _fail(f"{content.label}: {error}", _UNKNOWN if exit_status else _NOT_VALID)


_READER = StatusMessageSerializer(unknown_values="keep")


def _fail(text: str, code: int) -> NoReturn:
    for line in printable_lines(f"csm: {text}"):
        click.echo(line, err=True)
    click.get_current_context().exit(code)
