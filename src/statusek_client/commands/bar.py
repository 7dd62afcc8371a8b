"""The bar: how far an instance is, on a terminal.

Only what is drawn lives here. Without a terminal, or without rich, nothing is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, cast

from csm.printable import printable
from statusek_client import StatusekClient, flows, modern
from statusek_client.errors import StatusekError
from statusek_client.modern import InstanceState
from statusek_client.results import Event

Show = Callable[[Event], None]


@contextmanager
def following(client: StatusekClient, token: str) -> Generator[Show]:
    """Give what shows each event of an instance, on stderr where that is a terminal.

    Args:
        client: Asks how far the instance is, where the server tells.
        token: The instance.
    """
    if cast("object", sys.stderr) is None or not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[missing]}", markup=False),
        TextColumn("{task.fields[left]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        state = _state(client, token)
        bar = progress.add_task("waiting", total=None, **_fields(state))

        def show(event: Event) -> None:
            state = _state(client, token)
            progress.update(
                bar,
                description=printable(event.status_name),
                total=len(state.set_statuses) + len(state.missing_mandatory) if state else None,
                completed=len(state.set_statuses) if state else 0,
                **_fields(state),
            )

        yield show


def words(state: InstanceState | None, now: datetime) -> dict[str, str]:
    """Return what stands beside the bar.

    Args:
        state: How far the instance is; None where the server does not tell.
        now: The present moment.
    """
    if state is None:
        return {"missing": "", "left": ""}
    missing = ", ".join(state.missing_mandatory)
    seconds = max(0, int((state.due - now).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return {
        "missing": f"missing: {printable(missing)}" if missing else "",
        "left": f"{hours}:{minutes:02}:{seconds:02} left",
    }


def _fields(state: InstanceState | None) -> dict[str, Any]:
    return words(state, datetime.now(UTC))


def _state(client: StatusekClient, token: str) -> InstanceState | None:
    try:
        return client.perform(flows.read(modern.instance(token), client.terms))
    except StatusekError:
        return None  # an original server does not tell
