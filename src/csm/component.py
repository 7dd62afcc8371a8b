"""Components: who or what a status message is about.

Only the three kinds of component, their fields and their rules live here; no JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, TypedDict, TypeVar, Unpack, final

import attrs

from csm.catalogue import Catalogue, MajorComponentType, MajorExternalComponentType
from csm.construction import (
    Arguments,
    Making,
    Recipe,
    listed,
    reports_missing,
    required_text,
    text,
)
from csm.extra import NO_EXTRA, JsonValue, checked_extra, is_plain_text
from csm.paths import json_key
from csm.value import Draft, Value, changed, construct
from csm.vocabulary import ComponentType

C = TypeVar("C", bound="Component")


class _Ids(TypedDict, total=False):
    secondary_id: str | None
    tertiary_id: str | None
    quaternary_id: str | None
    extra: Mapping[str, JsonValue]


class ComponentDraft(Draft):
    """The fields of a component; one draft for all three kinds."""

    __slots__ = (
        "component_name",
        "extra",
        "quaternary_id",
        "secondary_id",
        "tertiary_id",
    )


class Component(ComponentDraft, Value):
    """The identity of a status message; one of its three kinds.

    Attributes:
        component_type: The kind, fixed by the class.
        component_name: The name, a string or a member of a catalogue.
        secondary_id: Narrows the name down, with a meaning that its application gives it.
        tertiary_id: Narrows it further.
        quaternary_id: Narrows it further still.
        extra: Unknown keys that came with it, or that are to go with it.
    """

    __slots__ = ()
    component_type: ClassVar[ComponentType]
    component_name: str | MajorComponentType | MajorExternalComponentType
    secondary_id: str | None
    tertiary_id: str | None
    quaternary_id: str | None
    extra: Mapping[str, JsonValue]

    def __new__(cls) -> Self:
        """Refuse: there is no component of no kind."""
        raise TypeError(
            "Component is abstract: use GeneralComponent, MajorComponent or MajorExternalComponent"
        )


class _GeneralComponentChanges(_Ids, total=False):
    component_name: str


# Nobody can assign to a component, so its name may be narrower than that of any component.
@final
@attrs.frozen(init=False, repr=False)
class GeneralComponent(Component):
    """Anything that no catalogue names: a subsystem, a vendor's application.

    Args:
        component_name: A string that is not empty.
        secondary_id: Narrows the name down.
        tertiary_id: Narrows it further.
        quaternary_id: Narrows it further still.
        extra: Unknown keys to go with it.

    Raises:
        CsmValidationError: An argument is missing or wrong.

    >>> GeneralComponent(component_name="Persistence")
    GeneralComponent(component_name='Persistence')
    """

    component_type: ClassVar[ComponentType] = ComponentType.GENERAL
    component_name: str  # pyright: ignore[reportIncompatibleVariableOverride]
    secondary_id: str | None
    tertiary_id: str | None
    quaternary_id: str | None
    extra: Mapping[str, JsonValue]

    @reports_missing("component_name")
    def __new__(
        cls,
        *,
        component_name: str,
        secondary_id: str | None = None,
        tertiary_id: str | None = None,
        quaternary_id: str | None = None,
        extra: Mapping[str, JsonValue] = NO_EXTRA,
    ) -> GeneralComponent:
        """See the class."""
        name = component_name
        if (
            is_plain_text(name)
            and name
            and extra is NO_EXTRA
            and (secondary_id is None or is_plain_text(secondary_id))
            and (tertiary_id is None or is_plain_text(tertiary_id))
            and (quaternary_id is None or is_plain_text(quaternary_id))
        ):
            made: Any = ComponentDraft()
            made.component_name = name
            made.secondary_id = secondary_id
            made.tertiary_id = tertiary_id
            made.quaternary_id = quaternary_id
            made.extra = NO_EXTRA
            made.__class__ = GeneralComponent
            component: GeneralComponent = made
            return component
        arguments: Arguments = {
            "component_name": component_name,
            "secondary_id": secondary_id,
            "tertiary_id": tertiary_id,
            "quaternary_id": quaternary_id,
            "extra": extra,
        }
        return construct(general_component_from, arguments)

    def replace(self, **changes: Unpack[_GeneralComponentChanges]) -> GeneralComponent:
        """A copy with other values; arguments as in the constructor."""
        return GeneralComponent(**changed(self, changes))

    __replace__ = replace


class _MajorComponentChanges(_Ids, total=False):
    component_name: MajorComponentType | str


@final
@attrs.frozen(init=False, repr=False)
class MajorComponent(Component):
    """One of the organisation's own applications.

    Args:
        component_name: A member of the catalogue, or its name.
        secondary_id: Narrows the name down.
        tertiary_id: Narrows it further.
        quaternary_id: Narrows it further still.
        extra: Unknown keys to go with it.

    Raises:
        CsmValidationError: An argument is missing or wrong.

    >>> MajorComponent(component_name="SIA")
    MajorComponent(component_name=MajorComponentType.SIA)
    """

    component_type: ClassVar[ComponentType] = ComponentType.MAJOR
    component_name: MajorComponentType  # pyright: ignore[reportIncompatibleVariableOverride]
    secondary_id: str | None
    tertiary_id: str | None
    quaternary_id: str | None
    extra: Mapping[str, JsonValue]

    @reports_missing("component_name")
    def __new__(
        cls,
        *,
        component_name: MajorComponentType | str,
        secondary_id: str | None = None,
        tertiary_id: str | None = None,
        quaternary_id: str | None = None,
        extra: Mapping[str, JsonValue] = NO_EXTRA,
    ) -> MajorComponent:
        """See the class."""
        name = component_name
        if type(name) is str:
            name = MajorComponentType.listing.get(name, name)
        if (
            type(name) is MajorComponentType
            and extra is NO_EXTRA
            and (secondary_id is None or is_plain_text(secondary_id))
            and (tertiary_id is None or is_plain_text(tertiary_id))
            and (quaternary_id is None or is_plain_text(quaternary_id))
        ):
            made: Any = ComponentDraft()
            made.component_name = name
            made.secondary_id = secondary_id
            made.tertiary_id = tertiary_id
            made.quaternary_id = quaternary_id
            made.extra = NO_EXTRA
            made.__class__ = MajorComponent
            component: MajorComponent = made
            return component
        arguments: Arguments = {
            "component_name": component_name,
            "secondary_id": secondary_id,
            "tertiary_id": tertiary_id,
            "quaternary_id": quaternary_id,
            "extra": extra,
        }
        return construct(major_component_from, arguments)

    def replace(self, **changes: Unpack[_MajorComponentChanges]) -> MajorComponent:
        """A copy with other values; arguments as in the constructor."""
        return MajorComponent(**changed(self, changes))

    __replace__ = replace


class _MajorExternalComponentChanges(_Ids, total=False):
    component_name: MajorExternalComponentType | str


@final
@attrs.frozen(init=False, repr=False)
class MajorExternalComponent(Component):
    """A common application from outside the organisation.

    Args:
        component_name: A member of the catalogue, or its name.
        secondary_id: Narrows the name down.
        tertiary_id: Narrows it further.
        quaternary_id: Narrows it further still.
        extra: Unknown keys to go with it.

    Raises:
        CsmValidationError: An argument is missing or wrong.

    >>> MajorExternalComponent(component_name="EDW")
    MajorExternalComponent(component_name=MajorExternalComponentType.EDW)
    """

    component_type: ClassVar[ComponentType] = ComponentType.MAJOR_EXTERNAL
    component_name: MajorExternalComponentType  # pyright: ignore[reportIncompatibleVariableOverride]
    secondary_id: str | None
    tertiary_id: str | None
    quaternary_id: str | None
    extra: Mapping[str, JsonValue]

    @reports_missing("component_name")
    def __new__(
        cls,
        *,
        component_name: MajorExternalComponentType | str,
        secondary_id: str | None = None,
        tertiary_id: str | None = None,
        quaternary_id: str | None = None,
        extra: Mapping[str, JsonValue] = NO_EXTRA,
    ) -> MajorExternalComponent:
        """See the class."""
        name = component_name
        if type(name) is str:
            name = MajorExternalComponentType.listing.get(name, name)
        if (
            type(name) is MajorExternalComponentType
            and extra is NO_EXTRA
            and (secondary_id is None or is_plain_text(secondary_id))
            and (tertiary_id is None or is_plain_text(tertiary_id))
            and (quaternary_id is None or is_plain_text(quaternary_id))
        ):
            made: Any = ComponentDraft()
            made.component_name = name
            made.secondary_id = secondary_id
            made.tertiary_id = tertiary_id
            made.quaternary_id = quaternary_id
            made.extra = NO_EXTRA
            made.__class__ = MajorExternalComponent
            component: MajorExternalComponent = made
            return component
        arguments: Arguments = {
            "component_name": component_name,
            "secondary_id": secondary_id,
            "tertiary_id": tertiary_id,
            "quaternary_id": quaternary_id,
            "extra": extra,
        }
        return construct(major_external_component_from, arguments)

    def replace(self, **changes: Unpack[_MajorExternalComponentChanges]) -> MajorExternalComponent:
        """A copy with other values; arguments as in the constructor."""
        return MajorExternalComponent(**changed(self, changes))

    __replace__ = replace


COMPONENT_KINDS = frozenset({GeneralComponent, MajorComponent, MajorExternalComponent})

_CATALOGUES: Mapping[type[Component], type[Catalogue]] = {
    MajorComponent: MajorComponentType,
    MajorExternalComponent: MajorExternalComponentType,
}
_IDS = ("secondary_id", "tertiary_id", "quaternary_id")
_KNOWN_KEYS = frozenset(map(json_key, ("component_type", "component_name", *_IDS)))


def new_component(
    cls: type[C],
    name: str | Catalogue | None,
    ids: Sequence[str | None],
    extra: Mapping[str, JsonValue],
) -> C:
    """A component from fields that have been checked."""
    made: Any = ComponentDraft()
    made.component_name = name
    made.secondary_id, made.tertiary_id, made.quaternary_id = ids
    made.extra = extra
    made.__class__ = cls
    component: C = made
    return component


def _recipe(cls: type[C]) -> Recipe[C]:
    """How a component of one kind is made out of arguments."""
    catalogue = _CATALOGUES.get(cls)

    def make(arguments: Arguments, making: Making, path: str) -> C | None:
        before = len(making.problems)
        name: str | Catalogue | None
        if catalogue is None:
            name = required_text(arguments, "component_name", making, path)
        else:
            name = listed(catalogue, "component_name", arguments, making, path)
        ids = [text(arguments, id_, making, path) for id_ in _IDS]
        extra = checked_extra(arguments.get("extra", NO_EXTRA), _KNOWN_KEYS, making.problems, path)
        if len(making.problems) > before:
            return None
        return new_component(cls, name, ids, extra)

    return make


general_component_from: Recipe[GeneralComponent] = _recipe(GeneralComponent)
major_component_from: Recipe[MajorComponent] = _recipe(MajorComponent)
major_external_component_from: Recipe[MajorExternalComponent] = _recipe(MajorExternalComponent)
