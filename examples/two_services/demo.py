"""Two services, one status: the whole idea of this project in one run, on real processes.

A Statusek server starts on its embedded default. Service 1 (this process) creates an instance of
a status model and hands its token to service 2 (another process), which sets statuses while it
works. Service 1 learns that the job is finished, or that it timed out and what never came.

Every step is verified; the exit code is 0 only if all of them held. Nothing is left running.

    python examples/two_services/demo.py [--picture FILE.svg]
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from csm import MajorComponentType, StatusMessage
from csm.render.text import render
from statusek_client import Event, FinishReason, Instance, StatusekClient

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
OBJECT = "2-POINT LINE TASK"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 15

INTRODUCTION = (
    "Service 1 has a job that service 2 does, somewhere else. How does service 1 know how it "
    "stands, also when service 2 never speaks again? Both talk to Statusek: service 1 creates an "
    "instance of a status model and gets a token; whoever has the token sets statuses; service 1 "
    "learns when it is finished, or that it timed out."
)


class Stage:
    """What is shown, and what was verified."""

    def __init__(self, *, record: bool) -> None:
        self.console = Console(record=record, width=100 if record else None, highlight=False)
        self.verified = 0
        self._steps = 0

    def step(self, title: str) -> None:
        self._steps += 1
        self.console.print()
        self.console.print(Rule(f"[bold]{self._steps}  {escape(title)}", align="left"))

    def explain(self, what: str) -> None:
        self.console.print(Padding(Text(what, style="dim"), (0, 2)))

    def say(self, who: str, what: str | RenderableType) -> None:
        """Show what one of the three processes does or prints."""
        colour = {"server": "yellow", "service 1": "cyan", "service 2": "magenta"}[who]
        row = Table.grid(padding=(0, 1))
        row.add_column(width=2 + len("service 1"), no_wrap=True)
        row.add_column(width=1)
        row.add_column(overflow="fold")
        row.add_row(f"  [{colour}]{who}[/]", "│", Text(what) if isinstance(what, str) else what)
        self.console.print(row)

    def verify(self, what: str, holds: bool) -> None:
        """Show a fact that was checked; end the demo with exit code 1 if it does not hold."""
        if not holds:
            self.console.print(f"  [bold red]✗ this did not hold: {escape(what)}")
            raise SystemExit(1)
        self.verified += 1
        self.console.print(f"  [green]✓[/] {escape(what)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="also draw the run")
    picture: Path | None = parser.parse_args().picture
    stage = Stage(record=picture is not None)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    stage.console.print("[bold]Two services, one status[/]\n")
    stage.explain(INTRODUCTION)
    with tempfile.TemporaryDirectory(prefix="statusek-demo-") as folder:
        play(stage, Path(folder))
    stage.verify("nothing is left: the files are gone too", not Path(folder).exists())
    stage.console.print(
        f"\n[bold green]All {stage.verified} facts held[/], in {time.monotonic() - began:.1f} s. "
        "Next: the shortest real use, in README.md."
    )
    if picture is not None:
        draw(stage, picture)


def draw(stage: Stage, picture: Path) -> None:
    """Write what was shown as an SVG that asks no other host for its font."""
    svg = stage.console.export_svg(title="make demo")
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


def play(stage: Stage, folder: Path) -> None:
    stage.step("A Statusek server, on nothing but a file")
    stage.explain("$ statusek serve --port 0 --database sqlite:///…/statusek.db")
    with running_server(folder) as (server, url):
        stage.say("server", f"listening on {url}, its statuses are in {folder / 'statusek.db'}")
        stage.verify("the database is a real file", (folder / "statusek.db").stat().st_size > 0)
        with StatusekClient(url) as statusek:
            a_job_that_finishes(stage, statusek, url, folder)
            a_job_that_dies(stage, statusek, url, folder)
        stage.step("The end")
        server.send_signal(signal.SIGTERM)
        stage.verify(
            "the server stopped when asked, with exit code 0", server.wait(SECONDS_TO_STOP) == 0
        )
        stage.verify("nobody listens at its address any more", not answers(url))


def a_job_that_finishes(stage: Stage, statusek: StatusekClient, url: str, folder: Path) -> None:
    stage.step("Service 1 creates an instance, and hands its token to service 2")
    stage.explain(
        f'The model "{OBJECT}" has two statuses that must come: RUN, then FINISHED. The process '
        "may take 600 seconds. Service 2 is a process of its own; here it checksums the files of "
        "this project."
    )
    task = create(stage, statusek, instance_timeout=600)
    result = folder / "SHA256SUMS"
    hand_over(stage, task, {"url": url, "token": task.token, "result": str(result)})
    stage.verify("service 2 left its result on disk", result.stat().st_size > 0)

    stage.step("Service 1 learns how it ended, and reads what service 2 had to say")
    end = task.wait(timeout=30)
    stage.say("service 1", "task.wait(timeout=30)")
    stage.verify(
        f"finished: {end.reason}",
        end.is_finished and end.reason is FinishReason.ALL_MANDATORY_STATUSES_ARE_SET,
    )
    stage.say("service 1", "task.events()")
    events = task.events()
    show_events(stage, events)
    stage.verify(
        "both statuses came, in their order",
        [event.status_name for event in events] == ["RUN", "FINISHED"],
    )
    stage.say("service 1", "task.events()[-1].csm, the status message of service 2:")
    message = events[-1].csm
    show_message(stage, message)
    stage.verify(
        "the message is the one that service 2 built: SIA, a note, two sub-statuses",
        message is not None
        and message.component.component_name is MajorComponentType.SIA
        and len(message.notes) == 1
        and len(message.sub_statuses) == 2,
    )


def a_job_that_dies(stage: Stage, statusek: StatusekClient, url: str, folder: Path) -> None:
    stage.step("The same once more, but service 2 dies half-way")
    stage.explain(
        "This time the process may take 5 seconds. Nobody will set FINISHED, and nobody will say "
        "so: the timeout that service 1 gave ends the wait, and the model tells what is missing."
    )
    task = create(stage, statusek, instance_timeout=5)
    order = {"url": url, "token": task.token, "result": str(folder / "half"), "die_after": 0.5}
    hand_over(stage, task, order, dies=True)
    stage.say("service 1", "task.wait(timeout=30)")
    end = task.wait(timeout=30)
    stage.verify(f"finished: {end.reason}, nobody had to guess", end.reason is FinishReason.TIMEOUT)
    stage.say("service 1", "task.missing(): the model's mandatory statuses that never came")
    missing = [status.name for status in task.missing()]
    stage.verify(f"missing: {', '.join(missing)}", missing == ["FINISHED"])
    stage.verify("what did come is kept", [event.status_name for event in task.events()] == ["RUN"])


def create(stage: Stage, statusek: StatusekClient, *, instance_timeout: int) -> Instance:
    task = statusek.create(OBJECT, instance_timeout=instance_timeout)
    stage.say("service 1", f'statusek.create("{OBJECT}", instance_timeout={instance_timeout})')
    stage.say("service 1", f"the token is {task.token}")
    stage.verify("not finished yet", not task.check_is_finished())
    return task


def hand_over(
    stage: Stage, task: Instance, order: dict[str, object], *, dies: bool = False
) -> None:
    """Start service 2, give it its job order, and show what it says until it ends."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "service_2.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    ) as service_2:
        stage.say("service 1", f"hands the token to service 2, process {service_2.pid}")
        assert service_2.stdin is not None
        assert service_2.stdout is not None
        service_2.stdin.write(json.dumps(order | {"folder": str(PROJECT)}) + "\n")
        service_2.stdin.close()
        for line in service_2.stdout:
            stage.say("service 2", line.rstrip())
    if dies:
        stage.verify("service 2 is dead", service_2.returncode == -signal.SIGKILL)
        stage.verify("and its task still open", not task.check_is_finished())
    else:
        stage.verify("service 2 ended by itself, with exit code 0", service_2.returncode == 0)


def show_events(stage: Stage, events: tuple[Event, ...]) -> None:
    table = Table("when", "status", "type", "message", box=None, padding=(0, 2))
    for event in events:
        text = event.message if event.csm is None else "(a Commons Status Message)"
        table.add_row(f"{event.created:%H:%M:%S.%f}", event.status_name, event.status_type, text)
    stage.say("service 1", table)


def show_message(stage: Stage, message: StatusMessage | None) -> None:
    if message is not None:
        stage.say("service 1", Text.from_ansi(render(message, colour=True).rstrip()))


@contextmanager
def running_server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `statusek serve` on a free port; yield its process and URL; stop it at the end."""
    command = [sys.executable, "-m", "statusek_cli", "serve", "--port", "0"]
    command += ["--database", f"sqlite:///{folder / 'statusek.db'}"]
    log = folder / "server.log"
    with (
        log.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(command, stderr=stderr, text=True) as server,
    ):
        try:
            yield server, url_of(server, log)
        finally:
            server.terminate()
            try:
                server.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                server.kill()


def answers(url: str) -> bool:
    """Whether anybody accepts a connection at the URL."""
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True


def url_of(server: subprocess.Popen[str], log: Path) -> str:
    """Return the URL that the server says it listens on, once it says so."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if "listening on " in line:
                return line.partition("listening on ")[2].strip()
        time.sleep(0.05)
    raise SystemExit(f"the server did not start:\n{log.read_text(encoding='utf-8')}")


if __name__ == "__main__":
    main()
