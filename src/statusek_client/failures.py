"""The message of a body that has failed: what a run sets its bad end with.

Only that message lives here. An exception's text may hold what a status must not show (passwords,
paths, personal data), so it goes through a function that makes it fit to be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from csm import GeneralComponent, Note, Status, StatusMessage

LONGEST_TEXT: Final = 500
"""Characters of an exception's text that are told at most."""


def failure(
    error: BaseException, object_name: str | None, redact: Callable[[str], str] | None = None
) -> StatusMessage:
    """Return the message of a body that raised: the error's class, and its text as far as it fits.

    Args:
        error: what it raised.
        object_name: the object whose process it was, where it is known.
        redact: makes the text fit to be shown, "" to show none; where it fails, there is none.
            None for `csm.checks.redact_secrets`.
    """
    kind = type(error)
    title = kind.__qualname__
    if kind.__module__ != "builtins":
        title = f"{kind.__module__}.{title}"
    return StatusMessage(
        component=GeneralComponent(component_name=object_name or "process"),
        status=Status.ERROR,
        notes=(Note(title=title, detail=_text(error, redact)),),
    )


def _text(error: BaseException, redact: Callable[[str], str] | None) -> str | None:
    if redact is None:
        from csm.checks import redact_secrets

        redact = redact_secrets
    try:
        text = redact(str(error)).strip()
    except Exception:  # noqa: BLE001 (whatever it is, the body's exception is what matters)
        return None
    cut = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    return cut.encode("utf-8", "replace").decode() or None
