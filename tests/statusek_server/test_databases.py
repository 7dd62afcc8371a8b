"""Which storage a URL names, and what is said where its driver is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from statusek_server.clock import utc_now
from statusek_server.errors import SettingsError
from statusek_server.import_command import import_
from statusek_server.storage.databases import open_database


def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database whose driver is not installed is refused with what to install."""
    monkeypatch.setitem(sys.modules, "statusek_server.storage.postgres", None)
    with pytest.raises(SettingsError, match=r"pip install 'csm-statusek\[postgres\]'"):
        open_database("postgresql://statusek@db/statusek", utc_now)


def test_an_import_without_the_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An import needs the driver for what it reads, and says so."""
    monkeypatch.setitem(sys.modules, "statusek_server.importing.original", None)
    database = f"sqlite:///{tmp_path / 'statusek.db'}"
    flags = ["--from", "postgresql://statusek@old/statusek", "--database", database]
    answer = CliRunner().invoke(import_, flags)
    assert 2 == answer.exit_code
    assert "asyncpg to be installed: pip install 'csm-statusek[postgres]'" in answer.output
