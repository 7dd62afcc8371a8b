"""The examples of the documents run as tests: README.md and every page below docs/.

Blocks marked `python` run in one namespace per document; `sh` must end with exit code 0; in
`console`, each line behind `$ ` runs (those behind `>` belong to it) and must print what follows,
where `...` stands for any text.
The documented server is replaced by a real one on a free port.
"""

import doctest
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.python import pad
from sybil.parsers.markdown import CodeBlockParser

collect_ignore_glob = ["docs/*.py"]  # Sphinx runs them, where it is installed

DOCUMENTED = "http://localhost:8080"
PROJECT = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server on a free port, for the examples of one document."""
    folder = tmp_path_factory.mktemp("documents")
    command = [sys.executable, "-m", "statusek_server", "--port", "0"]
    command += ["--database", f"sqlite:///{folder / 'statusek.db'}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield next(
                found[1]
                for line in server.stderr
                if (found := re.search(r"listening on (\S+)", line))
            )
        finally:
            server.terminate()
            server.communicate(timeout=30)


def run_python(example: Example) -> None:
    """Run the block as it stands, but for the server's address."""
    source = str(example.parsed).replace(DOCUMENTED, example.namespace["server_url"])
    line = example.line + example.parsed.line_offset
    exec(compile(pad(source, line), example.path, "exec"), example.namespace)


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
        run = shell(command, example)
        actual = run.stdout
        if not checker.check_output(expected, actual, options):
            case = doctest.Example(command, expected)
            return f"$ {command}\n{checker.output_difference(case, actual, options)}"
    return None


def shell(script: str, example: Example) -> subprocess.CompletedProcess[str]:
    """Run a script with this environment's commands, in a folder of the document's own."""
    scripts = sysconfig.get_path("scripts")
    folder = example.namespace.setdefault(
        "folder", example.namespace["tmp_path_factory"].mktemp("shell")
    )
    return subprocess.run(
        ["bash", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # as on a terminal: in the order in which it was written
        text=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env=os.environ
        | {
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "STATUSEK_URL": example.namespace["server_url"],
            "NO_COLOR": "1",
        },
    )


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("python", run_python),
        CodeBlockParser("sh", run_shell),
        CodeBlockParser("console", run_console),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    fixtures=["server_url", "tmp_path_factory"],
).pytest()
