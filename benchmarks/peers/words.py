"""The words of a status message as plain enums, for the libraries that read them into enums."""

from enum import Enum


class Status(Enum):
    """How a component is."""

    OK = "OK"
    WARN = "WARN"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class MessageType(Enum):
    """What a branch is about."""

    COMPONENT = "COMPONENT"
    EXTERNAL_DEPENDENCY = "EXTERNAL_DEPENDENCY"
    DATAFLOW_INBOUND = "DATAFLOW_INBOUND"
    DATAFLOW_OUTBOUND = "DATAFLOW_OUTBOUND"
    CLUSTER_NODE = "CLUSTER_NODE"


class Importance(Enum):
    """How urgent an action is."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


class Major(Enum):
    """An organisation's own applications."""

    SIA = "SIA"
    MADM = "MADM"


class External(Enum):
    """Applications from outside."""

    EDW = "EDW"
    DSB = "DSB"
    DIGITALSMITHS = "DIGITALSMITHS"


WORDS = {
    "status": Status,
    "statusMessageType": MessageType,
    "actionImportance": Importance,
    "MAJOR": Major,
    "MAJOR_EXTERNAL": External,
}
"""By JSON key, and the names of components by their type."""
