"""Writers, a server and kill -9: a short version of `make faults-outbox`."""

from pathlib import Path

import pytest

from strategies.outbox_faults import try_it

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
def test_every_post_is_accounted_for(tmp_path: Path) -> None:
    """32 writers, the server killed again and again: each set is there once, in order, or kept."""
    report = try_it(tmp_path, seconds=2, processes=2, threads=16, seed=1)
    assert [] == report.faults, str(report)
    assert 0 == report.pending
    assert report.server_kills >= 1
    assert 32 < report.told <= report.delivered + report.refused
