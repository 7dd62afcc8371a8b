"""The reference: what has to be in it, told without making it."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from documents.markdown import DOCS, PROJECT
from statusek_server import Settings

SOURCES = PROJECT / "src"
PRIVATE = {
    "csm.commands",
    "csm.render.text",
    "statusek_cli",
    "statusek_client.outbox",  # its class is a name of statusek_client
    "statusek_server.cli",
}


def described() -> set[str]:
    """Return the modules whose names the reference has."""
    pages = (page.read_text(encoding="utf-8") for page in DOCS.glob("reference/*.md"))
    return {name for page in pages for name in re.findall(r"automodule:: (\S+)", page)}


def offered() -> set[str]:
    """Return the modules that list what they offer."""
    paths = (path for path in SOURCES.rglob("*.py") if "\n__all__" in path.read_text("utf-8"))
    return {module_of(path) for path in paths}


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCES).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def test_every_public_module_is_in_the_reference() -> None:
    """A module that lists names is described, or is private for a reason that stands here."""
    assert offered() - PRIVATE <= described()
    assert set() == described() & PRIVATE


@pytest.mark.parametrize("module", sorted(described()))
def test_every_public_name_says_what_it_is(module: str) -> None:
    """Classes and functions in `__all__` have docstrings of their own."""
    names = getattr(importlib.import_module(module), "__all__", ())
    values = {name: getattr(importlib.import_module(module), name) for name in names}
    said = {name: value.__doc__ for name, value in values.items() if inspect.isclass(value)}
    said |= {name: value.__doc__ for name, value in values.items() if inspect.isroutine(value)}
    assert [] == [name for name, text in said.items() if not text]


def test_every_command_is_in_the_reference() -> None:
    """Both commands have a page of their own, made from their help."""
    pages = "".join(page.read_text("utf-8") for page in DOCS.glob("reference/command-*.md"))
    assert ["csm.commands.group:csm", "statusek_cli.frame:statusek"] == sorted(
        re.findall(r"\{command-help\} (\S+)", pages)
    )


def test_every_setting_is_in_the_table_of_settings() -> None:
    """The page about running a server has a row for each setting, with its default."""
    page = (DOCS / "operation.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert set(Settings.__annotations__) <= named
