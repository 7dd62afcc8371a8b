"""The command ``serve``: flags in, a running server, an exit code out.

Here live the flags, and the one line that a person or a script reads when a server cannot start.
Running lives in ``runner``.
"""

from __future__ import annotations

import logging

import click

from statusek_server.errors import StatusekServerError
from statusek_server.runner import run
from statusek_server.settings import Dialect, Settings


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--database",
    metavar="URL",
    help="Where instances are kept: sqlite:///FILE.  [default: sqlite:///statusek.db]",
)
@click.option(
    "--models",
    metavar="FILE",
    help="A TOML file of status models, instead of the default catalogue.",
)
@click.option(
    "--dialect",
    type=click.Choice(list(Dialect)),
    help="How answers at the root look; /v1 is always flat, /v2 always data.  [default: flat]",
)
@click.option("--host", metavar="H", help="The address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", metavar="P", help="The port to listen on; 0 for a free one.  [default: 8080]"
)
def serve(**flags: str | None) -> None:
    """Run a Statusek server until it is told to stop (Ctrl-C, SIGTERM).

    Each flag has an environment variable that it wins over: STATUSEK_DATABASE, STATUSEK_MODELS,
    STATUSEK_DIALECT, STATUSEK_HOST, STATUSEK_PORT.

    \b
    Examples:
      statusek serve
      statusek serve --database sqlite:////var/lib/statusek/statusek.db --host 0.0.0.0
      statusek serve --models models.toml --dialect data --port 0
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        run(Settings.read(flags), lambda url: click.echo(f"listening on {url}", err=True))
    except StatusekServerError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
