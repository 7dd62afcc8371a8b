"""What happens to a text that is not one of the simple ones: the quickest way to the whole truth.

Only the order of the steps lives here: is the text strict JSON? is it the suspected message that is
wrong? and if not, what does `diagnosis` say to all of it?
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from csm.codec import document
from csm.codec.diagnosis import message_from_plain, raise_first_problem
from csm.codec.options import Options
from csm.codec.plain_reading import Progress, has_surprises
from csm.codec.values import Json, strings_in
from csm.extra import MAX_NESTING
from csm.message import StatusMessage


@attrs.frozen
class Suspicion:
    """Where a fast reader gave up.

    Attributes:
        suspect: The message that is not simple.
        indexes: The indexes in the lists of sub-statuses that lead to it.
        unread: What has not been counted; with what is below, the rest of the document.
        strings: The number of strings, keys included, in what has been counted.
    """

    suspect: Json
    indexes: Sequence[int]
    unread: Sequence[Json]
    strings: int


def suspicion_of(progress: Progress) -> Suspicion:
    """Where the reader of the standard library gave up."""
    last = len(progress.made) - 1
    unread = progress.order[last:]
    return Suspicion(unread[0], progress.last_indexes(), unread, progress.strings)


def message_at_second_look(
    text: str, data: bytes, root: Json, suspicion: Suspicion, options: Options
) -> StatusMessage:
    """The message of a text that JSON's own reader accepted.

    Args:
        text: The text.
        data: The same in UTF-8.
        root: What JSON's reader made of it.
        suspicion: What a fast reader found.
        options: The options of the reader.

    Raises:
        CsmDecodeError: The text is not acceptable JSON.
        CsmValidationError: Its values are not a message.
    """
    if not _is_strict(data, root, suspicion, options):
        return message_from_plain(document.parsed(text, options), options)
    if options.problems == "first":
        raise_first_problem(suspicion.suspect, suspicion.indexes, options)
    return message_from_plain(root, options)


def _is_strict(data: bytes, root: Json, suspicion: Suspicion, options: Options) -> bool:
    """Whether nothing in a text can end in a CsmDecodeError; if in doubt, it is not strict."""
    if not isinstance(root, dict):
        return False
    # What is unread is at most one level below the suspect; a level of messages is two of JSON.
    levels = 2 * (options.max_depth - len(suspicion.indexes) - 1)
    strings = strings_in(suspicion.unread, min(levels, MAX_NESTING))
    return strings is not None and not has_surprises(data, suspicion.strings + strings)
