"""The command ``purge``: old instances go, and a summary comes out.

Here live the flags, the pauses between two steps, what is printed, and the exit codes. What is
removed, and how it stays safe beside servers, lives with the storages.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Final

import click
from attrs import asdict, define, frozen

from csm.completion import file_names
from statusek_server.clock import utc_now
from statusek_server.errors import SettingsError, StatusekServerError
from statusek_server.models import LONGEST_TIMEOUT
from statusek_server.setting_values import is_postgres, sqlite_path, without_password
from statusek_server.settings import Settings
from statusek_server.storage.databases import open_database
from statusek_server.storage.protocol import Storage
from statusek_server.storage.purging import Old, Purged

BATCH: Final = 500
"""Instances that one step looks at, so that no server waits long for the lock."""

UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}

_AGE: Final = re.compile(r"(?P<count>[0-9]{1,10})(?P<unit>[smhdw])")

Tell = Callable[["Tally"], None]


def age(_: click.Context, __: click.Parameter, value: str) -> int:
    """Return an age in seconds.

    >>> age(None, None, "30d")
    2592000
    """
    found = _AGE.fullmatch(value)
    seconds = int(found["count"]) * UNITS[found["unit"]] if found else 0
    if not 0 < seconds <= LONGEST_TIMEOUT:
        raise click.BadParameter(
            f"{value!r} is no age; expected a number and a unit, as in 30d, 12h, 90m, 45s or 4w, "
            "of a hundred years at most"
        )
    return seconds


@define
class Tally:
    """What has been removed so far."""

    instances: int = 0
    events: int = 0

    def add(self, purged: Purged) -> None:
        """Count one step more."""
        self.instances += purged.instances
        self.events += purged.events


@frozen
class Report:
    """How a purge is told of.

    Args:
        old: What was to be removed.
        is_dry: Whether nothing was.
        as_json: Whether a program reads it.
    """

    old: Old
    is_dry: bool
    as_json: bool

    def progress(self, tally: Tally) -> None:
        """Tell a person at a terminal how far it is."""
        if sys.stderr.isatty():
            click.echo(f"\r{tally.instances} instances", nl=False, err=True)

    def end(self, tally: Tally) -> None:
        """Print the summary."""
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
        if self.as_json:
            document = {"dry_run": self.is_dry, "older_than_seconds": self.old.age}
            click.echo(json.dumps(document | asdict(tally)))
        else:
            did = "would remove" if self.is_dry else "removed"
            click.echo(f"{did} {tally.instances} instances with {tally.events} events")


@click.command("purge", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--older-than",
    callback=age,
    required=True,
    metavar="AGE",
    help="Remove what ended that long ago: 45s, 90m, 12h, 30d or 4w.",
)
@click.option(
    "--unfinished",
    is_flag=True,
    help="Remove also what is not finished, but was created that long ago.",
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would be.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON, for programs.")
@click.option(
    "--database",
    metavar="URL",
    help="Where instances are kept, as for 'statusek serve'.  [default: sqlite:///statusek.db]",
)
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=file_names,
    help="The TOML file of 'statusek serve', if it has a database.",
)
def purge(
    *,
    older_than: int,
    unfinished: bool,
    dry_run: bool,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Remove old instances, and their events with them.

    What counts is how long ago an instance ended, by the clock of the database. Servers may go on
    meanwhile: instances go in small batches, and what somebody changes at that moment stays.

    The database is named as for 'statusek serve': --database, STATUSEK_DATABASE or the file.

    \b
    Exit codes: 0 done; 2 an error; 130 interrupted. What was removed before stays removed.

    \b
    Examples:
      statusek purge --older-than 30d --dry-run
      statusek purge --older-than 30d --database postgresql://statusek@db/statusek
      statusek purge --older-than 52w --unfinished --json | jq .instances
    """
    tally = Tally()
    report = Report(Old(older_than, unfinished), dry_run, as_json)
    try:
        url = Settings.read(flags).database
        _check_file(url)
        asyncio.run(_purge(url, report, tally))
    except StatusekServerError as error:
        if tally.instances:
            report.end(tally)
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        report.end(tally)
        raise SystemExit(130) from None
    report.end(tally)


def _check_file(url: str) -> None:
    """Refuse a SQLite file that is not there: opening it would create it.

    Raises:
        SettingsError: It is not there.
    """
    if not is_postgres(url) and not Path(sqlite_path(url)).exists():
        raise SettingsError("database", without_password(url), "a file that exists")


async def _purge(url: str, report: Report, tally: Tally) -> None:
    async with open_database(url, utc_now) as storage:
        await purge_all(storage, report.old, tally, report.progress, is_dry=report.is_dry)


async def purge_all(
    storage: Storage,
    old: Old,
    tally: Tally,
    told: Tell,
    *,
    is_dry: bool = False,
    batch: int = BATCH,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Remove all that is old, and rest after each step for as long as it took.

    Args:
        storage: From where.
        old: What.
        tally: Where it is counted.
        told: Called after each step with the tally.
        is_dry: Whether to remove nothing.
        batch: Instances that one step looks at.
        sleep: Waits for seconds.
    """
    begun = monotonic()
    async for purged in storage.purge(old, batch, is_dry=is_dry):
        tally.add(purged)
        told(tally)
        if purged.instances:
            # Servers on the same file would hardly get the lock otherwise.
            await sleep(monotonic() - begun)
        begun = monotonic()
