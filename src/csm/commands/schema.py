"""The command `csm schema`: the JSON Schema of messages.

Only the command lives here; what the schema says comes from the classes and the catalogues.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from csm.codec.schema import json_schema
from csm.commands.catalogues import catalogue_option, load_catalogues
from csm.commands.terminal import print_text


@click.command(
    short_help="Print the JSON Schema of messages.",
    epilog="""\b
Examples:
  csm schema > commons-status-message.schema.json
  csm schema --catalogue our-applications.toml
""",
)
@catalogue_option
def schema(catalogues: tuple[Path, ...]) -> None:
    """Print the JSON Schema (2020-12) of what readers accept by default.

    What only a reader can reject, such as timestamps that disagree, is listed in it.
    """
    load_catalogues(catalogues)
    print_text(json.dumps(json_schema(), indent=2, ensure_ascii=False))
