"""Negotiation: which format is wanted, by RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm.formats import FORMATS, acceptable

SCRAPER = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
    "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


def chosen(accept: str | None) -> str | None:
    choice = acceptable(accept, FORMATS.values())
    return choice.format.name if choice else None


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "csm"),
        ("", "csm"),
        ("*/*", "csm"),
        ("application/*", "csm"),
        ("application/json", "csm"),
        ("application/health+json", "health+json"),
        ("application/json;q=0.5, application/health+json", "health+json"),
        ("application/vnd.spring-boot.actuator.v3+json,*/*;q=0.1", "spring"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/plain", "text"),
        ("TEXT/PLAIN; Version=0.0.4", "prometheus"),
        (SCRAPER, "prometheus"),
        ("text/plain;version=9", None),
        ("image/png", None),
        ("application/json;q=0", None),
        ("application/json;q=0, */*", "health+json"),
        ("*/*;q=0", None),
        ("nonsense", None),
        ("application/json;q=many", None),
        ("application/json;q=2", None),
        (";;,/,", None),
    ],
)
def test_the_most_wanted_format_is_chosen(accept: str | None, name: str | None) -> None:
    """A more precise range says more than a wider one; the first of equals is taken."""
    assert name == chosen(accept)


def test_the_answer_is_called_what_was_asked_for() -> None:
    """A scraper gets the name of the form that it likes best."""
    choice = acceptable(SCRAPER, FORMATS.values())
    assert choice is not None
    assert choice.media_type.startswith("application/openmetrics-text")


@given(st.text(st.sampled_from('a/*;q=0.1, "texhml+json')))
def test_any_header_has_an_answer(accept: str) -> None:
    """Whatever is accepted, nothing breaks."""
    assert chosen(accept) in (None, *FORMATS)
