"""The benchmark of the client measures what it says it does."""

import asyncio

import pytest

from benchmarks.client import imports, peers, waits
from benchmarks.client.__main__ import answering, goals

pytestmark = pytest.mark.slow


def test_every_peer_gets_an_answer_and_a_figure() -> None:
    """All peers make their calls against the same server, and every goal has its ratio."""
    with answering() as port:
        blocking = peers.Sync(port)
        answers = [call() for call in blocking.calls.values()]
        sync = peers.seconds_of_each(blocking.calls, 3)
        blocking.close()
        many = asyncio.run(peers.processor_time_of_each(port, 60, 1))
    importing = imports.costs(1)
    assert 5 == len(answers)
    assert answers[0] == answers[1]
    assert all(figure > 0 for found in (sync, many, importing) for figure in found.values())
    assert 6 == len({goal.what for goal in goals(sync, many, importing)})


def test_waits_are_waited_and_ended() -> None:
    """Each wait of the benchmark gets its end from the real server."""
    found = waits.measured(3, over_aiohttp=True, resting=0.1)
    assert 3 == found.waits
