"""Importing the client: what it loads, what it does not, and what it says without its extra."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("csm", "click", "rich", "sqlite3", "anyio", "httpcore2", "asyncio", "cattrs", "dateutil")


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def test_importing_loads_nothing_that_is_not_needed_yet() -> None:
    """A process that only imports the client has neither csm nor a database nor an event loop."""
    done = python(
        "import sys; before = set(sys.modules); import statusek_client;"
        f"print([name for name in {HEAVY} if name in set(sys.modules) - before])"
    )
    assert (0, "[]") == (done.returncode, done.stdout.strip()), done.stderr


@pytest.mark.parametrize("name", ["AsyncStatusekClient", "Outbox"])
def test_what_loads_late_is_there(name: str) -> None:
    """Names that load when they are used are listed, imported and found like all others."""
    done = python(
        f"import statusek_client as c; from statusek_client import {name};"
        f"assert c.{name} is {name} and '{name}' in c.__all__"
    )
    assert 0 == done.returncode, done.stderr


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """The late names do not swallow typos."""
    import statusek_client

    with pytest.raises(AttributeError, match="has no attribute 'Inbox'"):
        _ = statusek_client.Inbox


@pytest.mark.parametrize("module", ["statusek_client", "statusek_client.client"])
def test_without_httpx2_one_sentence_says_what_to_install(module: str) -> None:
    """Without the extra, the import fails with the command that brings it."""
    done = python(
        "import sys; sys.modules['httpx2'] = None\n"
        f"try:\n    import {module}\n"
        "except ImportError as error:\n    print(error.name, error)"
    )
    sentence = "httpx2 statusek_client needs httpx2: pip install 'csm-statusek[client]'"
    assert sentence == done.stdout.strip(), done.stderr


def test_a_broken_httpx2_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    """Where httpx2 is there and lacks something itself, its own error is shown."""
    (tmp_path / "httpx2.py").write_text("import no_such_thing\n")
    done = python(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "try:\n    import statusek_client\n"
        "except ImportError as error:\n    print(error.name)"
    )
    assert "no_such_thing" == done.stdout.strip(), done.stderr
