"""What all objects of a message have in common as Python values.

Only copying and showing live here; the fields and their rules are in `component` and `message`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar, cast

import attrs

from csm.catalogue import Catalogue
from csm.construction import Arguments, Making, Recipe
from csm.extra import Extra
from csm.paths import ROOT
from csm.vocabulary import Vocabulary

V = TypeVar("V", bound="Value")


class Draft:
    """An object that is being put together: a place for each field, none of them locked.

    The frozen class of the same fields derives from it. To fill in a draft and then to declare it
    to be of that class takes a third of the time of going round the class's `__setattr__`.
    """

    __slots__ = ("__weakref__",)


class Value:
    """An immutable object: a copy is the object itself."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        for base in cls.__bases__:
            if getattr(base, "__final__", False):
                raise TypeError(f"{base.__name__} cannot be derived from: keep one in an attribute")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        fields = {
            each.name: getattr(self, each.name) if each.init else None for each in fields_of(self)
        }
        return restored, (type(self), fields)

    def __repr__(self) -> str:
        return shown(self, {})


def shown(value: Value, texts: Mapping[str, Sequence[str]]) -> str:
    """An object as the call that makes it.

    Args:
        value: The object.
        texts: By name of a field, how the elements of its tuple are shown where that is known.
    """
    arguments: list[str] = []
    for name, given in given_fields(value).items():
        if isinstance(given, tuple):
            elements = texts.get(name) or list(map(repr, cast("tuple[object, ...]", given)))
            comma = "," if len(elements) == 1 else ""
            arguments.append(f"{name}=({', '.join(elements)}{comma})")
        elif isinstance(given, Vocabulary | Catalogue):
            arguments.append(f"{name}={given}")
        else:
            arguments.append(f"{name}={given!r}")
    return f"{type(value).__name__}({', '.join(arguments)})"


def fields_of(value: Value) -> tuple[attrs.Attribute[Any], ...]:
    """The fields of an object's class."""
    fields: tuple[attrs.Attribute[Any], ...]
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(value)))
    return fields


def given_fields(value: Value) -> dict[str, Any]:
    """The arguments that make an equal object, without those that are None or empty."""
    found: dict[str, Any] = {}
    for field in fields_of(value):
        given = getattr(value, field.name)
        if (
            field.init
            and given is not None
            and not (isinstance(given, tuple | Extra) and not given)
        ):
            found[field.name] = given
    return found


def changed(value: Value, changes: Mapping[str, object]) -> dict[str, Any]:
    """The arguments that make a changed copy."""
    return {**given_fields(value), **changes}


def restored(cls: type[V], fields: Mapping[str, object]) -> V:
    """An object from all its fields, which have been checked before; for unpickling."""
    fresh = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(fresh, name, value)
    return fresh


def all_are(cls: type[Value], values: object) -> bool:
    """Whether something is a list or tuple of objects of one class, with nothing left to build."""
    if type(values) is not list and type(values) is not tuple:
        return False
    # A loop, because a generator costs as much again as a short list.
    for value in cast("list[object]", values):  # noqa: SIM110
        if type(value) is not cls:
            return False
    return True


def construct(recipe: Recipe[V], arguments: Arguments) -> V:
    """The object that the arguments of a constructor make.

    Raises:
        CsmValidationError: An argument is missing or wrong.
    """
    making = Making()
    return making.finish(recipe(arguments, making, ROOT))
