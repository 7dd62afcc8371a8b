"""The command `statusek list`: the instances of a server, newest first.

Only the command lives here: its options and its table. What a server tells is in `modern`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import attrs
import click

from csm.printable import printable
from statusek_client import StatusekClient, flows, modern
from statusek_client.cli import HELP, connected, print_table, printing, url_option
from statusek_client.commands.age import Age
from statusek_client.modern import InstanceState

_PAGE = 200


@click.command("list", context_settings=HELP)
@click.option("--object", "object_name", metavar="OBJECT", help="Only instances of this model.")
@click.option("--state", type=click.Choice(["open", "finished"]), help="Only these.")
@click.option("--status", "status_name", metavar="STATUS", help="Only where this status is set.")
@click.option("--newer-than", type=Age(), metavar="AGE|TIME", help="Only younger.")
@click.option("--older-than", type=Age(), metavar="AGE|TIME", help="Only older.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="How many at most.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@url_option
def list_instances(
    object_name: str | None,
    state: str | None,
    status_name: str | None,
    newer_than: int | None,
    older_than: int | None,
    limit: int,
    as_json: bool,
    url: str,
) -> None:
    """Show instances, newest first. Original servers do not tell.

    \b
    Examples:
      statusek list --state open
      statusek list --object TASK --newer-than 1d --json | jq -r '.[].token'
      statusek list --newer-than '2026-11-29 14:00' --older-than 17:30

    An age is 90 (seconds), 30m, 2h, 7d or 4w; a time is local where it has no offset, and of today
    where it has no day.

    STATUSEK_KEY holds the key for servers that want one.
    """
    wanted = {
        "object": object_name,
        "state": state,
        "status": status_name,
        "max_age": newer_than,
        "min_age": older_than,
    }
    with connected(url) as client:
        found = list(islice(_all(client, wanted, min(limit, _PAGE)), limit))
    with printing():
        if as_json:
            click.echo(json.dumps([_plain(each) for each in found], indent=2))
        elif found:
            print_table(
                ("TOKEN", "OBJECT", "STATE", "LAST STATUS", "MISSING", "CREATED"),
                [_row(each) for each in found],
            )
        else:
            click.echo("no such instance", err=True)


def _all(
    client: StatusekClient, wanted: dict[str, str | int | None], page: int
) -> Iterator[InstanceState]:
    cursor: str | None = None
    while True:
        call = modern.instances({**wanted, "limit": page, "cursor": cursor})
        found, cursor = client.perform(flows.read(call, client.terms))
        yield from found
        if cursor is None:
            return


def _plain(state: InstanceState) -> dict[str, Any]:
    moments = ("created", "due", "finished")
    values: dict[str, Any] = attrs.asdict(state)
    return values | {name: at.isoformat() if (at := values[name]) else None for name in moments}


def _row(state: InstanceState) -> tuple[str, ...]:
    cells = (
        state.token,
        state.object_name,
        state.reason or "open",
        state.set_statuses[-1] if state.set_statuses else "-",
        ", ".join(state.missing_mandatory) or "-",
        state.created.isoformat(sep=" ", timespec="seconds"),
    )
    return tuple(printable(cell) for cell in cells)
