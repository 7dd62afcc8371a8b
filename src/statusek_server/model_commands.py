"""The commands ``models``: what status models there are, and what is wrong with a file of them.

Here lives what a command line adds: arguments, what is printed, exit codes. A file is foreign text;
it is escaped before it reaches a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from csm.printable import printable
from statusek_server.errors import ModelError
from statusek_server.mermaid import mermaid
from statusek_server.model_advice import advice
from statusek_server.model_files import default_models, load_models
from statusek_server.models import Status, StatusModel

_HELP = {"help_option_names": ["-h", "--help"]}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_from_file = click.option(
    "--models",
    "path",
    type=_FILE,
    envvar="STATUSEK_MODELS",
    metavar="FILE",
    help="A TOML file of status models, instead of the default catalogue.  [env: STATUSEK_MODELS]",
)


@click.group("models", context_settings=_HELP)
def models() -> None:
    """See status models, and check a file of them before a server reads it.

    \b
    Examples:
      statusek models list
      statusek models show TASK
      statusek models check models.toml
    """


@models.command("check", context_settings=_HELP)
@click.argument("path", metavar="FILE", type=_FILE)
def check(path: Path) -> None:
    """Read a file of models as a server would, and print every problem.

    What is right but odd is a warning, which never stops a server. The exit code is 0 when the
    file is valid, 1 when it is not, 2 when there is no such file.

    \b
    Examples:
      statusek models check models.toml
      statusek models check models.toml && statusek serve --models models.toml
    """
    name = printable(str(path))
    try:
        found = load_models(path)
    except ModelError as error:
        for problem in error.problems:
            click.echo(f"{name}: {printable(str(problem))}")
        raise SystemExit(1) from None
    for hint in (hint for model in found for hint in advice(model)):
        click.echo(f"{name}: warning: {printable(str(hint))}")
    count = f"{len(found)} model{'' if len(found) == 1 else 's'}"
    click.echo(f"{name}: valid, {count}")


@models.command("list", context_settings=_HELP)
@_from_file
def list_(path: Path | None) -> None:
    """Print the names of all models, in their order.

    \b
    Examples:
      statusek models list
      statusek models list --models models.toml
    """
    for model in _models(path):
        click.echo(printable(model.name))


@models.command("show", context_settings=_HELP)
@click.argument("name", metavar="NAME")
@_from_file
@click.option("--mermaid", "as_mermaid", is_flag=True, help="Print a Mermaid flowchart instead.")
def show(name: str, path: Path | None, *, as_mermaid: bool) -> None:
    """Print one model: its statuses, their types and what comes before each.

    \b
    Examples:
      statusek models show TASK
      statusek models show "2-POINT LINE TASK" --mermaid > task.mmd
    """
    found = {model.name: model for model in _models(path)}
    if name not in found:
        raise click.BadParameter(
            f"there is no model {printable(repr(name))}: see 'statusek models list'",
            param_hint="NAME",
        )
    model = found[name]
    click.echo(mermaid(model).rstrip("\n") if as_mermaid else "\n".join(_described(model)))


def _models(path: Path | None) -> tuple[StatusModel, ...]:
    if path is None:
        return default_models()
    try:
        return load_models(path)
    except ModelError as error:
        raise click.BadParameter(printable(str(error)), param_hint="--models") from None


def _described(model: StatusModel) -> Iterator[str]:
    yield _line(model.name, model.description)
    for what, seconds in (("timeout", model.timeout), ("silence", model.silence)):
        if seconds is not None:
            yield f"{what}: {seconds} seconds"
    width = max(len(printable(status.name)) for status in model.statuses)
    for status in model.statuses:
        yield f"  {printable(status.name):{width}}  {_about(status)}"


def _about(status: Status) -> str:
    after = f"{status.type}, after {', '.join(status.after)}" if status.after else f"{status.type}"
    return _line(after, status.description)


def _line(head: str, description: str) -> str:
    return printable(f"{head}: {description}" if description else head)
