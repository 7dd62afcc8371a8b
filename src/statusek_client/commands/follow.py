"""The commands `statusek wait` and `statusek watch`: one instance, until it is finished.

Only the commands live here: their options, lines and exit codes. The bar is in `bar`.
"""

from __future__ import annotations

import json
import sys

import click

from csm.printable import printable
from statusek_client.bar import following
from statusek_client.cli import HELP, connected, plain_event, printing, url_option, words_of
from statusek_client.errors import WaitTimeoutError
from statusek_client.results import Event, Finish, FinishReason

_NOT_YET = 1
_OTHERWISE = 3

_timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so many seconds. Without it: when the instance is finished.",
)


@click.command("wait", context_settings=HELP)
@click.argument("token")
@_timeout_option
@url_option
def wait(token: str, timeout: float | None, url: str) -> None:
    """Wait until the instance of TOKEN is finished, and say why it is.

    On a terminal a bar shows which mandatory statuses are reached and how much time is left.

    Exit codes: 0 all mandatory statuses are set (or the server does not say why), 1 not finished
    in time, 2 an error, 3 finished otherwise: by a stop status, or timed out.

    \b
    Example:
      statusek wait "$token" --timeout 900 && deploy

    STATUSEK_KEY holds the key for servers that want one.
    """
    with connected(url) as client:
        task = client.instance(token)
        try:
            with following(task) as show:
                for event in task.watch(timeout=timeout):
                    show(event)
        except WaitTimeoutError:
            with printing():
                click.echo("not finished")
            sys.exit(_NOT_YET)
        finish = task.check_is_finished()
    with printing():
        click.echo(_words(finish))
    sys.exit(_code(finish))


@click.command("watch", context_settings=HELP)
@click.argument("token")
@click.option("--json", "as_json", is_flag=True, help="A JSON object on each line, for programs.")
@_timeout_option
@url_option
def watch(token: str, as_json: bool, timeout: float | None, url: str) -> None:
    """Print each status of the instance of TOKEN as it is set, until it is finished.

    The exit codes are those of `statusek wait`.

    \b
    Examples:
      statusek watch "$token"
      statusek watch "$token" --json | jq --unbuffered .status_name

    STATUSEK_KEY holds the key for servers that want one.
    """
    with connected(url) as client:
        task = client.instance(token)
        try:
            for event in task.watch(timeout=timeout):
                with printing():
                    click.echo(json.dumps(plain_event(event)) if as_json else _line(event))
        except WaitTimeoutError:
            sys.exit(_NOT_YET)
        finish = task.check_is_finished()
    if not as_json:
        with printing():
            click.echo(_words(finish))
    sys.exit(_code(finish))


def _words(finish: Finish) -> str:
    return f"finished: {finish.reason.value}" if finish.reason else "finished"


def _code(finish: Finish) -> int:
    is_whole = finish.reason in (None, FinishReason.ALL_MANDATORY_STATUSES_ARE_SET)
    return 0 if is_whole else _OTHERWISE


def _line(event: Event) -> str:
    at = event.created.isoformat(sep=" ", timespec="seconds")
    return printable(f"{at}  {event.status_name}  {words_of(event)}".rstrip())
