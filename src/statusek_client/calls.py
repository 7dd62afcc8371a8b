"""One function per endpoint: arguments in, a Call out, which says what to send and how to read it.

Arguments are checked here, before anything is sent (TypeError, ValueError). What the bytes look
like is in `wire`; when a call is repeated is in `flows`; nothing here does I/O.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, TypeVar, cast

import attrs

from statusek_client import wire
from statusek_client.errors import AnswerError, refusal_class
from statusek_client.fields import NotUnderstoodError
from statusek_client.results import About, Event, Finish, Readiness
from statusek_client.wire import Request, Response

if TYPE_CHECKING:
    from csm import StatusMessage, StatusMessageBuilder

    Message = str | StatusMessage | StatusMessageBuilder

Result = TypeVar("Result")

LONGEST_LIFE = 36_525 * 86_400
"""The longest timeout of an instance, in seconds: a hundred years."""

LONGEST_CALL = 10_000_000
"""The longest time for a call, in seconds; longer ones do not fit what waits for sockets."""

_SINCE_2023 = "this server is older than 2023 and lacks this call"
_NOT_IN_ORIGINALS = "this server is an original, or older, and lacks this call"


@attrs.frozen(kw_only=True)
class Call(Generic[Result]):
    """One request and how to read its answer.

    `name` is the call's name in the REST API; `token`, `status_name` and `object_name` say what it
    is about. `lack` says what it means that a server does not know the call.
    """

    name: str
    request: Request
    read: Callable[[Response], Result]
    token: str | None = None
    status_name: str | None = None
    object_name: str | None = None
    lack: str = ""

    def decode(self, response: Response) -> Result:
        """Return what the answer says.

        Raises:
            RefusedError: the server refuses; the subclass says why.
            AnswerError: the answer is not one of this call.
        """
        try:
            return self.read(response)
        except wire.RefusalError as refusal:
            raise refusal_class(refusal.code)(
                message=refusal.message, code=refusal.code, answer=response, **self.facts()
            ) from None
        except NotUnderstoodError as reason:
            self._not_understood(response, reason)

    def facts(self) -> dict[str, Any]:
        """Return what an error of this call says about it."""
        return {
            "call": self.name,
            "token": self.token,
            "status_name": self.status_name,
            "object_name": self.object_name,
            "request": self.request,
        }

    def _not_understood(self, response: Response, reason: NotUnderstoodError) -> NoReturn:
        raise AnswerError(
            message=f"{self._diagnosis(response, str(reason))}: {response.excerpt!r}",
            answer=response,
            **self.facts(),
        ) from None

    def _diagnosis(self, response: Response, reason: str) -> str:
        status = response.status_code
        where = response.header("location")[:200]
        if 300 <= status < 400 and where:
            return f"the server redirects (HTTP {status}) to {where!r}; give its base_url instead"
        if status == 404 and self.lack:
            return f"{self.lack} (HTTP 404)"
        if status == 404:
            return f"there is no Statusek at this address (HTTP 404); check base_url, {reason}"
        return f"the answer (HTTP {status}) is not understood, {reason}"


class ReadBack(NamedTuple):
    """What a read-back brings: whether the status is set; whether the server keeps keys."""

    is_set: bool
    keeps_keys: bool

    def __bool__(self) -> bool:
        return self.is_set


def create_instance(
    object_name: str,
    instance_timeout: int | None,
    key: str,
    instance_silence: int | None = None,
) -> Call[str]:
    """Make an instance of an object, the same one again for the same `key`; answers its token."""
    check_creation(object_name, instance_timeout, instance_silence)
    body = wire.creation(object_name, instance_timeout, instance_silence)
    return Call(
        name="create",
        request=_post("/instance/create", body, ("Idempotency-Key", key)),
        read=_from_answer(wire.read_token),
        object_name=object_name,
    )


def set_status(
    token: str, status_name: str, status_message: Message | None, key: str
) -> Call[None]:
    """Set a status; the same `key` with the same arguments again is the same set."""
    check_text("token", token)
    check_text("status_name", status_name)
    body = wire.naming(token, status_name, message_text(status_message))
    return Call(
        name="setStatus",
        request=_post("/status/setStatus", body, ("Idempotency-Key", key)),
        read=_from_answer(wire.read_acceptance),
        token=token,
        status_name=status_name,
    )


def check_is_finished(token: str, hold: int = 0) -> Call[Finish]:
    """Ask whether an instance is finished; the server may hold the answer `hold` seconds."""
    check_text("token", token)
    return Call(
        name="checkIsFinished",
        request=_post("/instance/checkIsFinished", wire.naming(token), _prefer(hold)),
        read=_from_answer(wire.read_finish),
        token=token,
    )


def check_status_is_set(token: str, status_name: str) -> Call[bool]:
    """Ask whether a status is set."""
    check_text("token", token)
    check_text("status_name", status_name)
    return Call(
        name="checkStatusIsSet",
        request=_post("/status/checkStatusIsSet", wire.naming(token, status_name)),
        read=_from_answer(wire.read_is_set),
        token=token,
        status_name=status_name,
    )


def check_status_is_ready_to_set(token: str, status_name: str) -> Call[Readiness]:
    """Ask whether a status may be set now."""
    check_text("token", token)
    check_text("status_name", status_name)
    return Call(
        name="checkStatusIsReadyToSet",
        request=_post("/status/checkStatusIsReadyToSet", wire.naming(token, status_name)),
        read=_from_answer(wire.read_readiness),
        token=token,
        status_name=status_name,
        lack=_SINCE_2023,
    )


def reading_back(post: Call[None]) -> Call[ReadBack]:
    """Ask whether the status of a `set_status` is set."""

    def read(answer: wire.Answer) -> ReadBack:
        return ReadBack(wire.read_is_set(answer), wire.keeps_keys(answer))

    call = check_status_is_set(post.token or "", post.status_name or "")
    return attrs.evolve(call, read=_from_answer(read))  # type: ignore[arg-type,return-value]


def keeping_keys() -> Call[bool]:
    """Ask whether the server keeps idempotency keys, which originals do not."""
    call = attrs.evolve(about(), read=_from_answer(wire.keeps_keys))  # type: ignore[arg-type]
    return cast("Call[bool]", call)


def beat(token: str) -> Call[None]:
    """Give a sign of life of an instance."""
    check_text("token", token)
    return Call(
        name="beat",
        request=_post("/instance/beat", wire.naming(token)),
        read=_from_answer(wire.read_acceptance),
        token=token,
        lack=_NOT_IN_ORIGINALS,
    )


def get_events(token: str, known: int | None = None, hold: int = 0) -> Call[tuple[Event, ...]]:
    """Ask for the events; the server may hold the answer until there are more than `known`."""
    check_text("token", token)
    return Call(
        name="getEvents",
        request=_post("/event/getEvents", wire.asking_for_events(token, known), _prefer(hold)),
        read=_from_answer(wire.read_events),
        token=token,
    )


def set_global_status(status_name: str) -> Call[None]:
    """Set a status of the whole system."""
    check_text("status_name", status_name)
    return Call(
        name="setGlobalStatus",
        request=_post("/status/setGlobalStatus", wire.naming(status_name=status_name)),
        read=_from_answer(wire.read_acceptance),
        status_name=status_name,
        lack=_SINCE_2023,
    )


def about() -> Call[About]:
    """Ask what the server is."""
    return Call(
        name="about",
        request=Request("GET", "/about"),
        read=_from_answer(wire.read_about),
        lack=_SINCE_2023,
    )


def noticing_hold(call: Call[Result]) -> Call[tuple[Result, bool]]:
    """Return the same call; its result says too whether the server held it as asked (RFC 7240)."""

    def read(response: Response) -> tuple[Result, bool]:
        applied = "wait=" in response.header("preference-applied").replace(" ", "").lower()
        return call.read(response), applied

    return attrs.evolve(call, read=read)  # type: ignore[arg-type,return-value]


def new_key() -> str:
    """Return an idempotency key: what makes a call that is sent again the same call."""
    return os.urandom(16).hex()


def message_text(message: Message | None, limit: int | None = None) -> str | None:
    """Return the text that travels for a message: a text itself, or a CSM as compact JSON.

    A CSM is cut where it has more than `limit` bytes; None for what servers usually take.

    Raises:
        TypeError: it is neither a text, nor a StatusMessage or its builder.
        ValueError: a text that cannot be written as UTF-8, or a StatusMessage that cannot be built.
    """
    if message is None:
        return None
    if isinstance(message, str):
        check_text("status_message", message)
        return message
    from csm import StatusMessage, StatusMessageBuilder
    from statusek_client import shortening

    built = cast(
        "object", message.build() if isinstance(message, StatusMessageBuilder) else message
    )
    if not isinstance(built, StatusMessage):
        raise TypeError(
            f"status_message is a {type(built).__name__}; expected a str, or a csm.StatusMessage"
        )
    return shortening.fitting(built, limit or shortening.LARGEST_MESSAGE)


def smaller(post: Call[None], message: Message | None) -> Callable[[], Call[None]] | None:
    """Return what makes the same set with less of its message; None where that is a text."""
    if message is None or isinstance(message, str):
        return None

    def make() -> Call[None]:
        from statusek_client import shortening

        text = message_text(message, shortening.LEAST_MESSAGE)
        return set_status(post.token or "", post.status_name or "", text, new_key())

    return make


def _post(path: str, body: bytes, *headers: tuple[str, str]) -> Request:
    return Request("POST", path, body, tuple(header for header in headers if header[1]))


def _prefer(hold: int) -> tuple[str, str]:
    return "Prefer", f"wait={hold}" if hold else ""


def _from_answer(read: Callable[[wire.Answer], Result]) -> Callable[[Response], Result]:
    return lambda response: read(wire.taken_apart(response))


def check_text(name: str, value: object) -> None:
    """Refuse what is not a text that UTF-8 can write: TypeError, ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a {type(value).__name__}; expected a str")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"{name} holds a lone surrogate, which UTF-8 cannot write")


def check_creation(
    object_name: object, instance_timeout: object, instance_silence: object = None
) -> None:
    """Refuse what no instance can be made of: TypeError, ValueError."""
    check_text("object_name", object_name)
    _check_life("instance_timeout", instance_timeout)
    _check_life("instance_silence", instance_silence)


def check_seconds(name: str, seconds: object, *, zero: bool = False) -> None:
    """Refuse what is no time for a call, in seconds: TypeError, ValueError."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} is a {type(seconds).__name__}; expected seconds")
    if not (0 < seconds <= LONGEST_CALL or (zero and seconds == 0)):
        least = "0" if zero else "more than 0"
        raise ValueError(f"{name} is {seconds}; expected {least} to {LONGEST_CALL} seconds")


def _check_life(name: str, seconds: object) -> None:
    if seconds is None:
        return
    if type(seconds) is not int:
        raise TypeError(f"{name} is a {type(seconds).__name__}; expected an int, in seconds")
    if not 1 <= seconds <= LONGEST_LIFE:
        raise ValueError(f"{name} is {seconds}; expected 1 to {LONGEST_LIFE} seconds (100 years)")
