"""The command ``serve``: flags in, a running server, an exit code out.

Here live the flags, and the one line that a person or a script reads when a server cannot start.
Running lives in ``runner``, the other commands in modules of their own.
"""

from __future__ import annotations

import logging
from logging.handlers import MemoryHandler

import click

from statusek_server.errors import StatusekServerError
from statusek_server.model_commands import models
from statusek_server.runner import run
from statusek_server.settings import Dialect, Settings

__all__ = ["models", "serve"]


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
    type=click.Choice([dialect.value for dialect in Dialect]),
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
    log = _log_to_stderr()

    def listening(url: str) -> None:
        click.echo(f"listening on {url}", err=True)
        log.let_go()

    try:
        run(Settings.read(flags), listening)
    except StatusekServerError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None


class _Log(MemoryHandler):
    """Holds back what is logged until the server answers: a script reads that line first."""

    def __init__(self) -> None:
        shown = logging.StreamHandler()
        shown.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        super().__init__(capacity=1000, flushLevel=logging.CRITICAL, target=shown)

    def let_go(self) -> None:
        """Show what was held back, and everything else at once."""
        self.flush()
        self.capacity = 0


def _log_to_stderr() -> _Log:
    log = _Log()
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    return log
