"""The field names of the wire.

Only the JSON keys of the three kinds of object live here, in the order in which they are written.
"""

from __future__ import annotations

from typing import Final

COMPONENT: Final = "component"
STATUS_MESSAGE_TYPE: Final = "statusMessageType"
STATUS: Final = "status"
EPOCH: Final = "epochSecondsTimestamp"
ISO: Final = "iso8601UtcTimestamp"
NOTES: Final = "notes"
SUB_STATUSES: Final = "subStatuses"

TITLE: Final = "title"
ACTION_IMPORTANCE: Final = "actionImportance"
DETAIL: Final = "detail"
DATA: Final = "data"
DATA_DESERIALIZATION_KEY: Final = "dataDeserializationKey"
ACTION_TO_TAKE: Final = "actionToTake"

COMPONENT_TYPE: Final = "componentType"
COMPONENT_NAME: Final = "componentName"
SECONDARY_ID: Final = "secondaryId"
TERTIARY_ID: Final = "tertiaryId"
QUATERNARY_ID: Final = "quaternaryId"
