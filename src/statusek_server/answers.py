"""Answers: what a call gives back when it was done, or the refusal when it was not.

Here live frozen values between the use cases and the dialects: no JSON keys, no texts.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto

from attrs import frozen

from statusek_server.models import Status
from statusek_server.outcomes import Code, FinishReason, Refusal


class Call(Enum):
    """The calls that the two dialects know, whatever their paths."""

    ABOUT = auto()
    BEAT = auto()
    CHECK_IS_FINISHED = auto()
    CHECK_STATUS_IS_READY_TO_SET = auto()
    CHECK_STATUS_IS_SET = auto()
    CREATE = auto()
    GET_EVENTS = auto()
    SET_GLOBAL_STATUS = auto()
    SET_STATUS = auto()


@frozen
class Done:
    """It was done, and there is nothing more to say."""

    @property
    def code(self) -> Code:
        """What happened."""
        return Code.SUCCESS


@frozen
class Created(Done):
    """A new instance.

    Args:
        token: Its name, a UUID.
    """

    token: str


@frozen
class Finished:
    """Whether an instance is finished.

    Args:
        reason: Why it is, or None while it is open.
    """

    reason: FinishReason | None

    @property
    def code(self) -> Code:
        """What happened."""
        return Code.INSTANCE_IS_FINISHED if self.reason else Code.INSTANCE_IS_NOT_FINISHED


@frozen
class Presence:
    """Whether a status is set."""

    is_set: bool

    @property
    def code(self) -> Code:
        """What happened."""
        return Code.STATUS_IS_SET if self.is_set else Code.STATUS_IS_NOT_SET


@frozen
class Readiness:
    """Whether a status may be set now.

    Args:
        obstacle: What stands in the way, or None.
    """

    obstacle: Refusal | None

    @property
    def code(self) -> Code:
        """What happened."""
        return self.obstacle.code if self.obstacle else Code.SUCCESS


@frozen
class Event:
    """A status that was set.

    Args:
        object_id: The number of the object.
        status_id: The number of the status.
        status: The status in the version of the model that the instance runs on.
        defined_at: When that version was published.
        message: The text that came with it.
        created_at: When it was set.
    """

    object_id: int
    status_id: int
    status: Status
    defined_at: datetime
    message: str
    created_at: datetime


@frozen
class Events(Done):
    """The events of an instance, in the order in which they were set."""

    events: tuple[Event, ...]


@frozen
class About(Done):
    """What the server is.

    Args:
        version: The version of the service whose wire it speaks.
        home_page: Where to read about it.
    """

    version: str
    home_page: str


Answer = Done | Finished | Presence | Readiness | Refusal
"""What came of a call; ``code`` tells programs, and what else there is tells the rest."""
