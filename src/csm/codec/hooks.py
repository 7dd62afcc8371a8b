"""The cattrs converter that knows status messages and their parts.

Only the registration of hooks lives here; they call the serializer and what it is made of, so there
is one behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from csm.catalogue import Catalogue
from csm.codec.diagnosis import component_from_plain, message_from_plain, note_from_plain
from csm.codec.options import Options
from csm.codec.values import COMPONENT, MESSAGE, NOTE, Json, plain_values
from csm.codec.writing import component_plain, note_plain
from csm.component import Component
from csm.errors import CsmValidationError, Problem
from csm.message import StatusMessage
from csm.note import Note
from csm.paths import ROOT

if TYPE_CHECKING:
    from cattrs import Converter

_DEFAULTS = Options()


def make_converter() -> Converter:
    """A new cattrs converter for classes that have messages, or parts of them, among their fields.

    It knows `StatusMessage`, `Note`, `Component` and its three kinds, the enums and the catalogues;
    all with the behaviour of the serializer with its defaults.

    Returns:
        A converter of its own, so that hooks registered on it reach nobody else.

    >>> import attrs
    >>> from csm import GeneralComponent
    >>> @attrs.frozen
    ... class Report:
    ...     host: str
    ...     message: StatusMessage
    >>> database = GeneralComponent(component_name="database")
    >>> report = Report("web-1", StatusMessage(component=database, epoch_seconds_timestamp=0))
    >>> converter = make_converter()
    >>> converter.unstructure(report)["message"]["component"]
    {'componentType': 'GENERAL', 'componentName': 'database'}
    >>> converter.structure(converter.unstructure(report), Report) == report
    True
    """
    from cattrs import Converter

    from csm.serializer import StatusMessageSerializer

    converter = Converter()
    converter.register_structure_hook(StatusMessage, _message)
    converter.register_unstructure_hook(StatusMessage, StatusMessageSerializer.to_dict)
    converter.register_structure_hook(Note, _note)
    converter.register_unstructure_hook(Note, note_plain)
    converter.register_structure_hook_func(_is_component, _component)
    converter.register_unstructure_hook_func(_is_component, component_plain)
    converter.register_unstructure_hook_func(_is_catalogue, _name)
    converter.register_structure_hook_func(_is_catalogue, _listed)
    return converter


def _is_component(cls: object) -> bool:
    return isinstance(cls, type) and issubclass(cls, Component)


def _is_catalogue(cls: object) -> bool:
    return isinstance(cls, type) and issubclass(cls, Catalogue)


def _message(values: Json, _: object) -> StatusMessage:
    return message_from_plain(_plain(values, MESSAGE), _DEFAULTS)


def _note(values: Json, _: object) -> Note:
    return note_from_plain(_plain(values, NOTE), _DEFAULTS)


def _component(values: Json, wanted: type[Component]) -> Component:
    component = component_from_plain(_plain(values, COMPONENT), _DEFAULTS)
    if not isinstance(component, wanted):
        message = f"is no {wanted.__name__}"
        raise CsmValidationError([Problem(ROOT, message, component.component_type.name)])
    return component


def _plain(values: Json, kind: int) -> Json:
    """Values checked as the serializer checks them; what is no object is left to the diagnosis."""
    if not isinstance(values, Mapping):
        return values
    return plain_values(dict(cast("Mapping[str, Json]", values)), _DEFAULTS, kind)


def _name(member: Catalogue) -> str:
    return member.name


def _listed(name: object, catalogue: type[Catalogue]) -> Catalogue:
    return catalogue(name)
