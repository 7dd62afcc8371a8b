"""The examples of the documents run as tests: README.md and every page below docs/.

Blocks marked `python` run in one namespace per document; `sh` must end with exit code 0; in
`console`, each line behind `$ ` runs (those behind `>` belong to it) and must print what follows,
where `...` stands for any text, and any token or time for any other. A block that begins with a
comment that is a file's name is not run but put into that file, in the folder of the document.
The documented server is a real one on a free port; a command that must print `listening on` is a
server that takes its place.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import chdir
from itertools import takewhile
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.python import pad
from sybil.parsers.markdown import CodeBlockParser

collect_ignore_glob = ["docs/*.py"]  # Sphinx runs them, where it is installed

DOCUMENTED = "http://localhost:8080"
LISTENING = "listening on "
PROJECT = Path(__file__).resolve().parent

_FILE = re.compile(r"# (?P<name>[\w./-]+\.\w+)\n")
_TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SHORT_TOKEN = re.compile(r"[0-9a-f]{8}…")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


class Server:
    """The real server behind the examples of one document."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder  # where the document's files are, and the database
        self._process: subprocess.Popen[str] | None = None
        self.url = self.start([], port="0")

    def start(self, flags: list[str], port: str) -> str:
        """Start a server in the place of the one that runs, and return its URL."""
        self.stop()
        command = [sys.executable, "-m", "statusek_server", "--port", port, *flags]
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, cwd=self.folder
        )
        assert self._process.stderr is not None
        line = next(line for line in self._process.stderr if line.startswith(LISTENING))
        return line.removeprefix(LISTENING).strip()

    def run(self, command: str) -> str:
        """Do what a documented `statusek serve` does and return what it prints."""
        started = self.start(shlex.split(command)[2:], port=self.url.rpartition(":")[2])
        assert started == self.url
        return f"{LISTENING}http://127.0.0.1:8080\n"

    def stop(self) -> None:
        """Stop the server that runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server on a free port, for the examples of one document."""
    from csm import catalogue_sandbox

    server = Server(tmp_path_factory.mktemp("document"))
    try:
        with catalogue_sandbox():  # the names that a document registers end with it
            yield server
    finally:
        server.stop()


def run_python(example: Example) -> None:
    """Run the block as it stands, but for the server's address."""
    if keep_file(example):
        return
    source = str(example.parsed).replace(DOCUMENTED, example.namespace["server"].url)
    line = example.line + example.parsed.line_offset
    with chdir(example.namespace["server"].folder):
        exec(compile(pad(source, line), example.path, "exec"), example.namespace)


def run_toml(example: Example) -> None:
    """Keep the block where it is a file."""
    keep_file(example)


def keep_file(example: Example) -> bool:
    """Write the block into the file that its first line names; tell whether it names one."""
    server: Server = example.namespace["server"]
    named = _FILE.match(str(example.parsed))
    if named:
        path = server.folder / named["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(example.parsed).replace(DOCUMENTED, server.url), encoding="utf-8")
    return named is not None


def run_shell(example: Example) -> None:
    """Run the block as one script that stops at the first failure."""
    run = shell(f"set -euo pipefail\n{example.parsed}", example)
    assert run.returncode == 0, run.stdout


def run_console(example: Example) -> str | None:
    """Run the lines behind `$ ` and compare what each prints."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    checker = doctest.OutputChecker()
    for exchange in re.split(r"^\$ ", str(example.parsed), flags=re.MULTILINE)[1:]:
        lines = exchange.splitlines(keepends=True)
        more = list(takewhile(lambda line: line.startswith(">"), lines[1:]))
        command = lines[0] + "".join(line[1:].removeprefix(" ") for line in more)
        expected = "".join(lines[1 + len(more) :])
        if expected.startswith(LISTENING):
            actual = example.namespace["server"].run(command)
        else:
            actual = shell(command, example).stdout
        if not any(
            checker.check_output(form(expected), form(actual), options) for form in (str, alike)
        ):
            case = doctest.Example(command, expected)
            return f"$ {command}\n{checker.output_difference(case, actual, options)}"
    return None


def alike(text: str) -> str:
    """Return a text without what differs from run to run."""
    return _TIME.sub("TIME", _SHORT_TOKEN.sub("TOKEN…", _TOKEN.sub("TOKEN", text)))


def shell(script: str, example: Example) -> subprocess.CompletedProcess[str]:
    """Run a script with this environment's commands, in a folder of the document's own."""
    scripts = sysconfig.get_path("scripts")
    server: Server = example.namespace["server"]
    return subprocess.run(
        ["bash", "-c", script.replace(DOCUMENTED, server.url)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # as on a terminal: in the order in which it was written
        text=True,
        encoding="utf-8",
        check=False,
        cwd=server.folder,
        env=os.environ
        | {
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "STATUSEK_URL": server.url,
            "NO_COLOR": "1",
        },
    )


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("python", run_python),
        CodeBlockParser("toml", run_toml),
        CodeBlockParser("sh", run_shell),
        CodeBlockParser("console", run_console),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    fixtures=["server"],
).pytest()
