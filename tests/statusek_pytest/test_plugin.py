"""The pytest plugin, as a project that uses it sees it."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("statusek_client", "statusek_server", "httpx2", "starlette")  # coverage has sqlite3

TESTS = """
import pytest

def test_the_clock(statusek, statusek_server):
    task = statusek.create({model!r}, instance_timeout=600)
    statusek_server.advance(600)
    assert task.check_is_finished().reason.value == "TIMEOUT"

def test_each_test_has_a_server_of_its_own(statusek, statusek_server):
    assert statusek_server.now.isoformat() == "2026-01-01T00:00:00+00:00"
"""
MODELS = """
import pytest

import pytest

pytestmark = pytest.mark.processes

@pytest.fixture(scope="session")
def statusek_models():
    return "models.toml"
"""


def pytest_in(folder: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_the_fixtures(tmp_path: Path) -> None:
    """A test that asks for a server has one of its own, with the models of the project."""
    (tmp_path / "models.toml").write_text(
        '[[model]]\nname = "DEPLOY"\n[[model.status]]\nname = "DONE"\n'
    )
    (tmp_path / "conftest.py").write_text(MODELS)
    (tmp_path / "test_it.py").write_text(TESTS.format(model="DEPLOY"))
    # Only this plugin, since others take their time to load.
    said = pytest_in(tmp_path, "-p", "statusek_pytest", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert "2 passed" in said, said


def test_a_run_that_uses_no_fixture_pays_nothing(tmp_path: Path) -> None:
    """Pytest finds the plugin, which has imported nothing, be the extras installed or not."""
    (tmp_path / "test_it.py").write_text(
        f"import sys\ndef test_it():\n    assert 'statusek_pytest' in sys.modules\n"
        f"    assert [] == [name for name in {HEAVY} if name in sys.modules]\n"
    )
    others = [f"no:{name}" for name in ("pytest_cov", "hypothesispytest", "schemathesis")]
    said = pytest_in(tmp_path, *(word for name in others for word in ("-p", name)))
    assert "1 passed" in said, said
