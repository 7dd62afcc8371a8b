"""Configuration: what the command line, the environment and a file say, and which of them counts.

Here lives the one precedence (flags, then the environment, then the file), and how each source
names a setting. What the values mean lives in ``setting_values``; nothing here reads the
environment by itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from attrs import frozen

from statusek_server.errors import ConfigurationError, Problem
from statusek_server.toml_text import toml_value

PREFIX: Final = "STATUSEK_"
"""What the names of environment variables begin with: STATUSEK_DATABASE and so on."""

FILE: Final = "config"
"""The flag and the variable that name the file; the only ones that the file itself cannot say."""


@frozen
class Told:
    """What a source says about a setting.

    Args:
        value: What it says; a text, unless it comes from a file.
        source: Where it says so, as a person would name it.
    """

    value: object
    source: str


def told(
    names: Collection[str], flags: Mapping[str, str | None], environment: Mapping[str, str]
) -> dict[str, Told]:
    """Return what counts of all that the sources say, by the names of the settings.

    Args:
        names: Every setting.
        flags: What the command line says; None for nothing.
        environment: The variables of the process.

    Raises:
        ConfigurationError: The file cannot be read, or names a setting that does not exist.
    """
    near = _from_flags([*names, FILE], flags)
    near = _from_environment([*names, FILE], environment) | near
    file = near.pop(FILE, None)
    return (_from_file(names, Path(str(file.value)), file.source) if file else {}) | near


def _from_flags(names: Collection[str], flags: Mapping[str, str | None]) -> dict[str, Told]:
    return {
        name: Told(value, f"the flag --{name.replace('_', '-')}")
        for name in names
        if (value := flags.get(name)) is not None
    }


def _from_environment(names: Collection[str], environment: Mapping[str, str]) -> dict[str, Told]:
    return {
        name: Told(value, f"the variable {variable}")
        for name in names
        # An empty one is how shells unset it. Kubernetes sets STATUSEK_PORT=tcp://… in every
        # container beside a service that is named statusek: nobody has said that to this server.
        if (value := environment.get(variable := PREFIX + name.upper()))
        and not (name == "port" and value.startswith("tcp://"))
    }


def _from_file(names: Collection[str], path: Path, source: str) -> dict[str, Told]:
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise ConfigurationError((Problem(source, f"names {path}, which {reason}"),)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError((Problem(str(path), f"is not TOML: {error}"),)) from error
    unknown = tuple(_unknown(path, key, names) for key in found if key not in names)
    if unknown:
        raise ConfigurationError(unknown)
    return {key: Told(value, f"{path}: {key}") for key, value in found.items()}


def _unknown(path: Path, key: str, names: Collection[str]) -> Problem:
    near = get_close_matches(key.lower().replace("-", "_"), names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"
    return Problem(f"{path}: {key}", f"is not a setting; {hint}")


def as_toml(values: Mapping[str, str | float | None], sources: Mapping[str, Told]) -> str:
    """Return settings as the text of a file, each with where it comes from.

    Args:
        values: The settings that may be shown; what is None is left out, as TOML has no null.
        sources: What the sources said; the rest are defaults.
    """
    lines: list[str] = []
    for name, value in values.items():
        source = sources[name].source if name in sources else "default"
        if value is None:
            lines.append(f"# {name}: none ({source})")
        else:
            lines.append(f"{name} = {toml_value(value)}  # {source}")
    return "\n".join(lines)
