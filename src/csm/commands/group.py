"""The command `csm` as a group: its help, its version, and which commands it has.

Only the group lives here; each command is a module.
"""

from __future__ import annotations

import click

from csm.commands.check import check
from csm.commands.convert import convert
from csm.commands.diff import diff
from csm.commands.schema import schema
from csm.commands.show import show
from csm.interruption import interruptible


class _Interruptible(click.Group):
    """A group whose commands end quietly at Ctrl-C, where click would say that it aborted."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        with interruptible():
            return super().invoke(ctx)


@click.group(
    cls=_Interruptible,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Run `csm COMMAND --help` for what a command takes, with examples.",
)
@click.version_option(package_name="csm-statusek", prog_name="csm")
def csm() -> None:
    """Read, show, check, compare and convert Commons Status Messages.

    \b
    Completion: eval "$(_CSM_COMPLETE=bash_source csm)"   (or zsh_source, fish_source)
    """


csm.add_command(show)
csm.add_command(check)
csm.add_command(convert)
csm.add_command(diff)
csm.add_command(schema)
