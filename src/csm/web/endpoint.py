"""The endpoint: from the facts of a request to an answer, for every driver.

What is asked, who sees what and what it costs is decided here, without input and output. A driver
takes `question`, lets the reporter answer it, and hands the message to `answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypedDict, cast

from csm.checks import StatusReporter
from csm.formats import FORMATS, Format, acceptable
from csm.message import StatusMessage
from csm.vocabulary import Status
from csm.web.answer import Answer, Headers, Told, refusal, told
from csm.web.question import GROUPS, PLACES, STATUS, Asked, Question
from csm.web.shelf import Shelf
from csm.web.view import component_below, cut, rolled_up_only

_CODES: Final[Mapping[Status, int]] = {Status.OK: HTTPStatus.OK, Status.WARN: HTTPStatus.OK}
_OTHERWISE: Final = HTTPStatus.SERVICE_UNAVAILABLE
_MEGABYTE: Final = 1024 * 1024
_LONGEST_REMEMBERED: Final = 1_000
"""Characters of a request that is remembered with what it asks for."""


class EndpointOptions(TypedDict, total=False):
    """What every driver takes besides the reporter.

    Attributes:
        http_codes: HTTP codes by status, in the place of those by default: 200 for OK and WARN, 503
            for all else. Metrics always come with 200.
        max_age: Seconds for which an answer may be kept, whole ones; default: 0, ask each time.
        max_bytes: The longest body; a longer one is cut to its roll-up; default: 1 MiB.
    """

    http_codes: Mapping[Status, int]
    max_age: int
    max_bytes: int


class Endpoint:
    """Answers for a reporter.

    Args:
        reporter: Says how all is.
        details: Whether everybody may see details; a function where that depends on who asks.
        prefix: What stands before the paths, to name them.
        http_codes: As in `EndpointOptions`.
        max_age: As in `EndpointOptions`.
        max_bytes: As in `EndpointOptions`.

    Attributes:
        not_found: The answer about what there is not, and about what somebody may not know of.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        reporter: StatusReporter,
        details: bool | Callable[..., object],
        *,
        prefix: str = "",
        http_codes: Mapping[Status, int] = _CODES,
        max_age: int = 0,
        max_bytes: int = _MEGABYTE,
    ) -> None:
        if not isinstance(reporter, StatusReporter):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"reporter is a StatusReporter, not {type(reporter).__name__}")
        if not callable(details) and not isinstance(details, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"details= is a bool or a function, not {type(details).__name__}")
        self.reporter = reporter
        self.details = details
        self.not_found: Answer = _not_found(prefix)
        self._codes = {**_CODES, **_checked_codes(http_codes)}
        self._max_bytes = _whole("max_bytes", max_bytes, least=1)
        self._headers = _keeping(_whole("max_age", max_age, least=0), varies=callable(details))
        self._shelf = Shelf()

    def question(self, asked: Asked) -> Question | Answer:
        """Return what is asked for, or why it is not answered.

        Args:
            asked: The request.
        """
        method, path, accept = asked.method, asked.path, asked.accept
        if len(method) + len(path) + len(accept or "") > _LONGEST_REMEMBERED:
            found = _question(method, path, accept)
        else:
            found = _remembered_question(method, path, accept)
        return self.not_found if found is None else found

    def answer(
        self, asked: Asked, question: Question, message: StatusMessage, *, sees_details: bool
    ) -> Answer:
        """Return the answer.

        Args:
            asked: The request.
            question: What it asks for.
            message: How all is.
            sees_details: Whether who asks may see more than a status.
        """
        view = (question.key, sees_details)
        found = self._shelf.find(view, message)
        if found is None:
            part = _part(message, question, sees_details=sees_details)
            if part is None:
                return self.not_found
            found = self._told(part, question)
            tells_ages = question.choice.format.tells_ages
            self._shelf.keep(view, message, found, tells_ages=tells_ages)
        return found.to(asked.if_none_match)

    def _told(self, message: StatusMessage, question: Question) -> Told:
        form, media_type = question.choice.format, question.choice.media_type
        body = form.write(message)
        if len(body) > self._max_bytes:
            body = form.write(cut(message, len(body), self._max_bytes))
        return told(self._code(message.status, form), media_type, body, self._headers)

    def _code(self, status: Status, form: Format) -> int:
        if form.is_always_success:
            return HTTPStatus.OK
        return self._codes.get(status, _OTHERWISE)


def _not_found(prefix: str) -> Answer:
    places = ", ".join(f"{prefix}/{place}" for place in PLACES)
    line = f"There is nothing to tell here. Ask {places}, or {prefix}/{STATUS}/ and the name of a "
    return refusal(HTTPStatus.NOT_FOUND, [f"{line}component."], ("Cache-Control", "no-store"))


def _question(method: str, path: str, accept: str | None) -> Question | Answer | None:
    """Return what is asked for, why it is not answered, or None for a place that is not there."""
    place, _, below = path.removeprefix("/").partition("/")
    below = below.removesuffix("/")
    if place not in PLACES or (below and place != STATUS):
        return None
    if method not in ("GET", "HEAD"):
        reason = "Only GET and HEAD are answered here."
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, [reason], ("Allow", "GET, HEAD"))
    choice = acceptable(accept, FORMATS.values())
    if choice is None:
        lines = ["What is accepted is not here. Here are:"]
        lines += [media_type for each in FORMATS.values() for media_type in each.media_types]
        return refusal(HTTPStatus.NOT_ACCEPTABLE, lines, ("Vary", "Accept"))
    return Question(GROUPS.get(place), below or None, choice)


_remembered_question = lru_cache(maxsize=1024)(_question)


def _part(
    message: StatusMessage, question: Question, *, sees_details: bool
) -> StatusMessage | None:
    if not sees_details:
        return None if question.below else rolled_up_only(message)
    return component_below(message, question.below) if question.below else message


def _keeping(max_age: int, *, varies: bool) -> Headers:
    """Return the headers that say who may keep an answer, and for whom it is."""
    age = f"max-age={max_age}" if max_age else "no-cache"
    if not varies:
        return ("Cache-Control", age), ("Vary", "Accept, Csm-Route")
    return (
        ("Cache-Control", f"private, {age}"),
        ("Vary", "Accept, Csm-Route, Authorization, Cookie"),
    )


def _checked_codes(codes: object) -> Mapping[Status, int]:
    if not isinstance(codes, Mapping):
        raise TypeError(f"http_codes= is a mapping of statuses, not {type(codes).__name__}")
    for status, code in cast("Mapping[object, object]", codes).items():
        if not isinstance(status, Status):
            raise TypeError(f"http_codes= has a key of type {type(status).__name__}, not Status")
        if _whole(f"http_codes[{status.name}]", code, least=200) > 599:
            raise ValueError(f"http_codes[{status.name}]= is {code}: expected 200 to 599")
    return cast("Mapping[Status, int]", codes)


def _whole(name: str, value: object, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}= is a whole number, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name}= is {value}: expected at least {least}")
    return int(value)
