"""The client's commands of `statusek`: create, set, finished, events.

Only what a command line adds lives here: arguments, what is printed, exit codes. An error is one
line on stderr and exit code 2. Whatever a server says is foreign text and may hold anything; it is
escaped before it reaches a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import attrs
import click

from csm.output import abandon, why_not_written
from csm.printable import printable
from statusek_client import Event, StatusekClient, errors

if TYPE_CHECKING:
    from statusek_client import Outbox

Command = TypeVar("Command", bound=Callable[..., Any])

HELP = {"help_option_names": ["-h", "--help"]}


class FailedError(click.ClickException):
    """What ends a command: one line on stderr, exit code 2."""

    exit_code = 2

    def __init__(self, error: Exception) -> None:
        super().__init__(printable(str(error)))

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it on stderr; where that cannot be written to, the exit code says it alone."""
        try:
            super().show(file)
        except OSError:
            abandon(sys.stderr)


@contextmanager
def connected(url: str, outbox: Path | None = None) -> Generator[StatusekClient]:
    """Give a client of this server; an error of a call ends the command.

    Args:
        url: where the server is.
        outbox: the file in which statuses are kept that cannot be delivered.
    """
    key = os.environ.get("STATUSEK_KEY") or None
    try:
        with _kept_in(outbox) as box, StatusekClient(url, api_key=key, outbox=box) as client:
            yield client
    except (errors.StatusekError, ValueError, TypeError) as error:
        raise FailedError(error) from None


@contextmanager
def _kept_in(path: Path | None) -> Generator[Outbox | None]:
    if path is None:
        yield None
        return
    from statusek_client.outbox import Outbox

    # What a command leaves, the next one delivers: it ends too soon for a background.
    with Outbox(path, background=False) as box:
        yield box


@contextmanager
def printing() -> Generator[None]:
    """Print in the block; an output that cannot be written ends the command."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        abandon(sys.stdout)
        raise FailedError(OSError(f"standard output: {why_not_written(error)}")) from None


def _named_server(_: click.Context, __: click.Parameter, url: str | None) -> str:
    if url is None:
        raise click.UsageError("name the server: --url http://HOST:PORT, or STATUSEK_URL")
    return url


def url_option(command: Command) -> Command:
    """Give a command the option that says where the server is."""
    return click.option(
        "--url",
        envvar="STATUSEK_URL",
        callback=_named_server,
        metavar="URL",
        help="Where the server is, such as http://localhost:8080.  [env: STATUSEK_URL]",
    )(command)


def outbox_option(command: Command) -> Command:
    """Give a command the option that says where statuses are kept."""
    return click.option(
        "--outbox",
        envvar="STATUSEK_OUTBOX",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Where a status is kept when the server is away.  [env: STATUSEK_OUTBOX]",
    )(command)


@click.command("create", context_settings=HELP)
@click.argument("object_name", metavar="OBJECT")
@click.option(
    "--instance-timeout",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="How long the process may live. Without it: what the model says, where it does.",
)
@url_option
def create(object_name: str, instance_timeout: int | None, url: str) -> None:
    """Create an instance of OBJECT and print its token.

    \b
    Example:
      token=$(statusek create "2-POINT LINE TASK" --instance-timeout 600)

    STATUSEK_KEY holds the key for servers that want one.
    """
    with connected(url) as client:
        token = client.create_instance(object_name, instance_timeout=instance_timeout)
    with printing():
        click.echo(printable(token))


@click.command("set", context_settings=HELP)
@click.argument("token")
@click.argument("status_name", metavar="STATUS")
@click.option("--message", metavar="TEXT", help="A text to keep with the status.")
@click.option(
    "--csm",
    type=click.File("rb"),
    metavar="FILE",
    help="A Commons Status Message to keep with it, as JSON; - for standard input.",
)
@outbox_option
@url_option
def set_status(
    token: str,
    status_name: str,
    message: str | None,
    csm: BinaryIO | None,
    outbox: Path | None,
    url: str,
) -> None:
    """Set STATUS on the instance of TOKEN.

    With an outbox a status that cannot be delivered is kept in a file, which counts as done; the
    next command with that outbox, or `statusek outbox flush`, delivers it.

    \b
    Examples:
      statusek set "$token" RUN --message "17 files"
      my-check --json | statusek set "$token" FAILED --csm -

    STATUSEK_KEY holds the key for servers that want one.
    """
    if message is not None and csm is not None:
        raise click.UsageError("give --message or --csm, not both")
    with connected(url, outbox) as client:
        text = message if csm is None else _checked_csm(csm.read())
        client.set_status(token, status_name, text)


@click.command("finished", context_settings=HELP)
@click.argument("token")
@url_option
def finished(token: str, url: str) -> None:
    """Say whether the instance of TOKEN is finished, and why.

    Exit codes: 0 it is, 1 it is not yet, 2 an error.

    \b
    Example:
      until statusek finished "$token"; do sleep 5; done

    STATUSEK_KEY holds the key for servers that want one.
    """
    with connected(url) as client:
        finish = client.check_is_finished(token)
    reason = f": {finish.reason.value}" if finish.reason else ""
    with printing():
        click.echo(f"finished{reason}" if finish else "not finished")
    sys.exit(0 if finish else 1)


@click.command("events", context_settings=HELP)
@click.argument("token")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@url_option
def events(token: str, as_json: bool, url: str) -> None:
    """Show the statuses that were set on the instance of TOKEN, with times and messages.

    \b
    Examples:
      statusek events "$token"
      statusek events "$token" --json | jq '.[].status_name'

    STATUSEK_KEY holds the key for servers that want one.
    """
    with connected(url) as client:
        found = client.get_events(token)
    with printing():
        if as_json:
            click.echo(json.dumps([plain_event(event) for event in found], indent=2))
        elif found:
            print_table(("TIME", "STATUS", "TYPE", "MESSAGE"), [_row(event) for event in found])
        else:
            click.echo("no status was set yet", err=True)


def _checked_csm(data: bytes) -> str:
    """Return the message as it travels, compact; ValueError where it is not one."""
    from csm import StatusMessageSerializer

    serializer = StatusMessageSerializer(unknown_values="keep")
    return serializer.to_json_string(serializer.from_json_bytes(data))


def plain_event(event: Event) -> dict[str, Any]:
    """Return an event as JSON has it."""
    return attrs.asdict(event) | {"created": event.created.isoformat()}


def _row(event: Event) -> tuple[str, ...]:
    cells = (
        event.created.isoformat(sep=" ", timespec="seconds"),
        event.status_name,
        event.status_type,
        words_of(event),
    )
    return tuple(printable(cell) for cell in cells)


def words_of(event: Event) -> str:
    """Return what the message of an event says, on one line."""
    message = event.csm
    if message is None:
        return event.message or ""
    return ", ".join([message.status.name, *(note.title for note in message.notes)])


_LEAST: Final = 8
"""Columns of a terminal that a column of a table takes at least, with the space behind it."""


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: rich's on a terminal where it is installed, else plain columns."""
    if sys.stdout.isatty():
        try:
            _show_rich(head, rows)
        except ModuleNotFoundError:
            pass
        else:
            return
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _show_rich(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    least = 0  # what it takes; on a terminal that has less, lines go on below, and nothing is lost
    for title, *cells in zip(head, *rows, strict=True):
        is_token = title == "TOKEN"  # one word: somebody copies it
        least += max(map(len, cells), default=0) if is_token else _LEAST
        table.add_column(title, no_wrap=is_token, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # a Text is never read as markup
    Console(width=max(Console().width, least)).print(table)
