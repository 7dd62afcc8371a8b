"""Settings: flags before environment before defaults, and no value that cannot work."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from statusek_server import Settings
from statusek_server.errors import SettingsError
from statusek_server.settings import Dialect, sqlite_path

FLAGS = {
    "database": "sqlite:///flag.db",
    "models": "flag.toml",
    "dialect": "data",
    "host": "0.0.0.0",
    "port": "1",
}
ENVIRONMENT = {
    "STATUSEK_DATABASE": "sqlite:///environment.db",
    "STATUSEK_MODELS": "environment.toml",
    "STATUSEK_DIALECT": "flat",
    "STATUSEK_HOST": "::1",
    "STATUSEK_PORT": "2",
    "STATUSEK_COLOUR": "red",  # nobody's
}


def test_defaults() -> None:
    """A server that is told nothing serves the flat dialect on this machine's port 8080."""
    assert Settings(
        database="sqlite:///statusek.db",
        models=None,
        dialect=Dialect.FLAT,
        host="127.0.0.1",
        port=8080,
    ) == Settings.read({}, {})


def test_environment_wins_over_defaults() -> None:
    """Every setting has its variable; a variable that nobody knows is ignored."""
    assert Settings(
        database="sqlite:///environment.db",
        models=Path("environment.toml"),
        dialect="flat",
        host="::1",
        port=2,
    ) == Settings.read(dict.fromkeys(FLAGS), ENVIRONMENT)


def test_an_empty_variable_says_nothing() -> None:
    """A variable that is set to nothing is as good as none, a flag is not."""
    assert Settings() == Settings.read({}, dict.fromkeys(ENVIRONMENT, ""))
    with pytest.raises(SettingsError):
        Settings.read({"database": ""}, {})


def test_flags_win_over_environment() -> None:
    """Every flag wins over its variable."""
    assert Settings(
        database="sqlite:///flag.db",
        models=Path("flag.toml"),
        dialect="data",
        host="0.0.0.0",
        port=1,
    ) == Settings.read(FLAGS, ENVIRONMENT)


@pytest.mark.parametrize("flag", list(FLAGS))
def test_each_flag_wins_alone(flag: str) -> None:
    """A flag takes nothing from the other variables."""
    mixed = Settings.read({flag: FLAGS[flag]}, ENVIRONMENT)
    only_flags, only_environment = Settings.read(FLAGS, {}), Settings.read({}, ENVIRONMENT)
    assert {
        name: getattr(only_flags if name == flag else only_environment, name) for name in FLAGS
    } == {name: getattr(mixed, name) for name in FLAGS}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///statusek.db", "statusek.db"),
        ("sqlite:////var/lib/statusek.db", "/var/lib/statusek.db"),
        ("sqlite:///with%20space/%3F.db", "with space/?.db"),
    ],
)
def test_sqlite_urls(url: str, path: str) -> None:
    """Three slashes name a file from here, four an absolute one."""
    assert path == sqlite_path(url)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        *(
            (
                "database",
                url,
                (
                    f"the setting 'database' is {url!r}; expected "
                    "sqlite:///relative/file.db or sqlite:////absolute/file.db"
                ),
            )
            for url in (
                "",
                "statusek.db",
                "mysql://host/db",
                "sqlite://statusek.db",
                "sqlite:///",
                "sqlite:///:memory:",
                "sqlite:///a.db?mode=ro",
                "sqlite://[/a.db",
            )
        ),
        ("dialect", "xml", "the setting 'dialect' is 'xml'; expected flat or data"),
        *(
            (
                "port",
                port,
                f"the setting 'port' is {port!r}; expected a number from 0 (any free one) to 65535",
            )
            for port in ("-1", "65536", "http", "8080.0")
        ),
    ],
)
def test_values_that_cannot_work(setting: str, value: str, message: str) -> None:
    """A value that cannot work is refused with what was expected instead."""
    with pytest.raises(SettingsError) as caught:
        Settings(**{setting: value})
    assert message == str(caught.value)
    assert message == str(pickle.loads(pickle.dumps(caught.value)))
