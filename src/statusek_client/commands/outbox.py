"""The command `statusek outbox`: what an outbox keeps, and its delivery by hand.

Only the commands live here: their options, what is printed, exit codes. What is done is in the
package `outbox`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from csm.printable import printable
from statusek_client.cli import (
    HELP,
    FailedError,
    connected,
    print_table,
    printing,
    url_option,
)
from statusek_client.errors import OutboxError
from statusek_client.outbox import Outbox, Post
from statusek_client.outbox.delivery import Tell

Command = TypeVar("Command", bound=Callable[..., Any])

_NOT_ALL = 1


def _file_option(command: Command) -> Command:
    return click.option(
        "--file",
        "path",
        envvar="STATUSEK_OUTBOX",
        required=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The outbox's file.  [env: STATUSEK_OUTBOX]",
    )(command)


_json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


@click.group("outbox", context_settings=HELP)
def outbox() -> None:
    """Look at the statuses that an outbox keeps, and deliver them.

    Programs keep them with the client's `outbox=`, the commands `set` and `run` with `--outbox`.

    \b
    Examples:
      export STATUSEK_OUTBOX=/var/lib/upload/outbox.db
      statusek outbox list
      statusek outbox flush
    """


@outbox.command("list", context_settings=HELP)
@click.option("--pending", "only", flag_value="pending", help="Only what waits to be delivered.")
@click.option("--refused", "only", flag_value="refused", help="Only what a server has refused.")
@click.option("--exit-status", is_flag=True, help="Exit with 1 where something is shown.")
@_json_option
@_file_option
def list_posts(only: str | None, exit_status: bool, as_json: bool, path: Path) -> None:
    """Show what is kept, for every server, oldest first.

    Exit codes: 0 shown, 1 with --exit-status where there is something, 2 an error.

    \b
    Examples:
      statusek outbox list --file outbox.db
      statusek outbox list --refused --json | jq -r '.[].refusal'
      statusek outbox list --exit-status >/dev/null || mail -s "statuses are late" me
    """
    with _opened(path) as box:
        posts = _posts(box, only)
    with printing():
        if as_json:
            click.echo(json.dumps([_plain(post) for post in posts], indent=2))
        elif posts:
            head = ("ID", "STATE", "MADE", "SERVER", "INSTANCE", "STATUS", "REASON")
            print_table(head, [_row(post) for post in posts])
        else:
            click.echo("nothing is kept", err=True)
    sys.exit(_NOT_ALL if exit_status and posts else 0)


@outbox.command("flush", context_settings=HELP)
@click.option(
    "--kept-for",
    metavar="URL",
    help="Deliver what was kept for this address of the same server, before it moved.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long it may take. Without it: as long as it takes.",
)
@_json_option
@_file_option
@url_option
def flush(kept_for: str | None, timeout: float | None, as_json: bool, path: Path, url: str) -> None:
    """Deliver what is pending for a server, each instance's statuses in their order.

    What the server refuses is kept aside with its reason. Where another process is delivering,
    this waits for its turn. On a terminal a bar shows how far it is.

    Exit codes: 0 all is delivered, 1 something is still pending or was refused, 2 an error.

    \b
    Examples:
      statusek outbox flush --file outbox.db --url http://localhost:8080
      statusek outbox flush --timeout 60 || statusek outbox list
      statusek outbox flush --url http://new:8080 --kept-for http://old:8080

    STATUSEK_KEY holds the key for servers that want one.
    """
    with _opened(path) as box, connected(url) as client:
        server = client.server if kept_for is None else kept_for
        with _showing(_of(box.pending(), server)) as tell:
            flushed = box.flush(client, timeout=timeout, kept_for=kept_for, tell=tell)
        left = box.pending()
    waiting = _of(left, server)
    counts = {
        "delivered": flushed.delivered,
        "refused": flushed.refused,
        "pending": flushed.pending,
    }
    with printing():
        if as_json:
            click.echo(json.dumps(counts))
        else:
            click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))
    _say_why(waiting, len(left) - len(waiting))
    sys.exit(_NOT_ALL if flushed.pending or flushed.refused else 0)


def _selecting(command: Command) -> Command:
    command = click.argument("ids", metavar="[ID]...", nargs=-1, type=int)(command)
    return click.option("--refused", is_flag=True, help="All that was refused.")(command)


@outbox.command("discard", context_settings=HELP)
@_selecting
@_file_option
def discard(ids: tuple[int, ...], refused: bool, path: Path) -> None:
    """Forget posts, by the IDs that `list` shows, or all that were refused.

    Exit codes: 0 done, 2 an error, such as an ID that is not there.

    \b
    Examples:
      statusek outbox discard 17 18
      statusek outbox discard --refused
    """
    _each(path, ids, refused=refused, do=Outbox.discard, done="discarded")


@outbox.command("retry", context_settings=HELP)
@_selecting
@_file_option
def retry(ids: tuple[int, ...], refused: bool, path: Path) -> None:
    """Put refused posts back into the queue, such as after a model was mended.

    Exit codes: 0 done, 2 an error, such as an ID that is not there.

    \b
    Examples:
      statusek outbox retry 17 && statusek outbox flush
      statusek outbox retry --refused
    """
    _each(path, ids, refused=refused, do=Outbox.retry, done="pending again")


def _each(
    path: Path,
    ids: tuple[int, ...],
    *,
    refused: bool,
    do: Callable[[Outbox, Post], bool],
    done: str,
) -> None:
    if refused == bool(ids):
        raise click.UsageError("give IDs, or --refused for all that was refused")
    with _opened(path) as box:
        known = {post.id: post for post in (*box.pending(), *box.refused())}
        wanted = [post.id for post in box.refused()] if refused else list(dict.fromkeys(ids))
        if missing := [str(number) for number in wanted if number not in known]:
            raise FailedError(ValueError(f"the outbox {path} has no post {', '.join(missing)}"))
        count = sum(do(box, known[number]) for number in wanted)
    with printing():
        click.echo(f"{count} {done}")


@contextmanager
def _opened(path: Path) -> Generator[Outbox]:
    """Give an outbox that only does what it is told to; its trouble ends the command."""
    try:
        with Outbox(path, background=False) as box:
            yield box
    except OutboxError as error:
        raise FailedError(error) from None


def _posts(box: Outbox, only: str | None) -> list[Post]:
    found = [
        *(() if only == "refused" else box.pending()),
        *(() if only == "pending" else box.refused()),
    ]
    return sorted(found, key=lambda post: post.id)


def _of(posts: Iterable[Post], server: str) -> list[Post]:
    return [post for post in posts if post.server == server.rstrip("/")]


def _say_why(waiting: list[Post], elsewhere: int) -> None:
    """Say on stderr why something is left, and what belongs to other servers."""
    trouble = next((post.trouble for post in waiting if post.trouble), None)
    if trouble is not None:
        click.echo(printable(f"statusek: pending, since: {trouble}"), err=True)
    if elsewhere:
        click.echo(f"statusek: {elsewhere} more are kept for other servers", err=True)


@contextmanager
def _showing(posts: list[Post]) -> Generator[Tell]:
    """Give what shows each outcome as a bar, on stderr where that is a terminal."""
    if cast("object", sys.stderr) is None or not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("delivering", total=len(posts))
        yield lambda _, __: progress.advance(bar)


def _plain(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "state": _state(post),
        "made": _made(post).isoformat(),
        "server": post.server,
        "token": post.token,
        "status_name": post.status_name,
        "status_message": post.status_message,
        "may_have_arrived": post.is_doubtful,
        "trouble": post.trouble,
        "refusal": post.refusal,
    }


def _row(post: Post) -> tuple[str, ...]:
    cells = (
        str(post.id),
        _state(post),
        _made(post).isoformat(sep=" ", timespec="seconds"),
        post.server,
        post.token,
        post.status_name,
        post.refusal or post.trouble or "-",
    )
    return tuple(printable(cell) for cell in cells)


def _state(post: Post) -> str:
    return "pending" if post.refusal is None else "refused"


def _made(post: Post) -> datetime:
    return datetime.fromtimestamp(post.made, UTC)
