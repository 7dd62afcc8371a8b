"""Catalogues on the command line: the option that names files of more names.

Only the option lives here; what a file holds is in `csm.catalogue`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from csm.catalogue import load_catalogue
from csm.errors import CsmError

catalogue_option: Final = click.option(
    "--catalogue",
    "catalogues",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A TOML file of more names, as the lists `major` and `major_external`.",
)


def load_catalogues(paths: Sequence[Path]) -> None:
    """Add the names of files to the catalogues of this process.

    Args:
        paths: The files.

    Raises:
        click.BadParameter: One cannot be read, or holds something else.
    """
    for path in paths:
        try:
            load_catalogue(path)
        except (OSError, CsmError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise click.BadParameter(f"{path}: {reason}", param_hint="--catalogue") from error
