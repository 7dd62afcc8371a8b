"""The commands ``statusek keys …``: keys are made, listed and taken back.

Here live the flags and what is printed. The form of the file lives in ``key_file``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from statusek_server.errors import KeyFileError
from statusek_server.key_file import entry, read_keys, write_keys
from statusek_server.keys import Key, Keyring, Scope, digest_of, new_key

_FILE = click.option(
    "--keys",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="STATUSEK_KEYS",
    help="The file of keys, as for 'statusek serve'.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def keys() -> None:
    """Make, list and revoke the keys of a server.

    The file holds only hashes. A server that was started with --keys FILE notices a change within
    a second, so that keys come and go without a restart.

    \b
    To replace a key, let both live for a while:
      statusek keys create billing-2027 --scope set --scope read --keys keys.toml
      ... give it to its user ...
      statusek keys revoke billing-2026 --keys keys.toml
    """


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What it allows; may be repeated. admin allows everything.",
)
@click.option(
    "--expires",
    type=click.DateTime(),
    help="When it ends, in UTC.  [default: never]",
)
@_FILE
def create(name: str, scopes: tuple[str, ...], expires: datetime | None, path: Path | None) -> None:
    """Make a key, print it once, and add it to the file; without a file, print what to add.

    \b
    Examples:
      statusek keys create billing --scope set --scope read --keys keys.toml
      statusek keys create nightly --scope create --expires 2027-01-01 --keys keys.toml
    """
    secret = new_key()
    ends = expires.replace(tzinfo=UTC) if expires else None
    made = Key(name, digest_of(secret), frozenset(map(Scope, scopes)), ends)
    if not name:
        raise click.UsageError("a key needs a name")
    if path is None:
        click.echo(entry(made), nl=False, err=True)
    else:
        known = _read(path) if path.exists() else Keyring()
        if any(key.name == name for key in known.keys):
            raise click.UsageError(f"{path} has a key of the name {name!r} already")
        _write(path, Keyring((*known.keys, made)))
    click.echo(secret)


@keys.command("list")
@_FILE
def list_keys(path: Path | None) -> None:
    """List the keys of a file: names, scopes, ends.

    \b
    Example:
      statusek keys list --keys keys.toml
    """
    for key in _read(_needed(path)).keys:
        scopes = " ".join(scope.value for scope in Scope if scope in key.scopes)
        ends = f"until {key.expires.isoformat()}" if key.expires else "for ever"
        click.echo(f"{key.name}\t{scopes}\t{ends}")


@keys.command()
@click.argument("name")
@_FILE
def revoke(name: str, path: Path | None) -> None:
    """Take a key back: servers refuse it within a second.

    \b
    Example:
      statusek keys revoke billing --keys keys.toml
    """
    file = _needed(path)
    known = _read(file).keys
    left = tuple(key for key in known if key.name != name)
    if len(left) == len(known):
        raise click.UsageError(f"{file} has no key of the name {name!r}")
    _write(file, Keyring(left))


def _needed(path: Path | None) -> Path:
    if path is None:
        raise click.UsageError("name the file: --keys FILE or STATUSEK_KEYS")
    return path


def _read(path: Path) -> Keyring:
    try:
        return read_keys(path)
    except KeyFileError as error:
        raise click.UsageError(str(error)) from error


def _write(path: Path, keyring: Keyring) -> None:
    try:
        write_keys(path, keyring)
    except KeyFileError as error:
        raise click.UsageError(str(error)) from error
