"""What all objects of a message have in common as Python values.

Only copying and showing live here; the fields and their rules are in `component` and `message`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

import attrs

from csm.catalogue import Catalogue
from csm.construction import Arguments, Making, Recipe
from csm.extra import Extra
from csm.paths import ROOT
from csm.vocabulary import Vocabulary


V = TypeVar("V", bound="Value")


class Value:
    """An immutable object: a copy is the object itself."""

    __slots__ = ("__weakref__",)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        fields = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        return restored, (type(self), fields)

    def __repr__(self) -> str:
        # A loop, and joins: two frames a level, so that a message of full depth can be shown.
        shown: list[str] = []
        for name, value in given_fields(self).items():
            if isinstance(value, tuple):
                comma = "," if len(value) == 1 else ""
                shown.append(f"{name}=({', '.join(map(repr, value))}{comma})")
            elif isinstance(value, Vocabulary | Catalogue):
                shown.append(f"{name}={value}")
            else:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def given_fields(value: Value) -> dict[str, Any]:
    """The arguments that make an equal object, without those that are None or empty."""
    found: dict[str, Any] = {}
    for field in attrs.fields(type(value)):
        given = getattr(value, field.name)
        if (
            field.init
            and given is not None
            and not (isinstance(given, tuple | Extra) and not given)
        ):
            found[field.name] = given
    return found


def restored(cls: type[Any], fields: Mapping[str, object]) -> Any:
    """An object from all its fields, which have been checked before."""
    fresh = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(fresh, name, value)
    return fresh


def construct(unfinished: V, recipe: Recipe[V], arguments: Arguments) -> None:
    """Give an object that Python has just allocated the fields that its arguments make.

    Raises:
        CsmValidationError: An argument is missing or wrong.
    """
    making = Making()
    made = making.finish(recipe(arguments, making, ROOT))
    for field in attrs.fields(type(made)):
        object.__setattr__(unfinished, field.name, getattr(made, field.name))


def draft_of(cls: type[Value]) -> Any:
    """A class with the layout of a frozen one and nothing that stops assignments.

    An object is filled in as a draft and then declared to be of its class: three times as fast as going
    round the `__setattr__` of a frozen class for each field.
    """
    body = {
        "__slots__": cls.__dict__["__slots__"],
        "__init__": object.__init__,
        "__setattr__": object.__setattr__,
    }
    return type(f"_{cls.__name__}Draft", (cls.__base__,), body)
