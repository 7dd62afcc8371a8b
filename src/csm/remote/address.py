"""Addresses: where another application is asked, and how that is shown without its secrets.

Only the parts of an address live here; no input or output.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

import attrs

from csm.printable import printable

_SAFE: Final = "/%:@!$&'()*+,;=~?-._"
_LONGEST: Final = 200
_PORTS: Final = {"http": 80, "https": 443}


@attrs.frozen
class Address:
    """An address.

    Attributes:
        is_secure: Whether it is asked over TLS.
        host: The name or the number of the host.
        port: The port.
        target: What is asked for there: path and query.
        authority: Host and port as the header `Host` has them.
        credentials: What the header `Authorization` says; None where the address has no user.
        shown: How it is shown: without user, password and query.
    """

    is_secure: bool
    host: str
    port: int
    target: str = attrs.field(repr=False)
    authority: str
    credentials: str | None = attrs.field(repr=False)
    shown: str


def address_of(url: object) -> Address:
    """Return the parts of an address.

    Args:
        url: An address of the schemes `http` and `https`.

    Raises:
        TypeError: It is no text.
        ValueError: It is no such address; the error does not show it.
    """
    if not isinstance(url, str):
        raise TypeError(f"url is a text, not {type(url).__name__}")
    expected = "expected one such as https://stock.example/status"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # its text would show the address
        raise ValueError(f"url is no address: {expected}") from None
    if parts.scheme not in _PORTS:
        raise ValueError(f"url has no scheme http or https: {expected}")
    if not host or not port or not url.isprintable() or any(map(str.isspace, url)):
        raise ValueError(f"url has no host, or letters that no address has: {expected}")
    return Address(
        is_secure=parts.scheme == "https",
        host=host,
        port=port,
        target=_target(parts),
        authority=_authority(parts, host),
        credentials=_credentials(parts),
        shown=shown(parts),
    )


def shown_url(url: str) -> str:
    """Return an address as it is shown; `(no address)` where it is none.

    Args:
        url: It may come from anywhere.
    """
    try:
        return shown(urlsplit(url))
    except ValueError:
        return "(no address)"


def shown(parts: SplitResult) -> str:
    """Return an address as it is shown: short, on one line, without user, password and query.

    Args:
        parts: The address.
    """
    host = parts.netloc.rpartition("@")[2]
    text = printable(f"{parts.scheme}://{host}{parts.path}" if host else parts.path)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", _SAFE)
    return f"{path}?{quote(parts.query, _SAFE)}" if parts.query else path


def _authority(parts: SplitResult, host: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if parts.port is None else f"{name}:{parts.port}"


def _credentials(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
