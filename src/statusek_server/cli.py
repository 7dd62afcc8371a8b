"""The command ``serve``: flags in, a running server, an exit code out.

Here live the flags, and the one line that a person or a script reads when a server cannot start.
Running lives in ``runner``, the other commands in modules of their own.
"""

from __future__ import annotations

import click

from csm.completion import file_names
from statusek_server.errors import StatusekServerError
from statusek_server.logs import log_to_stderr
from statusek_server.model_commands import models
from statusek_server.runner import run
from statusek_server.setting_values import Dialect, LogFormat, LogLevel
from statusek_server.settings import Settings
from statusek_server.workers import run_workers

__all__ = ["models", "serve"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=file_names,
    help="A TOML file that says what the flags do not: database = …, drain_seconds = … and so on.",
)
@click.option(
    "--print-config",
    is_flag=True,
    help="Print every setting and where it comes from, without secrets, and stop.",
)
@click.option(
    "--database",
    metavar="URL",
    help="Where instances are kept: sqlite:///FILE.  [default: sqlite:///statusek.db]",
)
@click.option(
    "--models",
    metavar="FILE",
    shell_complete=file_names,
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
@click.option(
    "--workers",
    metavar="N",
    help="How many processes serve; each has its own connection to the database.  [default: 1]",
)
@click.option(
    "--keys",
    metavar="FILE",
    shell_complete=file_names,
    help="A file of keys, one of which a caller must then show as 'Authorization: Bearer KEY'; "
    "written by 'statusek keys'.  [default: everybody is served]",
)
@click.option(
    "--log-format",
    type=click.Choice([form.value for form in LogFormat]),
    help="How a line of the log on stderr looks.  [default: plain]",
)
@click.option(
    "--log-level",
    type=click.Choice([level.value for level in LogLevel]),
    help="From which importance on; info has a line for every request.  [default: warning]",
)
@click.option(
    "--drain-seconds",
    metavar="S",
    help="How long requests under way may take once the server is to stop.  [default: 10]",
)
@click.option(
    "--read-seconds",
    metavar="S",
    help="How long a caller may take to send one request.  [default: 30]",
)
@click.option(
    "--idle-seconds",
    metavar="S",
    help="How long a connection may be idle between two requests.  [default: 75]",
)
@click.option(
    "--max-connections",
    metavar="N",
    help="How many connections each process keeps; more are answered with 503.  [default: 4096]",
)
def serve(*, print_config: bool, **flags: str | None) -> None:
    """Run a Statusek server until it is told to stop (Ctrl-C, SIGTERM).

    Each flag has an environment variable, STATUSEK_ and its name: STATUSEK_DATABASE,
    STATUSEK_DRAIN_SECONDS, STATUSEK_CONFIG. A flag wins over its variable, a variable over the
    file, the file over the default.

    \b
    Examples:
      statusek serve
      statusek serve --database sqlite:////var/lib/statusek/statusek.db --host 0.0.0.0
      statusek serve --models models.toml --dialect data --port 0
      statusek serve --config /etc/statusek.toml --workers 4 --log-format json --log-level info
      STATUSEK_PORT=9000 statusek serve --print-config
    """
    try:
        if print_config:
            click.echo(Settings.describe(flags))
        else:
            _serve(Settings.read(flags))
    except StatusekServerError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None


def _serve(settings: Settings) -> None:
    log = log_to_stderr(settings.log_format, settings.log_level)

    def listening(url: str) -> None:
        click.echo(f"listening on {url}", err=True)
        log.let_go()

    (run if settings.workers == 1 else run_workers)(settings, listening)
