"""Answers: what goes back over HTTP, ready to be sent by any driver.

Only the value and its small variants live here: refusals in plain text, and answers without a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from http import HTTPStatus
from typing import Final, TypeAlias

import attrs

Headers: TypeAlias = tuple[tuple[str, str], ...]

_TEXT: Final = "text/plain; charset=utf-8"
_KEPT: Final = ("ETag", "Cache-Control", "Vary")
"""What an answer without a body still says (RFC 9110, section 15.4.5)."""


def _asgi_headers(answer: Answer) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers
    )


@attrs.frozen(eq=False)
class Answer:
    """An answer.

    Attributes:
        code: The HTTP code.
        headers: Names and values.
        body: What is sent, but not to HEAD.
        asgi_headers: The headers as ASGI has them.
    """

    code: int
    headers: Headers
    body: bytes
    asgi_headers: tuple[tuple[bytes, bytes], ...] = attrs.field(
        init=False, default=attrs.Factory(_asgi_headers, takes_self=True)
    )

    @property
    def reason(self) -> str:
        """The words that belong to the code."""
        try:
            return HTTPStatus(self.code).phrase
        except ValueError:
            return "Unknown"


@attrs.frozen(eq=False)
class Told:
    """A status as an answer.

    Attributes:
        answer: In full.
        unchanged: Instead, to somebody who has it; None where everybody is to have it anew.
        etag: What it is known by.
    """

    answer: Answer
    unchanged: Answer | None
    etag: str

    def to(self, if_none_match: str | None) -> Answer:
        """Return the answer to somebody who may have it already.

        Args:
            if_none_match: The header `If-None-Match`.
        """
        if if_none_match is None or self.unchanged is None:
            return self.answer
        return self.unchanged if self._is_among(if_none_match) else self.answer

    def _is_among(self, tags: str) -> bool:
        known = (each.strip().removeprefix("W/") for each in tags.split(","))
        return any(each in (self.etag, "*") for each in known)


def told(code: int, media_type: str, body: bytes, headers: Headers) -> Told:
    """Return a status as an answer.

    Args:
        code: The HTTP code.
        media_type: What the body is called.
        body: The body.
        headers: How it may be kept.
    """
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    all_headers: Headers = (
        ("Content-Type", media_type),
        ("Content-Length", str(len(body))),
        ("ETag", etag),
        *headers,
        *_protection(media_type),
    )
    # Only a success may be answered with "you have it" (RFC 9110, section 13.2.1).
    is_success = HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES
    kept = tuple(header for header in all_headers if header[0] in _KEPT)
    unchanged = Answer(HTTPStatus.NOT_MODIFIED, kept, b"") if is_success else None
    return Told(Answer(code, all_headers, body), unchanged, etag)


def _protection(media_type: str) -> Headers:
    nosniff = ("X-Content-Type-Options", "nosniff")
    if not media_type.startswith("text/html"):
        return (nosniff,)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return nosniff, ("Content-Security-Policy", policy)


def refusal(code: HTTPStatus, lines: Iterable[str], *headers: tuple[str, str]) -> Answer:
    """Return an answer that says why there is no status.

    Args:
        code: The HTTP code.
        lines: What to say.
        headers: What else to send.
    """
    body = "".join(f"{line}\n" for line in lines).encode()
    own: Headers = (("Content-Type", _TEXT), ("Content-Length", str(len(body))))
    return Answer(code, (*own, *_protection(_TEXT), *headers), body)
