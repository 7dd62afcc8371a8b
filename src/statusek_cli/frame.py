"""The click group that lists and loads the commands of the installed packages."""

from importlib.metadata import EntryPoint, entry_points

import click

from csm.interruption import interruptible

GROUP = "statusek.commands"


class CommandFrame(click.Group):
    """A group whose commands are entry points, loaded when one is asked for.

    A command whose package lacks an extra is listed all the same, and says what to install when
    it is called: `pip install` should never make a documented command vanish.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the alphabet."""
        return sorted({point.name for point in _points()} | set(super().list_commands(ctx)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, or None where no package brings it."""
        for point in _points():
            if point.name == cmd_name:
                return _loaded(point)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for; it ends quietly at Ctrl-C, where click would not."""
        with interruptible():
            return super().invoke(ctx)


def _points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _loaded(point: EntryPoint) -> click.Command:
    try:
        command = point.load()
    except ImportError as error:
        return _unavailable(point.name, str(error))
    if not isinstance(command, click.Command):
        return _unavailable(point.name, f"{point.value} is not a command")
    return command


def _unavailable(name: str, reason: str) -> click.Command:
    """Return a command that takes any arguments and only says why it cannot run."""

    def say(**_: object) -> None:
        raise click.UsageError(f"'{name}' cannot run: {reason}")

    return click.Command(
        name,
        callback=say,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        short_help=f"(not installed: {reason})",
        help=reason,
    )


@click.group(cls=CommandFrame, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="csm-statusek", prog_name="statusek")
def statusek() -> None:
    """Follow processes across services: create an instance, set statuses, learn the end.

    \b
    The server is named by --url or STATUSEK_URL, the key by STATUSEK_KEY:
      export STATUSEK_URL=http://localhost:8080
      token=$(statusek create "2-POINT LINE TASK" --instance-timeout 600)
      statusek set "$token" RUN --message "17 files"
      until statusek finished "$token"; do sleep 5; done

    \b
    Completion: eval "$(_STATUSEK_COMPLETE=bash_source statusek)"   (or zsh_source, fish_source)
    """
