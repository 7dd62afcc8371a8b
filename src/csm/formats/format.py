"""A format: how another world says how an application is, and what of a message fits into it.

Only the value lives here that every converter is; the formats are modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from csm.message import StatusMessage


@attrs.frozen
class Format:
    """A converter from and to another format.

    Attributes:
        name: How it is asked for.
        media_types: What a body that is written may be called, the usual name first.
        write: Returns a message as a body.
        loses: What does not come back, as clauses; empty where everything does.
        read: Returns a body as a message; None where a format is only written. May raise
            CsmDecodeError and CsmValidationError.
        also_read: Further media types that `read` understands.
        tells_ages: Whether a body says how long ago things were, so that it is soon out of date.
        is_always_success: Whether HTTP says 200 whatever the status is.
    """

    name: str
    media_types: tuple[str, ...]
    write: Callable[[StatusMessage], bytes]
    loses: tuple[str, ...] = ()
    read: Callable[[bytes], StatusMessage] | None = None
    also_read: tuple[str, ...] = ()
    tells_ages: bool = False
    is_always_success: bool = False
