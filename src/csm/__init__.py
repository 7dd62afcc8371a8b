"""Commons Status Messages: build, read, write and compare them.

>>> import csm
>>> message = csm.StatusMessage(component=csm.MajorComponent(component_name="SIA"), status="WARN")
>>> csm.from_json_string(csm.to_json_string(message)) == message
True
"""

from typing import TYPE_CHECKING

from csm.catalogue import (
    MajorComponentType,
    MajorExternalComponentType,
    catalogue_sandbox,
    load_catalogue,
)
from csm.component import Component, GeneralComponent, MajorComponent, MajorExternalComponent
from csm.diff import Difference, diff
from csm.errors import CsmDecodeError, CsmError, CsmValidationError, Problem
from csm.message import StatusMessage
from csm.note import Note
from csm.serializer import StatusMessageSerializer, from_json_string, to_json_string
from csm.vocabulary import ActionImportance, ComponentType, Status, StatusMessageType

if TYPE_CHECKING:
    from csm.action import Action, actions
    from csm.builders import (
        GeneralComponentBuilder,
        MajorComponentBuilder,
        MajorExternalComponentBuilder,
        NoteBuilder,
        StatusMessageBuilder,
    )
    from csm.codec.hooks import make_converter
    from csm.codec.schema import json_schema
    from csm.merging import merge
    from csm.payload import payload_codecs

__all__ = [
    "Action",
    "ActionImportance",
    "Component",
    "ComponentType",
    "CsmDecodeError",
    "CsmError",
    "CsmValidationError",
    "Difference",
    "GeneralComponent",
    "GeneralComponentBuilder",
    "MajorComponent",
    "MajorComponentBuilder",
    "MajorComponentType",
    "MajorExternalComponent",
    "MajorExternalComponentBuilder",
    "MajorExternalComponentType",
    "Note",
    "NoteBuilder",
    "Problem",
    "Status",
    "StatusMessage",
    "StatusMessageBuilder",
    "StatusMessageSerializer",
    "StatusMessageType",
    "actions",
    "catalogue_sandbox",
    "diff",
    "from_json_string",
    "json_schema",
    "load_catalogue",
    "make_converter",
    "merge",
    "payload_codecs",
    "to_json_string",
]

_LATE = {
    "Action": "csm.action",
    "actions": "csm.action",
    "GeneralComponentBuilder": "csm.builders",
    "MajorComponentBuilder": "csm.builders",
    "MajorExternalComponentBuilder": "csm.builders",
    "NoteBuilder": "csm.builders",
    "StatusMessageBuilder": "csm.builders",
    "make_converter": "csm.codec.hooks",
    "json_schema": "csm.codec.schema",
    "merge": "csm.merging",
    "payload_codecs": "csm.payload",
}
"""Where the names are that only some programs need; the others start quicker without them."""

if not TYPE_CHECKING:  # else every name would be one to a type checker

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_LATE[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
