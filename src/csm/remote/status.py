"""Remote statuses: another application, asked as a check.

Only the check lives here, and what it makes of the message that comes back: where that came from,
how old it is, and how much of it is taken in.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final, cast

from csm.checks.check import positive
from csm.checks.clock import SYSTEM_CLOCK, Clock
from csm.checks.route import ASKING, Asking
from csm.component import GeneralComponent
from csm.construction import MAX_DEPTH
from csm.formats import format_of
from csm.identity import identity
from csm.merging import branch
from csm.message import StatusMessage
from csm.note import Note
from csm.remote.address import address_of
from csm.remote.fetch import fetch
from csm.remote.reading import accept_of, message_of
from csm.vocabulary import ActionImportance, Status

_MEGABYTE: Final = 1024 * 1024
_NOBODY: Final = Asking(GeneralComponent(component_name="nobody"), ())


class RemoteStatus:
    """Another application's status, to be a check of a reporter.

    It is asked over HTTP, in any format that `csm.formats` reads, and told as it is: unknown names
    are kept, and a note says where it came from. What is about the asking application itself is
    cut out. Redirections are not followed. An application that asks itself by way of others is
    recognised by a header that carries the route (`Csm-Route`), which `csm.web` reads.

    A plain function for a reporter: it blocks, in a thread of its own.

    Args:
        url: Where it is asked, with `http` or `https`; a user and a password in it become basic
            authentication, and neither they nor the query are ever shown.
        format: The name of the format that is answered; default: the content type tells.
        headers: What is sent along, such as `{"Authorization": "Bearer …"}`; never shown.
        timeout: Seconds for the whole answer; less than the check's own.
        max_bytes: The longest answer.
        max_depth: The most levels that are taken in, up to 90; what is below is cut off.
        stale_after: Seconds after which what it says is old: a warning.
        ssl_context: How TLS is spoken; default: as the system trusts.
        clock: Tells the time.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range, or `url` is no address.
    """

    asks_others: ClassVar[bool] = True

    def __init__(  # noqa: PLR0913  # one keyword per bound
        self,
        url: str,
        *,
        format: str | None = None,  # noqa: A002  # that is what it is called
        headers: Mapping[str, str] | None = None,
        timeout: float = 3.0,
        max_bytes: int = _MEGABYTE,
        max_depth: int = 10,
        stale_after: float = 300.0,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._address = address_of(url)
        self._format = None if format is None else format_of(format)
        if self._format is not None and self._format.read is None:
            raise ValueError(f"format= is {format!r}, which can only be written")
        self._headers = {
            "Host": self._address.authority,
            "User-Agent": "csm-statusek",
            "Accept": accept_of(self._format),
            **({"Authorization": self._address.credentials} if self._address.credentials else {}),
            **_checked_headers(headers or {}),
        }
        self._timeout = positive("timeout", timeout)
        self._max_bytes = _whole("max_bytes", max_bytes, most=1024 * _MEGABYTE)
        self._max_depth = _whole("max_depth", max_depth, most=MAX_DEPTH - 10)
        self._stale_after = positive("stale_after", stale_after)
        self._context = ssl_context
        self._clock = clock

    def __repr__(self) -> str:
        return f"RemoteStatus({self.source!r})"

    @property
    def source(self) -> str:
        """The address as it is shown: without user, password and query."""
        return self._address.shown

    def __call__(self) -> StatusMessage | Note:
        """Return how the other application is.

        Raises:
            RemoteStatusError: It told no status.
        """
        asking = ASKING.get() or _NOBODY
        route = {"Csm-Route": ", ".join(asking.route)} if asking.route else {}
        reply = fetch(
            self._address,
            self._headers | route,
            timeout=self._timeout,
            max_bytes=self._max_bytes,
            context=self._context,
        )
        message = message_of(reply, self.source, self._format)
        if identity(message.component) == identity(asking.component):
            return _itself(self.source)
        taken_in = branch(message, asking.component, self.source, max_depth=self._max_depth)
        return self._with_age(taken_in)

    def _with_age(self, message: StatusMessage) -> StatusMessage:
        """Warn where a message is old; the words stay the same as long as the message does."""
        age = self._clock.now() - message.timestamp
        if age < -timedelta(seconds=self._stale_after):
            title = "Its time is in the future"
        elif age > timedelta(seconds=self._stale_after):
            title = f"Old: more than {self._stale_after:g} s"
        else:
            return message
        note = Note(
            title=title,
            detail=f"What it says is of {message.iso8601_utc_timestamp}.",
            action_importance=ActionImportance.LOW,
            action_to_take="Find out whether it still looks at itself, and whether clocks agree",
        )
        status = max(message.status, Status.WARN)
        return message.replace(status=status, notes=(*message.notes, note))


def _itself(source: str) -> Note:
    return Note(
        title="The application asked itself",
        detail=f"{source} answers about the very component that asks.",
        action_importance=ActionImportance.MEDIUM,
        action_to_take="Give the address of another application",
    )


def _whole(name: str, value: object, *, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}= is a whole number, not {type(value).__name__}")
    if not 1 <= value <= most:
        raise ValueError(f"{name}= is {value}: expected 1 to {most:,}")
    return value


def _checked_headers(headers: object) -> dict[str, str]:
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers= is a mapping of texts, not {type(headers).__name__}")
    for name, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("headers= has a name or a value that is no text")
        is_sendable = value.isprintable() and _is_latin(value)
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError("headers= has a name that HTTP does not allow")
        if not is_sendable:  # the value is not shown: it may be a secret
            raise ValueError(f"headers[{name!r}]= has letters that HTTP does not allow")
    return dict(cast("Mapping[str, str]", headers))


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
