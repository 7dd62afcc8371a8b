"""The trace of a request: its identifier, and what became known about it on the way.

Here lives what a request leaves behind for the log and the metrics, and the one context variable
that carries it. Nothing here is secret: no message, no key, and of a token only its beginning.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from itertools import count
from secrets import token_hex
from typing import Final

from attrs import define

_SANE: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_ODD: Final = re.compile(r"[^A-Za-z0-9-]")

# Random numbers come from the operating system, which is slow about it; one for each process does.
_PROCESS: Final = token_hex(8)
_NUMBERS: Final = count(1)

SHOWN: Final = 8
"""Characters of a token that are shown: enough to find it, too few to use it."""


@define
class Trace:
    """What is known about a request.

    Args:
        request_id: Its identifier, the caller's own or a new one.
        call: What it called, once that is known; one of a small number of names.
        code: What came of it, once that is known; one of a small number of codes.
        token: The beginning of the instance's token, where there is one.
    """

    request_id: str
    call: str = ""
    code: str = ""
    token: str = ""


CURRENT: Final[ContextVar[Trace | None]] = ContextVar("statusek_trace", default=None)
"""The trace of the request that is being answered here."""


def note(call: str, code: str, token: str = "") -> None:
    """Note what a request called and what came of it; without a request it is nobody's.

    Args:
        call: One of a small number of names.
        code: One of a small number of codes.
        token: The instance's token, as the caller sent it.
    """
    trace = CURRENT.get()
    if trace is not None:
        trace.call, trace.code, trace.token = call, code, _ODD.sub("?", token[:SHOWN])


def request_id(header: bytes | None) -> str:
    """Return the identifier of a request: the caller's where it is sane, else a new one.

    Args:
        header: ``X-Request-ID`` as it came, or None.
    """
    if header is not None and _SANE.fullmatch(header):
        return header.decode("ascii")
    return f"{_PROCESS}-{next(_NUMBERS)}"


def shortened(path: str) -> str:
    """Return a path in which nothing is long enough to be a token.

    >>> shortened("/api/v1/instances/0b9a7c52-54a7-4b0e-9b39-3d2c9c9f1f11/events")
    '/api/v1/instances/0b9a7c52.../events'
    """
    parts = [part if len(part) <= 3 * SHOWN else f"{part[:SHOWN]}..." for part in path.split("/")]
    return "/".join(parts[:10])
