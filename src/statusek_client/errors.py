"""What can go wrong with a call, as data.

    StatusekError
    ├── TransportError            no answer: `.fate` says whether the server may have acted
    ├── AnswerError               an answer that is not understood: `.excerpt`
    ├── RefusedError              the server refuses: `.code`, `.message` are its own
    │   ├── ObjectNotFoundError
    │   ├── InstanceNotFoundError
    │   ├── StatusNotFoundError
    │   ├── PreviousStatusMissingError
    │   ├── NextStatusSetError
    │   ├── AlreadySetError
    │   ├── InstanceFinishedError
    │   ├── InvalidRequestError
    │   ├── StorageError
    │   └── UnauthorizedError
    ├── OutboxError               the file of an outbox cannot be used
    └── WaitTimeoutError          (also a TimeoutError)

Only the tree lives here: the attributes, how an error reads, what a user can do about it, and which
class a server's code becomes. Who raises what is in `calls`, `exchange` and `flows`. A token in our
own words is shortened (whoever holds it may set statuses); an API key is in none of the attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Literal

import attrs

from statusek_client import refusals
from statusek_client.wire import Request, Response

Fate = Literal["not sent", "unknown"]
"""What became of a request without an answer."""


def shortened(token: str) -> str:
    """Return enough of a token to tell it from others, not enough to use it.

    >>> shortened("1d36bcdf-d776-4e7a-97a6-4431079d2b2e")
    '1d36bcdf…'
    """
    return token if len(token) <= 4 else f"{token[: min(8, len(token) // 2)]}…"


@attrs.frozen(kw_only=True, slots=False, repr=False, auto_exc=False)
class StatusekError(Exception):
    """Something that a call to a Statusek server can end in.

    `message` says what was wrong; `call` is the name of the call in the REST API; `token`,
    `status_name` and `object_name` are what it was about; `request` and `answer` are what went over
    the wire, as far as it did. Errors are equal by value and can be pickled.
    """

    message: str
    code: str | None = None
    call: str | None = None
    token: str | None = None
    status_name: str | None = None
    object_name: str | None = None
    request: Request | None = None
    answer: Response | None = None

    hint: ClassVar[str] = ""

    def __str__(self) -> str:
        parts = (self.message, f"({self._subject()})" if self._subject() else "", self.advice())
        return " ".join(part for part in parts if part)

    def __repr__(self) -> str:
        shown = {
            name: value
            for name, value in attrs.asdict(self, recurse=False).items()
            if value is not None and name != "message"
        }
        if self.token is not None:
            shown["token"] = shortened(self.token)
        rest = "".join(f", {name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({self.message!r}{rest})"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **attrs.asdict(self, recurse=False)), ()

    def advice(self) -> str:
        """Return what a user can do about it, "" where there is nothing to say."""
        return self.hint

    def _subject(self) -> str:
        named = self.status_name if self.status_name is not None else self.object_name
        parts = (
            self.call or "",
            "" if named is None else repr(named),
            "" if self.token is None else f"on instance {shortened(self.token)}",
        )
        return " ".join(part for part in parts if part)


@attrs.frozen(kw_only=True, slots=False, repr=False, auto_exc=False)
class TransportError(StatusekError):
    """No answer came.

    `fate` is "not sent" when the server cannot have seen the request (it may be sent again), and
    "unknown" when it may have acted on it (only asking tells).
    """

    fate: Fate

    def advice(self) -> str:
        """Return what the fate of the request means."""
        if self.fate == "not sent":
            return "The request was not sent."
        return "Whether the server acted on it is not known."


class AnswerError(StatusekError):
    """An answer that is not understood; `excerpt` is its beginning."""

    @property
    def excerpt(self) -> str:
        """The beginning of the answer's body, as text."""
        return self.answer.excerpt if self.answer is not None else ""


class RefusedError(StatusekError):
    """The server refuses: `message` is its text, `code` the reason (None: one not known here)."""


class ObjectNotFoundError(RefusedError):
    """The server has no such object (status model)."""

    hint = "Names compare exactly; the server's own list of models decides."


class InstanceNotFoundError(RefusedError):
    """The server has no instance with this token."""

    hint = "Check that the token is complete and comes from this server."


class StatusNotFoundError(RefusedError):
    """The object has no such status."""

    hint = "Names compare exactly; the model of the instance's object decides."


class PreviousStatusMissingError(RefusedError):
    """A status that has to come before this one is not set."""

    hint = "Set the statuses that the model puts before it first."


class NextStatusSetError(RefusedError):
    """The status is optional, and one that comes after it is set already."""

    hint = "It is too late for this status."


class AlreadySetError(RefusedError):
    """The status is set already."""


class InstanceFinishedError(RefusedError):
    """The instance is finished; no further status can be set."""

    hint = "check_is_finished tells why, where the server does."


class InvalidRequestError(RefusedError):
    """The server finds the request itself wrong."""


class StorageError(RefusedError):
    """The server cannot reach its storage; nothing is known of what was asked."""

    hint = "Try again later."


class UnauthorizedError(RefusedError):
    """The server wants a key, or another one."""

    hint = "Pass an api_key= that may do this (commands: STATUSEK_KEY)."


class OutboxError(StatusekError):
    """The file of an outbox cannot be used; what it holds is not touched."""


class WaitTimeoutError(StatusekError, TimeoutError):
    """The time for waiting passed first; the instance itself goes on."""


_OF_CODE: Mapping[str, type[RefusedError]] = {
    refusals.OBJECT_NAME_IS_NOT_FOUND: ObjectNotFoundError,
    refusals.INSTANCE_TOKEN_IS_NOT_FOUND: InstanceNotFoundError,
    refusals.STATUS_NAME_IS_NOT_FOUND: StatusNotFoundError,
    refusals.PREVIOUS_MANDATORY_MISSING: PreviousStatusMissingError,
    refusals.PREVIOUS_OPTIONAL_MISSING: PreviousStatusMissingError,
    refusals.NEXT_STATUS_IS_SET: NextStatusSetError,
    refusals.STATUS_IS_ALREADY_SET: AlreadySetError,
    refusals.INSTANCE_IS_FINISHED: InstanceFinishedError,
    refusals.INSTANCE_TIMEOUT_IS_INVALID: InvalidRequestError,
    refusals.PARAMS_PARSING_IS_FAILED: InvalidRequestError,
    refusals.IDEMPOTENCY_KEY_IS_REUSED: InvalidRequestError,
    refusals.DATABASE_ERROR: StorageError,
    refusals.UNAUTHORIZED: UnauthorizedError,
}


def refusal_class(code: str | None) -> type[RefusedError]:
    """Return the class for a server's code; RefusedError itself for one that is not known."""
    return RefusedError if code is None else _OF_CODE.get(code, RefusedError)
