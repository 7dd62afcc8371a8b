"""Reading: what an answer of another application says, in whichever format it is.

Only the way from a reply to a message lives here; pure.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from csm.errors import CsmError
from csm.formats import FORMATS, Format
from csm.message import StatusMessage
from csm.note import Note
from csm.printable import printable
from csm.remote.address import shown_url
from csm.remote.errors import RemoteStatusError
from csm.remote.fetch import Reply
from csm.vocabulary import ActionImportance, Status

_LONGEST: Final = 300
READABLE: Final = {
    media_type.partition(";")[0]: each
    for each in FORMATS.values()
    if each.read is not None
    for media_type in (*each.media_types, *each.also_read)
}
"""The formats that can be read, by media type."""


def accept_of(form: Format | None) -> str:
    """Return what to ask for: one format, or all that can be read, CSM first."""
    if form is None:
        first, *others = READABLE
        return ", ".join((first, *(f"{media_type};q=0.5" for media_type in others)))
    return ", ".join((*form.media_types, *form.also_read, "*/*;q=0.1"))


def message_of(reply: Reply, source: str, form: Format | None) -> StatusMessage:
    """Return what a reply says.

    Args:
        reply: The reply.
        source: Whose it is.
        form: Its format; None where the content type tells.

    Raises:
        RemoteStatusError: It says nothing that can be read.
    """
    if HTTPStatus.MULTIPLE_CHOICES <= reply.code < HTTPStatus.BAD_REQUEST:
        place = shown_url(reply.location) if reply.location else "nowhere"
        reason = f"answers HTTP {reply.code} and leads to {place}: ask the right address itself"
        raise RemoteStatusError(source, reason)
    form = form or READABLE.get(reply.media_type)
    if form is None or form.read is None:
        kind = printable(reply.media_type[:100]) or "nothing"
        reason = f"answers HTTP {reply.code} with {kind}, which is no status that can be read"
        raise RemoteStatusError(source, reason)
    try:
        message = form.read(reply.body)
    except CsmError as error:
        reason = f"answers HTTP {reply.code} with what is no status in the format {form.name}"
        first = printable(str(error).splitlines()[0])[:_LONGEST]
        raise RemoteStatusError(source, f"{reason}: {first}") from error
    return _no_better_than(reply.code, message)


def _no_better_than(code: int, message: StatusMessage) -> StatusMessage:
    """Believe the worse of code and body: whoever reads only one of them has to be right."""
    if code < HTTPStatus.BAD_REQUEST or message.status >= Status.ERROR:
        return message
    note = Note(
        title=f"It was answered with HTTP {code}",
        detail=f"Its own status is {message.status.name}, which does not go together.",
        action_importance=ActionImportance.MEDIUM,
        action_to_take="Find out who answered, the application or something in front of it",
    )
    return message.replace(status=Status.ERROR, notes=(*message.notes, note))
