"""What a benchmark needs to know about a library: how its messages are made, written and read.

Only that interface, and the making of messages through it, live here. It imports next to nothing,
because the time that its users take to import is measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

Plain: TypeAlias = dict[str, Any]
"""A message as JSON keys and plain values."""
Kind: TypeAlias = Callable[..., Any]
"""A class, or what is called like one."""


def as_is(name: str) -> str:
    """The keyword for a JSON key, where it is the same."""
    return name


def snake_case(name: str) -> str:
    """The keyword for a JSON key in Python's usual spelling."""
    return re.sub("([A-Z])", lambda found: f"_{found[0].lower()}", name)


class Kinds(NamedTuple):
    """What a library's messages are made of.

    Args:
        message: Makes a message out of keywords.
        note: Makes a note.
        components: Make a component, by its type.
        words: Make a value out of a text, by the JSON key; for components, by the type.
        keyword: The keyword for a JSON key.
        derived: The JSON keys that the constructor works out by itself.
    """

    message: Kind
    note: Kind
    components: Mapping[str, Kind]
    words: Mapping[str, Callable[[str], object]] = {}
    keyword: Callable[[str], str] = snake_case
    derived: frozenset[str] = frozenset()

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The keywords for some plain values."""
        return {
            self.keyword(key): self.words[key](value) if key in self.words else value
            for key, value in values.items()
            if key not in self.derived
        }


class Peer(NamedTuple):
    """A library that makes, writes and reads messages.

    Args:
        name: As it stands in the tables.
        encode: Writes a message, as str or bytes, whichever the library has at first hand.
        decode: Reads one from bytes.
        kinds: What its messages are made of; None where it has no objects of its own.
        packages: The distributions whose versions matter.
    """

    name: str
    encode: Callable[[Any], str | bytes]
    decode: Callable[[bytes], object]
    kinds: Kinds | None = None
    packages: tuple[str, ...] = ()


class Recipe(NamedTuple):
    """All that the making of one message takes, ready but for the calls of the constructors."""

    component: Kind
    component_arguments: dict[str, Any]
    arguments: dict[str, Any]
    notes: list[dict[str, Any]]
    below: list[Recipe]


def recipe_of(plain: Plain, kinds: Kinds) -> Recipe:
    """How a library makes the message that plain values stand for."""
    component = dict(plain["component"])
    kind = component.pop("componentType")
    if kind in kinds.words:
        component["componentName"] = kinds.words[kind](component["componentName"])
    own = {key: plain[key] for key in plain if key not in {"component", "notes", "subStatuses"}}
    return Recipe(
        kinds.components[kind],
        kinds.arguments(component),
        kinds.arguments(own),
        [kinds.arguments(note) for note in plain.get("notes", ())],
        [recipe_of(below, kinds) for below in plain.get("subStatuses", ())],
    )


def made(recipe: Recipe, kinds: Kinds) -> Any:  # noqa: ANN401  # each library has its own class
    """The message that a recipe makes."""
    arguments = dict(recipe.arguments)
    if recipe.notes:
        arguments["notes"] = [kinds.note(**note) for note in recipe.notes]
    if recipe.below:
        arguments[kinds.keyword("subStatuses")] = [made(below, kinds) for below in recipe.below]
    component = recipe.component(**recipe.component_arguments)
    return kinds.message(component=component, **arguments)
