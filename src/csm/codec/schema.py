"""The JSON Schema of a status message, generated from the classes' words and the catalogues.

Only the schema lives here. It accepts all that the default reader accepts; what only a reader can
see is listed in its description.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.codec import keys
from csm.timestamps import FIRST_SECOND, LAST_SECOND, RFC_3339
from csm.vocabulary import ActionImportance, ComponentType, Status, StatusMessageType

_DESCRIPTION = (
    "A Commons Status Message. A reader also rejects what no schema can see: timestamps that name "
    "different seconds; dates that do not exist, or leave the years 1 to 9999; whole numbers with "
    "a fraction or an exponent (integral floats); keys that stand twice in one object (duplicate "
    "keys); lone surrogates; numbers beyond a double; a size over 16 MiB; a depth of more than 100 "
    "messages, or of more than 100 levels in an unknown value."
)

_OPTIONAL_TEXT = {"type": ["string", "null"]}
_FILLED_TEXT = {"type": "string", "minLength": 1}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the format, with the names that are registered now.

    Returns:
        A new dict, which the caller may change.

    >>> json_schema()["$defs"]["status"]
    {'enum': ['OK', 'WARN', 'ERROR', 'CRITICAL']}
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Commons Status Message",
        "description": _DESCRIPTION,
        "$ref": "#/$defs/statusMessage",
        "$defs": {
            "statusMessage": _status_message(),
            "note": _note(),
            "component": {"oneOf": [_component(kind) for kind in ComponentType]},
            "status": _names(Status),
            "statusMessageType": _names(StatusMessageType),
            "actionImportance": _names(ActionImportance),
        },
    }


def _names(words: Iterable[Any]) -> dict[str, Any]:
    return {"enum": [word.name for word in words]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(name: str) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": _ref(name)}


def _status_message() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            keys.COMPONENT: _ref("component"),
            keys.STATUS_MESSAGE_TYPE: _ref("statusMessageType"),
            keys.STATUS: _ref("status"),
            keys.EPOCH: {"type": "integer", "minimum": FIRST_SECOND, "maximum": LAST_SECOND},
            keys.ISO: {"type": "string", "pattern": f"^{RFC_3339}$"},
            keys.NOTES: _list_of("note"),
            keys.SUB_STATUSES: _list_of("statusMessage"),
        },
        "required": [keys.COMPONENT, keys.STATUS],
        "anyOf": [{"required": [keys.EPOCH]}, {"required": [keys.ISO]}],
    }


def _note() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            keys.TITLE: _FILLED_TEXT.copy(),
            keys.ACTION_IMPORTANCE: _ref("actionImportance"),
            keys.DETAIL: _OPTIONAL_TEXT.copy(),
            keys.DATA: _OPTIONAL_TEXT.copy(),
            keys.DATA_DESERIALIZATION_KEY: _OPTIONAL_TEXT.copy(),
            keys.ACTION_TO_TAKE: _OPTIONAL_TEXT.copy(),
        },
        "required": [keys.TITLE, keys.ACTION_IMPORTANCE],
    }


def _component(kind: ComponentType) -> dict[str, Any]:
    names = {
        ComponentType.GENERAL: _FILLED_TEXT.copy(),
        ComponentType.MAJOR: _names(MajorComponentType),
        ComponentType.MAJOR_EXTERNAL: _names(MajorExternalComponentType),
    }
    return {
        "type": "object",
        "properties": {
            keys.COMPONENT_TYPE: {"const": kind.name},
            keys.COMPONENT_NAME: names[kind],
            keys.SECONDARY_ID: _OPTIONAL_TEXT.copy(),
            keys.TERTIARY_ID: _OPTIONAL_TEXT.copy(),
            keys.QUATERNARY_ID: _OPTIONAL_TEXT.copy(),
        },
        "required": [keys.COMPONENT_TYPE, keys.COMPONENT_NAME],
    }
