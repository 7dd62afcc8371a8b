"""Completion: what a shell is told where the name of a file is typed.

Only what click does not know by itself lives here: arguments that may also be something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from click import Context, Parameter
    from click.shell_completion import CompletionItem


def file_names(_: Context, __: Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete names of files; for `shell_complete=` of arguments and options.

    Args:
        incomplete: What has been typed of it.
    """
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]
