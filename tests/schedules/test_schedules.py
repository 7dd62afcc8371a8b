"""A few conversations on bad days, drawn anew by their numbers; many are `make faults-client`."""

import pytest

from schedules.conversation import Tally, converse

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_what_the_client_tells_is_what_the_server_holds(start: int) -> None:
    """After each conversation without sockets, nothing that was told is untrue."""
    tally = Tally()
    for seed in range(start, start + 100):
        converse(seed, tally)
    assert tally.calls["success"]
    assert tally.calls["TransportError"]
    assert 17 < len(tally.fates)


def test_the_same_over_sockets() -> None:
    """Bytes on a socket come to the same."""
    tally = Tally()
    for seed in range(8):
        converse(seed, tally, over_sockets=True)
    assert 8 == tally.conversations
