"""Addresses: what is asked, and what is shown of it."""

from __future__ import annotations

import pytest

from csm.remote import RemoteStatus
from csm.remote.address import Address, address_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "http://stock",
            Address(False, "stock", 80, "/", "stock", None, "http://stock"),
        ),
        (
            "https://joe:p%40ss@Stock.example:8443/a b?key=k%20x",
            None,
        ),
        (
            "https://joe:p%40ss@Stock.example:8443/ä?key=k%20x#there",
            Address(
                True,
                "stock.example",
                8443,
                "/%C3%A4?key=k%20x",
                "stock.example:8443",
                "Basic am9lOnBAc3M=",
                "https://Stock.example:8443/ä",
            ),
        ),
        (
            "http://[::1]:8080/status",
            Address(False, "::1", 8080, "/status", "[::1]:8080", None, "http://[::1]:8080/status"),
        ),
        (
            "http://bücher.example/",
            Address(
                False,
                "xn--bcher-kva.example",
                80,
                "/",
                "xn--bcher-kva.example",
                None,
                "http://bücher.example/",
            ),
        ),
    ],
)
def test_an_address_has_its_parts(url: str, address: Address | None) -> None:
    """Users become credentials, letters beyond ASCII are encoded, and secrets are not shown."""
    if address is None:
        with pytest.raises(ValueError, match="letters that no address has"):
            address_of(url)
    else:
        assert address == address_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hunter2",
        "ftp://joe:hunter2@x/",
        "//joe:hunter2@x/",
        "http://",
        "http://joe:hunter2@/x",
        "http://x:hunter2/",
        "http://x:0x50/hunter2",
        "http://[hunter2/",
        "http://x/\r\nhunter2: 1",
        "http://x\0hunter2/",
        "http://" + "x" * 64 + "/hunter2",
        "hunter2",
        "",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(url: str) -> None:
    """The error says what is expected, and nothing of the address, which may hold a password."""
    with pytest.raises(ValueError, match="expected one such as https:") as it:
        RemoteStatus(url)
    assert "hunter2" not in str(it.value)
    assert it.value.__cause__ is None


def test_neither_repr_nor_source_show_secrets() -> None:
    """User, password, query and headers are for the other side alone."""
    remote = RemoteStatus("http://joe:hunter2@x/status?key=hunter2", headers={"X-Key": "hunter2"})
    assert ("RemoteStatus('http://x/status')", "http://x/status") == (repr(remote), remote.source)
    assert "hunter2" not in repr(address_of("http://joe:hunter2@x/status?key=hunter2"))


def test_a_long_address_is_shown_short() -> None:
    """What is shown of an address fits on a line."""
    assert "http://x/" + "y" * 190 + "…" == RemoteStatus("http://x/" + "y" * 5_000).source
