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

_MESSAGE = "The status of one component, and of everything below it."
_NOTE = "What there is to say about a status, and what to do about it."
_COMPONENT = "Who or what a status is about: anything, or an application of a catalogue."
_TIMES = "At least one of the two timestamps is there; both name the same second."
_DESCRIPTIONS = {
    keys.COMPONENT: "Who or what this is about.",
    keys.STATUS_MESSAGE_TYPE: (
        "What this branch is about: the component itself (COMPONENT, also where this is missing), "
        "an outside entity that it relies on (EXTERNAL_DEPENDENCY), data that it receives "
        "(DATAFLOW_INBOUND), data that it provides (DATAFLOW_OUTBOUND), its cluster and the nodes "
        "of it (CLUSTER_NODE)."
    ),
    keys.STATUS: "How the component is, from best to worst.",
    keys.EPOCH: f"The time in whole seconds since 1970-01-01T00:00:00Z. {_TIMES}",
    keys.ISO: f"The time as an RFC 3339 date-time; written in UTC and whole seconds. {_TIMES}",
    keys.NOTES: "What there is to say about the status.",
    keys.SUB_STATUSES: "The messages below this one.",
    keys.TITLE: "Says it in a few words.",
    keys.ACTION_IMPORTANCE: (
        "How urgent the action is: information only (NONE), when convenient (LOW), this working "
        "day (MEDIUM), as soon as possible (HIGH), wake someone up (URGENT)."
    ),
    keys.DETAIL: "Says it at length.",
    keys.DATA: "Data of any kind, as text.",
    keys.DATA_DESERIALIZATION_KEY: "Tells a reader how to read the data.",
    keys.ACTION_TO_TAKE: "What somebody should do.",
    keys.COMPONENT_TYPE: "The kind of the component, on which its names depend.",
    keys.COMPONENT_NAME: "The name: any for a general component, else one of a catalogue.",
    keys.SECONDARY_ID: "Narrows the name down, with a meaning that its application gives it.",
    keys.TERTIARY_ID: "Narrows it further.",
    keys.QUATERNARY_ID: "Narrows it further still.",
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the format, with the names that are registered now.

    Returns:
        A new dict, which the caller may change.

    >>> json_schema()["$defs"]["status"]["enum"]
    ['OK', 'WARN', 'ERROR', 'CRITICAL']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Commons Status Message",
        "description": _DESCRIPTION,
        "$ref": "#/$defs/statusMessage",
        "$defs": {
            "statusMessage": _status_message(),
            "note": _note(),
            "component": {
                "description": _COMPONENT,
                "oneOf": [_component(kind) for kind in ComponentType],
            },
            "status": _names(Status),
            "statusMessageType": _names(StatusMessageType),
            "actionImportance": _names(ActionImportance),
        },
    }


def _names(words: Iterable[Any]) -> dict[str, Any]:
    return {"enum": [word.name for word in words]}


def _optional_text() -> dict[str, Any]:
    return {"type": ["string", "null"]}


def _filled_text() -> dict[str, Any]:
    return {"type": "string", "minLength": 1}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(name: str) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": _ref(name)}


def _described(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: {"description": _DESCRIPTIONS[key]} | each for key, each in properties.items()}


def _status_message() -> dict[str, Any]:
    properties = {
        keys.COMPONENT: _ref("component"),
        keys.STATUS_MESSAGE_TYPE: _ref("statusMessageType"),
        keys.STATUS: _ref("status"),
        keys.EPOCH: {"type": "integer", "minimum": FIRST_SECOND, "maximum": LAST_SECOND},
        keys.ISO: {"type": "string", "pattern": f"^{RFC_3339}$"},
        keys.NOTES: _list_of("note"),
        keys.SUB_STATUSES: _list_of("statusMessage"),
    }
    return {
        "description": _MESSAGE,
        "type": "object",
        "properties": _described(properties),
        "required": [keys.COMPONENT, keys.STATUS],
        "anyOf": [{"required": [keys.EPOCH]}, {"required": [keys.ISO]}],
    }


def _note() -> dict[str, Any]:
    properties = {
        keys.TITLE: _filled_text(),
        keys.ACTION_IMPORTANCE: _ref("actionImportance"),
        keys.DETAIL: _optional_text(),
        keys.DATA: _optional_text(),
        keys.DATA_DESERIALIZATION_KEY: _optional_text(),
        keys.ACTION_TO_TAKE: _optional_text(),
    }
    return {
        "description": _NOTE,
        "type": "object",
        "properties": _described(properties),
        "required": [keys.TITLE, keys.ACTION_IMPORTANCE],
    }


def _component(kind: ComponentType) -> dict[str, Any]:
    names = {
        ComponentType.GENERAL: _filled_text(),
        ComponentType.MAJOR: _names(MajorComponentType),
        ComponentType.MAJOR_EXTERNAL: _names(MajorExternalComponentType),
    }
    properties = {
        keys.COMPONENT_TYPE: {"const": kind.name},
        keys.COMPONENT_NAME: names[kind],
        keys.SECONDARY_ID: _optional_text(),
        keys.TERTIARY_ID: _optional_text(),
        keys.QUATERNARY_ID: _optional_text(),
    }
    return {
        "type": "object",
        "properties": _described(properties),
        "required": [keys.COMPONENT_TYPE, keys.COMPONENT_NAME],
    }
