"""Visitors: which cookie is a key."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from statusek_server.board.visitors import with_key_of_cookie


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ([(b"cookie", b"statusek_key=abc; other=1")], [b"Bearer abc"]),
        ([(b"cookie", b"statusek_key=abc"), (b"authorization", b"Bearer x")], [b"Bearer x"]),
        ([(b"cookie", b"other=1")], []),
        ([], []),
    ],
)
def test_the_key_of_a_cookie_is_shown_where_no_other_is(
    headers: list[tuple[bytes, bytes]], shown: list[bytes]
) -> None:
    """A header that was sent wins."""
    scope: Scope = {"type": "http", "headers": headers}
    found = with_key_of_cookie(scope)["headers"]
    assert shown == [value for name, value in found if name == b"authorization"]
