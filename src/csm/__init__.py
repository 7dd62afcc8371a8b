"""Commons Status Messages: build, read, write and compare them.

>>> import csm
>>> message = csm.StatusMessage(component=csm.MajorComponent(component_name="SIA"), status="WARN")
>>> csm.from_json_string(csm.to_json_string(message)) == message
True
"""

from csm.action import Action, actions
from csm.builders import (
    GeneralComponentBuilder,
    MajorComponentBuilder,
    MajorExternalComponentBuilder,
    NoteBuilder,
    StatusMessageBuilder,
)
from csm.catalogue import (
    MajorComponentType,
    MajorExternalComponentType,
    catalogue_sandbox,
    load_catalogue,
)
from csm.codec.hooks import make_converter
from csm.codec.schema import json_schema
from csm.component import Component, GeneralComponent, MajorComponent, MajorExternalComponent
from csm.diff import Difference, diff
from csm.errors import CsmDecodeError, CsmError, CsmValidationError, Problem
from csm.merging import merge
from csm.message import Note, StatusMessage
from csm.payload import payload_codecs
from csm.serializer import StatusMessageSerializer, from_json_string, to_json_string
from csm.vocabulary import ActionImportance, ComponentType, Status, StatusMessageType

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
