"""Where the requests of a client go, and what each of them carries.

Only what comes of a client's arguments lives here: the URL, the headers, the key, and httpx2's own
request made with them. How it is sent is in `exchange`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final, cast

import httpx2

from statusek_client.wire import DATA_DIALECT, Request

# RFC 9110, sections 5.1 and 5.5
_FIELD_NAME: Final = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_FIELD_VALUE: Final = rb"(?:[!-~\x80-\xff]+(?:[ \t]+[!-~\x80-\xff]+)*)?"

_KEPT_URLS: Final = 64  # the paths of the calls are few, those of instances are not


class Target:
    """Where the requests of a client go, and what each of them carries.

    What is the same for all requests is prepared once: it is a fifth of the cost of a call.
    """

    def __init__(
        self,
        base_url: str,
        client: httpx2.Client | httpx2.AsyncClient,
        *,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Check the arguments and prepare.

        Args:
            base_url: may have a path; a slash at its end makes no difference.
            client: the headers that it has now are sent too.
            api_key: sent as a bearer token.
            headers: sent with every request.

        Raises:
            TypeError: an argument is not of its type.
            ValueError: the URL is not one of HTTP, or the key cannot stand in a header.
        """
        url = _checked_url(base_url)
        bare = url.copy_with(username=None, password=None)
        self.shown = str(bare)
        self.base_url = self.shown.rstrip("/")  # httpx2 logs the URLs of requests
        self._client = client
        self._urls: dict[str, httpx2.URL] = {}
        self._headers = httpx2.Headers(client.headers)
        if url.userinfo:
            self._headers["Authorization"] = _basic(url)
        self._headers.update(_checked_headers(headers))
        self._headers.update(
            {
                "Accept": DATA_DIALECT,
                "Accept-Encoding": "identity",  # answers are small; and nobody can send a bomb
                "Content-Type": "application/json",
            }
        )
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {_checked_key(api_key)}"
        self._headers.setdefault("Host", bare.netloc.decode("ascii"))
        _check_sendable(self._headers)

    def outgoing(self, request: Request, extensions: dict[str, Any]) -> httpx2.Request:
        """Return the request as httpx2 sends it."""
        url = self._urls.get(request.path)
        if url is None:
            url = httpx2.URL(self.base_url + request.path)
            if len(self._urls) < _KEPT_URLS:
                self._urls[request.path] = url
        headers = httpx2.Headers(self._headers)
        for name, value in request.headers:
            headers[name] = value
        if request.body:
            headers["Content-Length"] = str(len(request.body))
        outgoing = httpx2.Request(
            request.method,
            url,
            # Given a stream, it adds no headers, which are all here.
            stream=httpx2.ByteStream(request.body),
            headers=headers,
            cookies=self._client.cookies,
            extensions=extensions,
        )
        outgoing.read()  # so that transports find the content as a whole
        return outgoing


def _checked_key(api_key: object) -> str:
    if not isinstance(api_key, str):
        raise TypeError(f"api_key is a {type(api_key).__name__}; expected a str")
    if not re.fullmatch(r"[!-~]+", api_key):
        raise ValueError(
            "api_key is empty or holds characters that a header cannot carry; expected printable "
            "ASCII without spaces (a line break at its end is a usual reason)"
        )
    return api_key


def _basic(url: httpx2.URL) -> str:
    credentials = f"{url.username}:{url.password}".encode()
    return f"Basic {base64.b64encode(credentials).decode()}"


def _checked_headers(headers: Mapping[str, str] | None) -> httpx2.Headers:
    if not isinstance(cast("object", headers), Mapping | None):
        kind = type(headers).__name__
        raise TypeError(f"headers is a {kind}; expected a mapping of names to values")
    for name in headers or ():
        if not isinstance(cast("object", name), str):
            raise TypeError(
                f"headers: the name {name!r} is a {type(name).__name__}; expected a str"
            )
    try:
        return httpx2.Headers(headers)
    except UnicodeEncodeError:  # it carries the value
        raise ValueError("headers: one holds characters that a header cannot carry") from None


def _check_sendable(headers: httpx2.Headers) -> None:
    # What finds a bad header later shows its value, which may be a key.
    for name, value in headers.raw:
        if not re.fullmatch(_FIELD_NAME, name) or not re.fullmatch(_FIELD_VALUE, value):
            shown = name.decode("ascii", "replace")
            raise ValueError(f"the header {shown!r} holds characters that a header cannot carry")


def _checked_url(base_url: object) -> httpx2.URL:
    if not isinstance(base_url, str):
        raise TypeError(f"base_url is a {type(base_url).__name__}; expected a str")
    shown = re.sub(r"^(.*//)?.*@", r"\1…@", base_url, flags=re.DOTALL)  # it may hold a password
    try:
        url = httpx2.URL(base_url)
    except (httpx2.InvalidURL, UnicodeEncodeError) as error:
        why = "" if "@" in base_url else f": {error}"
        raise ValueError(f"base_url {shown!r} is not a URL{why}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"base_url {shown!r} is not of the form http://HOST:PORT")
    if url.port is not None and not 1 <= url.port <= 65535:
        raise ValueError(f"base_url {shown!r} has the port {url.port}; expected 1 to 65535")
    if url.query or url.fragment:
        raise ValueError(f"base_url {shown!r} has a query or a fragment; expected neither")
    return url
