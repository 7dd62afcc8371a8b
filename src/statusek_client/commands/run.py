"""The command `statusek run`: any program as a process that a server knows of.

Only the command lives here: its options, which status is set when, its exit code. Running the
program is in `job`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from csm import GeneralComponent, Note, Status, StatusMessage
from csm.completion import file_names
from csm.printable import printable
from statusek_client import StatusekClient
from statusek_client.cli import HELP, connected, outbox_option, url_option
from statusek_client.commands.job import Ending, run_job
from statusek_client.errors import StatusekError

_NOT_STARTED = 127


@click.command(
    "run",
    context_settings=HELP | {"allow_interspersed_args": False},  # the rest is the program's
)
@click.option("--object", "object_name", metavar="OBJECT", help="Create an instance of this model.")
@click.option("--token", metavar="TOKEN", help="Use this instance instead of creating one.")
@click.option(
    "--instance-timeout",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="How long the created instance may live.",
)
@click.option("--start", metavar="STATUS", help="Set before the program runs.")
@click.option("--done", metavar="STATUS", help="Set when it ends with exit code 0.")
@click.option("--fail", metavar="STATUS", help="Set when it ends otherwise, or cannot be started.")
@click.argument(
    "arguments",
    metavar="-- COMMAND [ARG]...",
    nargs=-1,
    required=True,
    shell_complete=file_names,
)
@outbox_option
@url_option
def run(  # noqa: PLR0913, PLR0917 - one for each option
    object_name: str | None,
    token: str | None,
    instance_timeout: int | None,
    start: str | None,
    done: str | None,
    fail: str | None,
    arguments: tuple[str, ...],
    outbox: Path | None,
    url: str,
) -> None:
    """Run a program, and set statuses before and after it.

    The last lines that it prints come with its end, as a Commons Status Message. The exit code is
    that of the program, 127 where it cannot be started; a status that cannot be set is a line on
    stderr, or kept in the outbox. Without an instance nothing is run: exit code 2.

    \b
    Examples:
      statusek run --object TASK --instance-timeout 600 \\
        --start RUN --done FINISHED --fail FAILED -- pg_dump -f all.sql all
      statusek run --token "$token" --done FINISHED -- make all

    STATUSEK_KEY holds the key for servers that want one.
    """
    if (object_name is None) == (token is None):
        raise click.UsageError("give --object to create an instance, or --token to use one")
    with connected(url, outbox) as client:
        if object_name is not None:
            token = client.create_instance(object_name, instance_timeout=instance_timeout)
        assert token is not None  # noqa: S101 - one of the two was given
        if start is not None:
            client.set_status(token, start)
        ending = _ending(arguments)
        status_name = fail if ending.exit_code else done
        if status_name is not None:
            _say(client, token, status_name, _message(arguments[0], ending))
    sys.exit(ending.exit_code)


def _ending(arguments: tuple[str, ...]) -> Ending:
    if shutil.which(arguments[0]) is None:
        return _unstarted(f"{arguments[0]}: no such command")
    try:
        return run_job(arguments)
    except OSError as error:
        return _unstarted(f"{arguments[0]}: {error.strerror}")


def _unstarted(why: str) -> Ending:
    click.echo(printable(f"statusek: {why}"), err=True)
    return Ending(_NOT_STARTED, 0.0, (why,))


def _message(program: str, ending: Ending) -> StatusMessage:
    return StatusMessage(
        component=GeneralComponent(component_name=Path(program).name or program),
        status=Status.ERROR if ending.exit_code else Status.OK,
        notes=[Note(title=str(ending), detail="\n".join(ending.last_lines) or None)],
    )


def _say(client: StatusekClient, token: str, status_name: str, message: StatusMessage) -> None:
    """Set the last status; the program has run, so trouble is told and changes nothing."""
    try:
        client.set_status(token, status_name, message)
    except StatusekError as error:
        click.echo(printable(f"statusek: {status_name} was not set: {error}"), err=True)
