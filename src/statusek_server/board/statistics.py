"""Statistics: what the newest instances of a model tell about it.

Here live counts and medians over a bounded number of instances, so that a page costs the same
however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from attrs import frozen

from statusek_server.storage.instances import Snapshot

MOST_INSTANCES: Final = 100
"""The newest instances of a model that its statistics are about."""


@frozen
class Passage:
    """How long it took from one status to the next.

    Args:
        previous: Where it began; None for the creation.
        name: The status that was reached.
        count: In how many instances.
        median: The time that half of them took at most.
        longest: The time that the slowest took.
    """

    previous: str | None
    name: str
    count: int
    median: timedelta
    longest: timedelta


@frozen
class Statistics:
    """What the newest instances of a model tell.

    Args:
        count: How many they are.
        states: How many of them stand how: ``open``, or the reason of their finish.
        passages: For each edge that was passed, in the order of the model.
    """

    count: int
    states: Mapping[str, int]
    passages: tuple[Passage, ...]


def statistics(
    edges: Sequence[tuple[str | None, str]], instances: Sequence[Snapshot]
) -> Statistics:
    """Return what instances tell.

    Args:
        edges: Pairs of a previous status (None for the creation) and a next one.
        instances: The instances, with their events.
    """
    times = [_times(seen) for seen in instances]
    return Statistics(
        len(instances),
        Counter(
            seen.facts.finish.reason.value if seen.facts.finish else "open" for seen in instances
        ),
        tuple(passage for edge in edges if (passage := _passage(edge, times))),
    )


def _times(seen: Snapshot) -> dict[str | None, datetime]:
    times: dict[str | None, datetime] = {None: seen.created_at}
    for stored in seen.events:
        times[seen.published.statuses[stored.status_id].name] = stored.created_at
    return times


def _passage(
    edge: tuple[str | None, str], times: Iterable[Mapping[str | None, datetime]]
) -> Passage | None:
    previous, name = edge
    spans = [at[name] - at[previous] for at in times if previous in at and name in at]
    if not spans:
        return None
    middle = timedelta(seconds=median(span.total_seconds() for span in spans))
    return Passage(previous, name, len(spans), middle, max(spans))
