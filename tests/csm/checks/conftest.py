"""What holds for all tests of checks."""

from collections.abc import Iterator

import pytest

from strategies.checks_kit import join_checks


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """No thread of a check goes on, and into the log of the next test."""
    yield
    join_checks()
