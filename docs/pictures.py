"""The pictures of the documents, made from real runs: `make pictures`.

Terminals are what commands print, drawn by rich; the model is cut out of the board's page of an
instance. The board's own pictures come from `make test-browser`, the demo's from the demo.
"""

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from csm import GeneralComponent, MajorComponent, Note, StatusMessage, to_json_string
from statusek_client import StatusekClient

IMAGES = Path(__file__).parent / "images"
TUTORIAL = Path(__file__).parent / "tutorial.md"
COLUMNS = 118
STATUSES = "--token $(cat token) --start RUN --done FINISHED --fail FAILED"
STYLE = """
svg { --card: #fff; --ink: #1d2523; --faint: #56605d; --good: #1c6b49; --good-wash: #e2f2e9;
  --next: #0b5c8a; --next-wash: #e1eff7; }
@media (prefers-color-scheme: dark) { svg { --card: #1c2324; --ink: #e6ebe9; --faint: #a3aeab;
  --good: #74d3a4; --good-wash: #17372a; --next: #7cc4ee; --next-wash: #15303f; } }
text { font: 600 14px system-ui, sans-serif; fill: var(--ink); }
rect, polygon { fill: var(--card); stroke: var(--faint); stroke-width: 1.5; }
.edge { fill: none; stroke: var(--faint); stroke-width: 1.5; }
marker path { fill: var(--faint); }
.set rect { fill: var(--good-wash); stroke: var(--good); stroke-width: 3; }
.next rect, .next polygon { fill: var(--next-wash); stroke: var(--next); stroke-width: 2.5;
  stroke-dasharray: 8 3; }
"""


def main() -> None:
    """Draw every picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        messages(folder)
        tutorial = TUTORIAL.read_text(encoding="utf-8")
        [models] = re.findall(r"```toml\n(# models\.toml.*?)```", tutorial, re.DOTALL)
        (folder / "models.toml").write_text(models, encoding="utf-8")
        draw(
            "terminal-csm",
            ["csm show shop.json", "csm diff shop.json later.json", "csm check typo.json"],
            folder,
        )
        with running(folder, "--models", "models.toml") as url:
            draw_model(url)
        with running(folder, "--database", "sqlite:///tasks.db") as url:
            draw_processes(folder, url)


def messages(folder: Path) -> None:
    """Write the messages that the first picture shows."""
    full = Note(title="disk 91 % full", action_importance="MEDIUM", action_to_take="Remove dumps")
    database = StatusMessage(
        component=GeneralComponent(component_name="database"), status="WARN", notes=[full]
    )
    mail = StatusMessage(component=GeneralComponent(component_name="mail"))
    shop = StatusMessage(
        component=MajorComponent(component_name="SIA"),
        status="WARN",
        sub_statuses=[database, mail],
    )
    later = shop.replace(status="OK", sub_statuses=[database.replace(status="OK", notes=[]), mail])
    for name, text in (
        ("shop", to_json_string(shop)),
        ("later", to_json_string(later)),
        ("typo", to_json_string(shop).replace('"SIA"', '"SAI"')),
    ):
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def draw_processes(folder: Path, url: str) -> None:
    """Draw a process that a command starts and that others follow."""
    draw(
        "terminal-statusek",
        [
            "statusek create TASK --instance-timeout 600 | tee token",
            f"statusek run {STATUSES} -- sh -c 'echo 17 files; exit 3'",
            "statusek events $(cat token)",
            "statusek set $(statusek create TASK --instance-timeout 600) RUN",
            "statusek list",
        ],
        folder,
        STATUSEK_URL=url,
    )


def draw(name: str, commands: list[str], folder: Path, **variables: str) -> None:
    """Run commands one after the other and draw what a terminal would show."""
    with (folder / "screen").open("w", encoding="utf-8") as screen:
        console = Console(
            record=True, width=COLUMNS, file=screen, force_terminal=True, color_system="truecolor"
        )
        for command in commands:
            console.print(Text(f"$ {command}", style="bold"))
            shown = bash(command, folder, variables)
            console.print(Text.from_ansi(shown.stdout), end="\n" if shown.stdout else "")
    svg = console.export_svg(title=name.removeprefix("terminal-"))
    # Whoever looks at it asks no other host for a font.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


def draw_model(url: str) -> None:
    """Draw the tutorial's model while an instance runs."""
    with StatusekClient(url) as statusek:
        upload = statusek.create("UPLOAD").set("RECEIVED")
    request = urllib.request.Request(
        f"{url}/board/instance?token={upload.token}", headers={"Accept": "text/html"}
    )
    with urllib.request.urlopen(request) as answer:
        [svg] = re.findall(r"<svg viewBox.*?</svg>", answer.read().decode(), re.DOTALL)
    svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    svg = svg.replace("<defs>", f"<style>{STYLE}</style>\n<defs>", 1)
    (IMAGES / "model-upload.svg").write_text(svg + "\n", encoding="utf-8")


def bash(command: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command as on a terminal with colours."""
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env=os.environ | variables | {"PATH": path, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)},
    )


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[str]:
    """Run a real server on a free port."""
    command = [sys.executable, "-m", "statusek_server", "--port", "0", *flags]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield server.stderr.readline().removeprefix("listening on ").strip()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
