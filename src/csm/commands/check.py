"""The command `csm check`: what is wrong with messages, as compilers say it.

Only the command lives here: its options, its exit codes, and the wording of its lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from csm.commands.catalogues import catalogue_option, load_catalogues
from csm.commands.position import Position, positions
from csm.commands.reading import read_once
from csm.commands.source import Content, SourceError, read_source
from csm.commands.terminal import print_text
from csm.completion import file_names
from csm.errors import CsmDecodeError, CsmValidationError, Problem, clipped
from csm.paths import ROOT
from csm.printable import printable
from csm.serializer import StatusMessageSerializer

_NOT_VALID = 1
_NOT_READ = 2


@click.command(
    short_help="Check that messages are valid.",
    epilog="""\b
Examples:
  csm check status.json
  csm check --catalogue our-applications.toml samples/*.json
  curl -s https://billing.example/status | csm check -
""",
)
@click.argument(
    "sources", metavar="FILE|URL|-...", nargs=-1, required=True, shell_complete=file_names
)
@catalogue_option
@click.option(
    "--no-extra-keys",
    is_flag=True,
    help="Keys that the format does not list are problems, too; readers keep them otherwise.",
)
def check(sources: tuple[str, ...], catalogues: tuple[Path, ...], *, no_extra_keys: bool) -> None:
    """Read messages strictly, and print every problem as FILE:LINE:COLUMN: PATH: PROBLEM.

    Names that neither the format nor a catalogue lists are problems. The exit code is 0 when every
    message is valid, 1 when one is not, 2 when a source cannot be read.
    """
    read_once(sources)
    load_catalogues(catalogues)
    reader = StatusMessageSerializer(extra_keys="reject" if no_extra_keys else "keep")
    code = max([_check(source, reader) for source in sources])
    click.get_current_context().exit(code)


def _check(source: str, reader: StatusMessageSerializer) -> int:
    try:
        content = read_source(source)
    except SourceError as error:
        click.echo(f"csm: {error}", err=True)
        return _NOT_READ
    try:
        reader.from_json_bytes(content.body)
    except CsmDecodeError as error:
        print_text(_decode_line(content, error))
        return _NOT_VALID
    except CsmValidationError as error:
        for line in _problem_lines(content, error):
            print_text(line)
        return _NOT_VALID
    print_text(f"{content.label}: valid")
    return 0


def _decode_line(content: Content, error: CsmDecodeError) -> str:
    place = "" if error.line is None else f":{error.line}:{error.column}"
    if error.path:
        place = _place(positions(content.body.decode(), [error.path])[error.path])
    seen = f": {error.excerpt!r}" if error.excerpt else ""
    reason = content.why_no_message(error.reason + seen)
    text = printable(f"{clipped(error.path or ROOT)}: {reason}")
    return f"{printable(content.name)}{place}: {text}"


def _problem_lines(content: Content, error: CsmValidationError) -> Iterator[str]:
    found = positions(content.body.decode(), [problem.path for problem in error.problems])
    for problem in error.problems:
        yield f"{content.label}{_place(found.get(problem.path))}: {_text(problem)}"


def _place(position: Position | None) -> str:
    return "" if position is None else f":{position.line}:{position.column}"


def _text(problem: Problem) -> str:
    return printable(str(problem))
