"""What must hold where the package is installed with one extra; run by that installation's Python.

Usage: python smoke.py EXTRA   (`none` for no extra). Only this file, the standard library and what
the extra brings are there.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path
from urllib.request import Request, urlopen

MINIMAL = (
    '{"component":{"componentType":"MAJOR","componentName":"SIA"},"statusMessageType":"COMPONENT",'
    '"status":"OK","epochSecondsTimestamp":1437064108,"iso8601UtcTimestamp":"2015-07-16T16:28:28Z"}'
)
BRINGS = {
    "none": set(),
    "fast": {"fast"},
    "client": {"client"},
    "server": {"server"},
    "board": {"server", "board"},
    "postgres": {"postgres"},
    "cli": {"cli"},
    "all": {"fast", "client", "server", "board", "postgres", "cli"},
}
SCRIPTS = Path(sysconfig.get_path("scripts"))


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this installation."""
    environment = {**os.environ, **more}
    return subprocess.run(
        arguments, capture_output=True, text=True, check=False, timeout=60, env=environment
    )


def check_messages(brought: set[str]) -> None:
    """Messages work whatever else is there, with the fastest engine that is."""
    import csm

    assert csm.to_json_string(csm.from_json_string(MINIMAL)) == MINIMAL
    converter = csm.make_converter()
    message = csm.from_json_string(MINIMAL)
    assert converter.structure(converter.unstructure(message), csm.StatusMessage) == message
    try:
        csm.StatusMessageSerializer(engine="msgspec")
    except ImportError as error:
        assert "csm-statusek[fast]" in str(error)
        assert "fast" not in brought
    else:
        assert "fast" in brought
    for package in ("csm", "statusek_client", "statusek_server", "statusek_cli"):
        where = Path(str(files("csm"))).parent / package
        assert (where / "py.typed").is_file(), package


def check_missing(package: str, extra: str, brought: set[str]) -> None:
    """A package without its extra says what to install; with it, it imports."""
    try:
        importlib.import_module(package)
    except ImportError as error:
        assert f"csm-statusek[{extra}]" in str(error), error
        assert extra not in brought
    else:
        assert extra in brought


def check_commands(brought: set[str]) -> None:
    """Both commands are there; they work, or say in one sentence what to install."""
    csm_command, statusek = str(SCRIPTS / "csm"), str(SCRIPTS / "statusek")
    Path("message.json").write_text(MINIMAL, "utf-8")
    shown = run(csm_command, "show", "message.json")
    helped = run(statusek, "--help")
    if brought & {"cli", "client", "server"}:
        assert shown.returncode == 0, shown.stderr
        assert "SIA" in shown.stdout
        assert helped.returncode == 0, helped.stderr
        assert all(point.name in helped.stdout for point in entry_points(group="statusek.commands"))
    else:
        assert (shown.returncode, helped.returncode) == (2, 2)
        for said in (shown.stderr, helped.stderr):
            assert "pip install 'csm-statusek[cli" in said
            assert len(said.splitlines()) == 1


def check_server(brought: set[str]) -> None:
    """A server starts, answers, shows its pages where they are installed, and stops when asked."""
    command = [sys.executable, "-m", "statusek_server", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = re.search(r"listening on (\S+)", server.stderr.readline())
        assert found
        url = found[1]
        page = urlopen(Request(url, headers={"accept": "text/html"})).read().decode()
        assert ("<title>" in page) == ("board" in brought)
        if "client" in brought:
            check_both(url)
        server.terminate()
        assert server.wait(30) == 0


def check_both(url: str) -> None:
    """A client of the same installation posts to the server and reads back."""
    import csm
    from statusek_client import StatusekClient

    with StatusekClient(url) as client:
        task = client.create("TASK", instance_timeout=60)
        task.set("RUN").set("FINISHED", csm.from_json_string(MINIMAL))
        assert task.check_is_finished()
        assert task.events()[-1].csm == csm.from_json_string(MINIMAL)


def main() -> None:
    """Check everything that this extra brings, and that the rest says what to install."""
    [extra] = sys.argv[1:]
    brought = BRINGS[extra]
    check_messages(brought)
    check_missing("statusek_client", "client", brought)
    check_missing("statusek_server", "server", brought)
    check_commands(brought)
    if "server" in brought:
        check_server(brought)
    print(f"  {extra}: holds on Python {sys.version.split()[0]}, {version('csm-statusek')}")


if __name__ == "__main__":
    main()
