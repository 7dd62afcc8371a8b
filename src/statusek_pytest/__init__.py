"""The pytest plugin of this distribution: a Statusek server and a client of it, as fixtures.

A package of its own, since pytest loads it in every run, wanted or not: it imports nothing but
pytest until a fixture is used. The work is done by `statusek_client.testing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from os import PathLike

    from statusek_client import StatusekClient
    from statusek_client.testing import InProcessServer


@pytest.fixture(scope="session")
def statusek_models() -> str | PathLike[str] | None:
    """The file of status models for `statusek_server`; define it anew to use models of your own."""
    return None


@pytest.fixture
def statusek_server(statusek_models: str | PathLike[str] | None) -> Iterator[InProcessServer]:
    """A real Statusek server in process, empty, with a clock that only the test moves."""
    from statusek_client.testing import InProcessServer

    with InProcessServer(models=statusek_models) as server:
        yield server


@pytest.fixture
def statusek(statusek_server: InProcessServer) -> Iterator[StatusekClient]:
    """A client of `statusek_server`."""
    with statusek_server.client() as client:
        yield client
