"""Faults and attacks, a few times each; ``make faults-server`` does them in earnest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults.crashes import database_crashes, server_crashes
from faults.findings import Finding, findings_table
from faults.floods import attacks, crowd
from faults.injections import TEXTS, injections
from faults.outages import can_mount, clock_set_back, database_stops, full_disk
from faults.places import KINDS, Kind, SqlitePlace
from faults.races import races
from faults.readers import readers
from faults.repeats import repeats

pytestmark = pytest.mark.slow


def broken(findings: list[Finding]) -> list[Finding]:
    assert findings
    return [finding for finding in findings if not finding.holds]


@pytest.mark.parametrize("kind", KINDS)
def test_races(tmp_path: Path, kind: Kind) -> None:
    """Callers who set statuses at once, through several processes, lose and double nothing."""
    assert [] == broken(races(kind, tmp_path, 20, processes=3))


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_killed(tmp_path: Path, kind: Kind) -> None:
    """Every status that was acknowledged is there after kill -9 of the server, whole."""
    assert [] == broken(server_crashes(kind, tmp_path, 2))


def test_a_database_that_is_killed(tmp_path: Path) -> None:
    """Every status that was acknowledged is there after kill -9 of PostgreSQL; calls go on."""
    assert [] == broken(database_crashes(tmp_path, 2))


def test_a_database_that_stops(tmp_path: Path) -> None:
    """While the database is away each call is told, and served again when it is back."""
    assert [] == broken(database_stops(tmp_path, 1))


@pytest.mark.skipif(not can_mount(), reason="only root can make a disk of its own")
def test_a_full_disk(tmp_path: Path) -> None:
    """On a full disk each call is told, reading goes on, and with room again so does writing."""
    assert [] == broken(full_disk(tmp_path, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_a_clock_that_is_set_back(tmp_path: Path, kind: Kind) -> None:
    """Statuses keep their order, and the instance its end, whatever the clock does."""
    assert [] == broken(clock_set_back(kind, tmp_path))


def test_floods(tmp_path: Path) -> None:
    """Callers that send too slowly, too much or without end are cut off; others are served."""
    assert [] == broken(attacks(tmp_path, 2))


def test_a_crowd(tmp_path: Path) -> None:
    """Connections that say nothing keep nobody else from being served."""
    assert [] == broken(crowd(tmp_path, 300))


@pytest.mark.parametrize("kind", KINDS)
def test_injections(tmp_path: Path, kind: Kind) -> None:
    """Hostile texts are texts: stored as they came, never statements, lines or markup."""
    assert [] == broken(injections(kind, tmp_path, TEXTS[::12]))


@pytest.mark.parametrize("kind", KINDS)
def test_repeats(tmp_path: Path, kind: Kind) -> None:
    """A call that comes eight times at once with one key is done once, and told to all."""
    assert [] == broken(repeats(kind, tmp_path, 5))


def test_readers(tmp_path: Path) -> None:
    """Everybody who follows all changes gets every one of them."""
    assert [] == broken(readers(tmp_path, 60))


def test_what_is_half_stored_is_found(tmp_path: Path) -> None:
    """The check for halves finds an event without its row's share, and the reverse."""
    import sqlite3
    from contextlib import closing

    from benchmarks.server.process import serving

    stored = SqlitePlace(tmp_path / "halves.db")
    with serving(stored.url):
        pass
    with closing(sqlite3.connect(stored.file)) as connection, connection:
        for token, ids in (("a", "[2]"), ("b", "[]"), ("c", "[]")):
            connection.execute(
                "insert into instance (token, model_id, created_at, deadline, due_at, set_ids)"
                " values (?, 2, 0, 0, 0, ?)",
                (token, ids),
            )
        connection.execute(
            "insert into event (instance_id, status_id, message, created_at) values (2, 2, '', 0)"
        )
    assert 2 == stored.halves()


def test_findings_are_shown() -> None:
    """A finding that does not hold stands out in the table."""
    table: Callable[[list[Finding]], str] = findings_table
    assert (
        table([Finding("a", "b", "c", holds=False)]).splitlines()[-1] == "| a | b<br>c | **no** |"
    )
