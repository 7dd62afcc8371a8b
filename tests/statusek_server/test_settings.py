"""Settings: flags before environment before defaults, and no value that cannot work."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_server import Settings
from statusek_server.errors import ConfigurationError, SettingsError
from statusek_server.setting_values import Dialect, sqlite_path, without_password

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
    with pytest.raises(ConfigurationError, match="the flag --database is ''"):
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
                    "sqlite:///relative/file.db, sqlite:////absolute/file.db "
                    "or postgresql://user:password@host:port/name"
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
        ("host", 5, "the setting 'host' is '5'; expected a text"),
        ("models", "", "the setting 'models' is ''; expected the path of a file"),
        ("keys", 5, "the setting 'keys' is '5'; expected a text"),
        ("log_format", "xml", "the setting 'log_format' is 'xml'; expected plain or json"),
        (
            "log_level",
            "loud",
            "the setting 'log_level' is 'loud'; expected debug, info, warning or error",
        ),
        (
            "workers",
            0,
            "the setting 'workers' is '0'; expected a number of processes from 1 to 256",
        ),
        *(
            (
                "max_connections",
                value,
                (
                    f"the setting 'max_connections' is '{value}'; "
                    "expected a number of connections from 1 to 1000000"
                ),
            )
            for value in (True, 1.5, "")
        ),
        *(
            (
                name,
                value,
                f"the setting '{name}' is '{value}'; expected seconds, from {least} to 86400",
            )
            for name, value, least in (
                ("drain_seconds", "-1", "0"),
                ("drain_seconds", True, "0"),
                ("read_seconds", "0", "more than 0"),
                ("read_seconds", "nan", "more than 0"),
                ("idle_seconds", "86401", "more than 0"),
                ("idle_seconds", "soon", "more than 0"),
                ("idle_seconds", None, "more than 0"),
            )
        ),
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
def test_values_that_cannot_work(setting: str, value: object, message: str) -> None:
    """A value that cannot work is refused with what was expected instead."""
    arguments: dict[str, Any] = {setting: value}
    with pytest.raises(SettingsError) as caught:
        Settings(**arguments)
    assert message == str(caught.value)
    assert message == str(pickle.loads(pickle.dumps(caught.value)))


FILE = """
database = "sqlite:///file.db"
models = "file.toml"
dialect = "data"
host = "::2"
port = 3
workers = 2
keys = "keys.toml"
log_format = "json"
log_level = "info"
drain_seconds = 1.5
read_seconds = 2
idle_seconds = "3"
max_connections = 4
"""
FROM_FILE = Settings(
    database="sqlite:///file.db",
    models=Path("file.toml"),
    dialect="data",
    host="::2",
    port=3,
    workers=2,
    keys=Path("keys.toml"),
    log_format="json",
    log_level="info",
    drain_seconds=1.5,
    read_seconds=2,
    idle_seconds=3,
    max_connections=4,
)


def written(folder: Path, text: str) -> str:
    path = folder / "statusek.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_wins_over_defaults(tmp_path: Path) -> None:
    """Every setting can be said in a file, which a flag or a variable names."""
    file = written(tmp_path, FILE)
    assert FROM_FILE == Settings.read({"config": file}, {})
    assert FROM_FILE == Settings.read({}, {"STATUSEK_CONFIG": file})


def test_nearer_sources_win_over_a_file(tmp_path: Path) -> None:
    """A variable wins over the file, a flag over both."""
    file = written(tmp_path, FILE)
    near = Settings.read(
        {"config": file, "port": "1"}, {"STATUSEK_PORT": "2", "STATUSEK_HOST": "a"}
    )
    assert (1, "a", "sqlite:///file.db") == (near.port, near.host, near.database)


def test_every_problem_is_told_with_its_source(tmp_path: Path) -> None:
    """All that is wrong is told at once, each with where it was said."""
    file = written(tmp_path, 'idle_seconds = "soon"\nworkers = true\n')
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({"config": file, "port": "http"}, {"STATUSEK_DIALECT": "xml"})
    said = (
        f"{file}: idle_seconds is 'soon'; expected seconds, from more than 0 to 86400; "
        f"{file}: workers is 'True'; expected a number of processes from 1 to 256; "
        "the variable STATUSEK_DIALECT is 'xml'; expected flat or data; "
        "the flag --port is 'http'; expected a number from 0 (any free one) to 65535"
    )
    assert said == str(caught.value)
    assert said == str(pickle.loads(pickle.dumps(caught.value)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drain-second = 1", "{}: drain-second is not a setting; did you mean drain_seconds?"),
        ("Port = 1", "{}: Port is not a setting; did you mean port?"),
        (
            "zzz = 1\nprt = 2",
            (
                "{0}: zzz is not a setting; expected one of database, models, dialect, host, "
                "port, workers, keys, log_format, log_level, drain_seconds, read_seconds, "
                "idle_seconds, max_connections; "
                "{0}: prt is not a setting; did you mean port?"
            ),
        ),
        ("[", "{} is not TOML: "),
        ("a = \udcff", "{} is not TOML: "),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    """A key that is no setting is an error with the nearest that is; so is what is not TOML."""
    path = tmp_path / "statusek.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({"config": str(path)}, {})
    assert str(caught.value).startswith(said.format(path))


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    """A file that cannot be read is told with who named it."""
    missing = tmp_path / "missing.toml"
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({}, {"STATUSEK_CONFIG": str(missing)})
    assert (
        f"the variable STATUSEK_CONFIG names {missing}, "
        "which cannot be read: No such file or directory"
    ) == str(caught.value)


def test_what_kubernetes_says_about_a_service_named_statusek() -> None:
    """A variable that describes another container's port is not this server's setting."""
    assert Settings() == Settings.read({}, {"STATUSEK_PORT": "tcp://10.0.0.7:8080"})


def test_settings_are_described_with_their_sources(tmp_path: Path) -> None:
    """The description is TOML that gives the same settings, with a source behind each."""
    file = written(tmp_path, "port = 3\nmodels = 'm.toml'\n")
    text = Settings.describe({"config": file, "dialect": "data"}, {"STATUSEK_HOST": "a"})
    assert Settings(port=3, models="m.toml", dialect="data", host="a") == Settings(
        **tomllib.loads(text)
    )
    assert [
        'database = "sqlite:///statusek.db"  # default',
        f'models = "m.toml"  # {file}: models',
        'dialect = "data"  # the flag --dialect',
        'host = "a"  # the variable STATUSEK_HOST',
        f"port = 3  # {file}: port",
        "workers = 1  # default",
        "# keys: none (default)",
    ] == text.splitlines()[:7]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/a.db", "sqlite:////var/lib/a.db"),
        ("postgresql://u:s3cret@h:5432/d", "postgresql://u:***@h:5432/d"),
        ("postgresql://:s3cret@h/d", "postgresql://:***@h/d"),
        ("postgresql://u:p:s3cret@@h/d", "postgresql://u:***@h/d"),
        ("postgresql://h/d?user=u&password=s3cret&x=y", "postgresql://h/d?user=u&password=***&x=y"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    """Of a URL with a password only the rest is shown, also in an error."""
    assert shown == without_password(url)


@given(st.text(st.characters(exclude_characters="/@#", codec="ascii"), min_size=9))
def test_no_password_is_ever_shown(password: str) -> None:
    """Whatever a password is made of, it is not in the error about its URL."""
    with pytest.raises(SettingsError) as caught:
        Settings(database=f"mysql://user:{password}@host/database")
    assert "mysql://user:***@host/database" == caught.value.value
