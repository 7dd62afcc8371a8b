"""The directive `command-help`: what a command says with `--help`, and each of its commands below.

Its argument is where the command lies, as in an entry point; its option `name`, what it is called.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import ClassVar

import click
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx

WIDTH = 80  # columns


class CommandHelp(Directive):
    """A section for each command, with its help as a terminal shows it."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the help of the command itself, and a section for each command below it."""
        module, _, attribute = self.arguments[0].partition(":")
        command = getattr(import_module(module), attribute)
        context = _context(command, None, self.options["name"])
        return [_help(context), *(self._section(below) for below in _below(context))]

    def _section(self, context: click.Context) -> nodes.section:
        title = context.command_path
        section = nodes.section(names=[nodes.fully_normalize_name(title)])
        section += nodes.title("", "", nodes.literal(text=title))
        section += _help(context)
        section += [self._section(below) for below in _below(context)]
        self.state.document.note_implicit_target(section, section)
        return section


def _help(context: click.Context) -> nodes.literal_block:
    return nodes.literal_block(text=context.get_help(), language="text")


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    settings = command.context_settings
    return click.Context(command, parent, name, **{**settings, "terminal_width": WIDTH})


def _below(context: click.Context) -> Iterator[click.Context]:
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield _context(command, context, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}
