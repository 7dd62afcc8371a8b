"""Outcomes: what a check returned or raised, as a status message about its component.

Only this translation lives here; it knows no threads and no clock. What the log is told of an
exception is here, too, so that the report and the log are redacted by the same hand.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from csm.checks.check import Check
from csm.checks.redaction import MASK, Redact, redacted_message
from csm.construction import MAX_DEPTH
from csm.identity import identity
from csm.merging import merge
from csm.message import StatusMessage
from csm.note import Note
from csm.printable import printable
from csm.vocabulary import ActionImportance, Status

logger: logging.Logger = logging.getLogger("csm.checks")
# Without it Python would print warnings in a host that has no logging at all.
logger.addHandler(logging.NullHandler())

LONGEST_TEXT = 1_000
"""Characters of an exception's text that a report shows."""
_LONGEST_READ = 20_000


def message_of(check: Check, value: object, at: datetime, redact: Redact) -> StatusMessage:
    """Return what a check's answer says.

    Args:
        check: The check.
        value: What it returned: a StatusMessage, a Status, a Note or several, a bool or None.
        at: When it returned.
        redact: Masks the secrets of a text.

    Raises:
        TypeError: It returned something else.
        ValueError: It returned a message that is too deep to be part of another.
    """
    return redacted_message(_message_of(check, value, at), redact)


def _message_of(check: Check, value: object, at: datetime) -> StatusMessage:
    kind = type(value).__name__
    if value is None or value is True:
        return own_message(check, Status.OK, at)
    if value is False:
        return own_message(check, Status.ERROR, at)
    if isinstance(value, Status):
        return own_message(check, value, at)
    if isinstance(value, Note):
        return own_message(check, _status_of([value]), at, (value,))
    if isinstance(value, StatusMessage):
        return _placed(check, value)
    if isinstance(value, list | tuple):
        found = [note for note in cast("list[object]", value) if isinstance(note, Note)]
        if len(found) == len(cast("list[object]", value)):
            return own_message(check, _status_of(found), at, found)
    raise TypeError(
        f"it returned a value of type {kind}: expected a StatusMessage, a Status, "
        "a Note or a list of them, a bool or None"
    )


def own_message(
    check: Check, status: Status, at: datetime, notes: Iterable[Note] = ()
) -> StatusMessage:
    """Return a message about a check's own component."""
    return StatusMessage(
        component=check.component,
        status_message_type=check.status_message_type,
        status=status,
        timestamp=at,
        notes=tuple(notes),
    )


def _status_of(notes: list[Note]) -> Status:
    """A note with something to do is a warning; others are information."""
    asks = any(note.action_importance > ActionImportance.NONE for note in notes)
    return Status.WARN if asks else Status.OK


def _placed(check: Check, message: StatusMessage) -> StatusMessage:
    """Put a message where the check stands in the report, whatever component it is about."""
    if identity(message.component) != identity(check.component):
        return merge(
            check.component,
            [message],
            status=message.status,
            status_message_type=check.status_message_type,
            timestamp=message.timestamp,
            max_depth=MAX_DEPTH - 1,
        )
    if message.height == MAX_DEPTH:
        raise ValueError(
            f"it returned a message of {MAX_DEPTH} levels: one that is to be part of a report has "
            f"at most {MAX_DEPTH - 1}"
        )
    if message.status_message_type is check.status_message_type:
        return message
    return message.replace(status_message_type=check.status_message_type)


def failure_of(check: Check, error: BaseException, at: datetime, redact: Redact) -> StatusMessage:
    """Return what an exception says: ERROR, with the name of its class and its redacted text.

    Args:
        check: The check that raised it.
        error: The exception.
        at: When it was raised.
        redact: Masks the secrets of a text.
    """
    text = text_of(error, redact)
    note = Note(title=printable(type(error).__name__), detail=text or None)
    return own_message(check, Status.ERROR, at, (note,))


def text_of(error: BaseException, redact: Redact) -> str:
    """Return an exception's text, redacted, on one line, and not too long."""
    try:
        text = str(error)
    except Exception as broken:  # noqa: BLE001  # any code may run in there
        return f"(its text cannot be had: {type(broken).__name__})"
    # Cut after the masking: what makes a password one may stand behind it. And before it, for time.
    shown = redact(text[:_LONGEST_READ].encode("utf-8", "backslashreplace").decode())
    shown = printable(shown)
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[: LONGEST_TEXT - 1]}…"


def log_status(
    name: str, message: StatusMessage, error: BaseException | None, redact: Redact
) -> None:
    """Write to the log that a check went bad or has recovered.

    Args:
        name: The check.
        message: What it said.
        error: What it raised, if anything.
        redact: Masks the secrets of a text.
    """
    what = f"check {printable(name)}"
    if message.status < Status.ERROR:
        logger.info("%s: %s again", redact(what), message.status.name)
    elif error is not None:
        log_exception(what, error, redact)
    else:
        logger.warning("%s: %s", redact(what), message.status.name)


def log_exception(what: str, error: BaseException, redact: Redact) -> None:
    """Write an exception to the log: redacted as a warning, and as it is only for debugging.

    The warning has the places in the code and neither lines of it nor values, which may hold
    secrets.

    Args:
        what: What raised it.
        error: The exception.
        redact: Masks the secrets of a text.
    """
    frames = traceback.extract_tb(error.__traceback__, limit=50)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    told = redact(f"{what} raised {type(error).__name__}: ")
    logger.warning("%s%s; at %s", told, text_of(error, redact), redact(" < ".join(places[::-1])))
    logger.debug("%s raised", told, exc_info=error)


def safe(redact: Redact) -> Redact:
    """Return a redaction that masks the whole text where the given one fails."""

    def redact_or_mask(text: str) -> str:
        try:
            redacted: object = redact(text)
        except Exception as error:  # noqa: BLE001  # it is the application's
            logger.warning("redact= raised %s: the text is masked", type(error).__name__)
            return MASK
        return redacted if type(redacted) is str else MASK

    return redact_or_mask
