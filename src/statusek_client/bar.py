"""The bar: how far an instance is, on a terminal.

Only what is drawn lives here. Without a terminal, or without rich, nothing is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from csm.printable import printable
from statusek_client import flows, modern
from statusek_client.errors import StatusekError
from statusek_client.modern import InstanceState
from statusek_client.results import Event

if TYPE_CHECKING:
    from statusek_client.instance import AsyncInstance, Instance

    Show = Callable[[Event], None]
    AsyncShow = Callable[[Event], Awaitable[None]]
    Draw = Callable[[str, InstanceState | None], None]


@contextmanager
def following(task: Instance) -> Generator[Show]:
    """Give what shows each event of an instance, on stderr where that is a terminal.

    It is made for `on_event` of `task.wait`.

    Args:
        task: Tells how far it is, where the server does.
    """

    def state() -> InstanceState | None:
        flow = flows.read(modern.instance(task.token), task.client.terms)
        try:
            return task.client.perform(flow)
        except StatusekError:
            return None  # an original server does not tell

    with _drawing() as draw:
        if draw is None:
            yield lambda _: None
            return
        draw("waiting", state())
        yield lambda event: draw(event.status_name, state())


@asynccontextmanager
async def following_async(task: AsyncInstance) -> AsyncGenerator[AsyncShow]:
    """Give what shows each event of an instance, on stderr where that is a terminal.

    It is made for `on_event` of `task.wait`.

    Args:
        task: Tells how far it is, where the server does.
    """

    async def state() -> InstanceState | None:
        flow = flows.read(modern.instance(task.token), task.client.terms)
        try:
            return await task.client.perform(flow)
        except StatusekError:
            return None  # an original server does not tell

    with _drawing() as draw:

        async def show(event: Event) -> None:
            if draw is not None:
                draw(event.status_name, await state())

        if draw is not None:
            draw("waiting", await state())
        yield show


@contextmanager
def _drawing() -> Generator[Draw | None]:
    """Give what draws the bar anew; None where there is nothing to draw on, or nothing to do it."""
    if cast("object", sys.stderr) is None or not sys.stderr.isatty() or find_spec("rich") is None:
        yield None
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
        bar = progress.add_task("waiting", total=None, missing="", left="")

        def draw(description: str, state: InstanceState | None) -> None:
            beside: dict[str, Any] = words(state, datetime.now(UTC))
            progress.update(
                bar,
                description=printable(description),
                total=len(state.set_statuses) + len(state.missing_mandatory) if state else None,
                completed=len(state.set_statuses) if state else 0,
                **beside,
            )

        yield draw


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
