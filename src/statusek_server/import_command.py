"""The command ``import``: what an original server has stored moves here, and a summary comes out.

Here live the flags, what is printed, and the exit codes. What is taken over how lives in
``importing``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from attrs import frozen

from csm.completion import file_names
from csm.printable import printable
from statusek_server.clock import utc_now
from statusek_server.errors import ModelError, SettingsError, StatusekServerError
from statusek_server.importing.importing import Import, Progress
from statusek_server.model_files import default_models, load_models, model_text
from statusek_server.models import StatusModel
from statusek_server.setting_values import is_postgres, without_password
from statusek_server.settings import Settings
from statusek_server.storage.databases import open_database
from statusek_server.storage.taking_over import Taken

_COUNTED = (Taken.ADDED, Taken.EXTENDED, Taken.UNCHANGED)


@frozen
class Request:
    """What is to be done.

    Args:
        source: The database of the original.
        schema: Where its tables are; None to look for them.
        database: The database of our server.
        configured: The models of our server.
        is_dry: Whether to store nothing.
    """

    source: str
    schema: str | None
    database: str
    configured: tuple[StatusModel, ...]
    is_dry: bool


@click.command("import", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--from",
    "source",
    required=True,
    metavar="URL",
    help="The database of the original, which is only read: postgresql://user:password@host/name.",
)
@click.option(
    "--schema", metavar="NAME", help="Where its tables are.  [default: where they are found]"
)
@click.option("--dry-run", is_flag=True, help="Store nothing; say what would be taken.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON, for programs.")
@click.option(
    "--write-models",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the models that are found as a file for 'statusek serve --models'.",
)
@click.option(
    "--database",
    metavar="URL",
    help="Where to, as for 'statusek serve'.  [default: sqlite:///statusek.db]",
)
@click.option(
    "--models",
    metavar="FILE",
    shell_complete=file_names,
    help="The models of 'statusek serve', if it has a file.",
)
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=file_names,
    help="The TOML file of 'statusek serve', if it has one.",
)
def import_(
    *,
    source: str,
    schema: str | None,
    dry_run: bool,
    as_json: bool,
    write_models: Path | None,
    **flags: str | None,
) -> None:
    """Take over what an original Statusek server (2021 to 2.7.2) has stored.

    Tokens, times, statuses and messages are kept. It may be run again: what is here already is not
    taken twice, what is new there is added, and what has gone on here stays as it is here. Servers
    may go on meanwhile, on both sides.

    \b
    Exit codes: 0 everything was taken; 1 something was not, as the summary says; 2 an error;
    130 interrupted. What was taken before stays.

    \b
    Examples:
      statusek import --from postgresql://statusek@old/statusek --dry-run
      statusek import --from postgresql://statusek@old/statusek --write-models models.toml
      statusek import --from postgresql://statusek@old/db --database postgresql://statusek@new/db
    """
    progress = Progress()
    try:
        settings = Settings.read(flags)
        configured = load_models(settings.models) if settings.models else default_models()
        if not is_postgres(source):
            raise SettingsError("from", without_password(source), "postgresql://…")
        request = Request(source, schema, settings.database, configured, dry_run)
        asyncio.run(_import(request, progress))
    except StatusekServerError as error:
        _end(progress, dry_run, as_json)
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        _end(progress, dry_run, as_json)
        raise SystemExit(130) from None
    if write_models is not None:
        _write(write_models, progress)
    _end(progress, dry_run, as_json, configured)
    raise SystemExit(1 if progress.findings.has_losses else 0)


async def _import(request: Request, progress: Progress) -> None:
    try:
        from statusek_server.importing.original import open_original
    except ImportError as error:
        expected = "asyncpg to be installed: pip install 'csm-statusek[postgres]'"
        raise SettingsError("from", "postgresql://…", expected) from error
    async with (
        open_original(request.source, request.schema) as original,
        open_database(request.database, utc_now) as storage,
    ):
        run = Import(original, storage, request.configured, progress, _tell, request.is_dry)
        await run.run()


def _tell(progress: Progress) -> None:
    """Tell a person at a terminal how far it is."""
    if sys.stderr.isatty():
        click.echo(f"\r{progress.read} of {progress.total} instances", nl=False, err=True)


def _write(path: Path, progress: Progress) -> None:
    try:
        path.write_text(model_text(progress.found_models), encoding="utf-8")
    except OSError as error:
        click.echo(f"error: {path} cannot be written: {error.strerror}", err=True)
        raise SystemExit(2) from None


def _end(
    progress: Progress, is_dry: bool, as_json: bool, configured: tuple[StatusModel, ...] = ()
) -> None:
    """Print the summary, if there is anything to tell."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    if as_json:
        click.echo(json.dumps(_document(progress, is_dry), ensure_ascii=False))
    elif progress.version:
        click.echo("\n".join(_lines(progress, is_dry, configured)))


def _document(progress: Progress, is_dry: bool) -> dict[str, object]:
    return {
        "dry_run": is_dry,
        "version": progress.version,
        "instances": progress.total,
        "read": progress.read,
        **{taken.value: progress.taken[taken] for taken in _COUNTED},
        "events": progress.events,
        "findings": [
            {
                "finding": finding.name,
                "table": finding.table,
                "what": finding.what,
                "loss": finding.is_loss,
                "count": place.count,
                "ids": place.ids,
            }
            for finding, place in progress.findings
        ],
        "models": [model.name for model in progress.found_models],
    }


def _lines(progress: Progress, is_dry: bool, configured: tuple[StatusModel, ...]) -> Iterator[str]:
    read = f"{progress.read} of {progress.total} instances read"
    yield f"version {printable(progress.version)}: {read}"
    counts = ", ".join(f"{progress.taken[taken]} {taken.value}" for taken in _COUNTED)
    yield f"{'would be ' if is_dry else ''}{counts}; {progress.events} events with those added"
    for finding, place in progress.findings:
        ids = ", ".join(map(str, place.ids)) + (", …" if place.count > len(place.ids) else "")
        mark = "not taken" if finding.is_loss else "note"
        yield f"{mark}: {place.count} {finding.table} {finding.what} ({finding.table}.id {ids})"
    for number, found in progress.models.items():
        if isinstance(found, ModelError):
            yield f"not taken: the model of objects.id {number}: {printable(str(found))}"
    known = {model.name for model in configured}
    for model in progress.found_models:
        if configured and model.name not in known:
            yield (
                f"note: {printable(repr(model.name))} is not among the models of the server, so "
                "that it creates no more of them: see --write-models"
            )
