"""Visitors: how a person's browser shows a key, and what it may do here.

Here live the cookie that keeps a key, the check that a form was sent by a page of this server, and
the headers that every page carries. Who may what lives in ``keys``.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Final, Literal, TypedDict
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

COOKIE: Final = "statusek_key"

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "vary": "Accept, Cookie",
}
"""What every page carries: it loads nothing from elsewhere, and nobody frames or keeps it."""


def with_key_of_cookie(scope: Scope) -> Scope:
    """Return a request as if the key in its cookie had come in the usual header.

    Args:
        scope: The request, as ASGI gives it.
    """
    headers = Headers(scope=scope)
    key = _cookie(headers.get("cookie", ""))
    if key is None or "authorization" in headers:
        return scope
    shown = (b"authorization", b"Bearer " + key.encode("latin-1", "replace"))
    return {**scope, "headers": [*scope["headers"], shown]}


def _cookie(text: str) -> str | None:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def keep_key(response: Response, scope: Scope, key: str) -> None:
    """Have a browser show a key from now on, to this server only.

    Args:
        response: The answer that says so.
        scope: The request that brought the key.
        key: The key.
    """
    response.set_cookie(COOKIE, key, **_attributes(scope))


def forget_key(response: Response, scope: Scope) -> None:
    """Have a browser forget its key.

    Args:
        response: The answer that says so.
        scope: The request.
    """
    response.delete_cookie(COOKIE, **_attributes(scope))


class _Attributes(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def _attributes(scope: Scope) -> _Attributes:
    return {
        "path": f"{scope.get('root_path', '')}/",
        "secure": scope["scheme"] == "https",
        "httponly": True,
        "samesite": "strict",
    }


def is_from_here(scope: Scope) -> bool:
    """Return whether a form was sent by a page of this server.

    Args:
        scope: The request.
    """
    headers = Headers(scope=scope)
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
