"""What a Statusek server answers, as frozen values: Finish, Readiness, Event, About.

Only values and what can be said from them alone live here. How an answer is read from the wire is
in `wire`; nothing here does I/O or knows a JSON key.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from csm import StatusMessage


class FinishReason(enum.StrEnum):
    """Why an instance is finished; a server of the flat dialect does not tell."""

    TIMEOUT = "TIMEOUT"
    STOP_STATUS_IS_SET = "STOP_STATUS_IS_SET"
    ALL_MANDATORY_STATUSES_ARE_SET = "ALL_MANDATORY_STATUSES_ARE_SET"


@attrs.frozen
class Finish:
    """Whether an instance is finished, and why; true when it is.

    >>> bool(Finish(is_finished=False))
    False
    """

    is_finished: bool
    reason: FinishReason | None = None

    def __bool__(self) -> bool:
        return self.is_finished


@attrs.frozen
class Readiness:
    """Whether a status may be set now, and the server's words if not; true when it may.

    >>> bool(Readiness(is_ready=True))
    True
    """

    is_ready: bool
    description: str = ""

    def __bool__(self) -> bool:
        return self.is_ready


@attrs.frozen(kw_only=True)
class Event:
    """One status that was set: which, when, and the message that came with it.

    `status_type` is the server's word (MANDATORY, OPTIONAL, STOP-STATUS); `created` is aware, to
    the microsecond; `message` is "" where none was given, None where the server keeps none;
    `object_id` and `status_id` are the server's own numbers.
    """

    status_name: str
    status_type: str
    description: str = ""
    created: datetime
    message: str | None = None
    object_id: int
    status_id: int

    @property
    def csm(self) -> StatusMessage | None:
        """The message as a StatusMessage, names that this process does not know kept.

        None where the text is not a Commons Status Message.
        """
        if self.message is None or not self.message.lstrip().startswith("{"):
            return None
        from csm import CsmError, StatusMessageSerializer

        try:
            return StatusMessageSerializer(unknown_values="keep").from_json_string(self.message)
        except CsmError:
            return None


@attrs.frozen
class About:
    """What a server says of itself: the version of its database, where it comes from."""

    db_version: str
    home_page: str
