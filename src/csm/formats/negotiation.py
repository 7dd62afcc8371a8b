"""Negotiation: which format somebody wants who says what they accept (RFC 9110, section 12.5.1).

Only the choice lives here. Who accepts anything gets the first format, which is JSON: the probes of
Kubernetes accept anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from csm.formats.format import Format

_MOST_RANGES: Final = 64
"""Ranges of a header that are looked at."""


@attrs.frozen
class _Range:
    """A range of media types and how much it is wanted.

    Attributes:
        type: `text`, or `*`.
        subtype: `html`, or `*`.
        parameters: Those before the quality.
        quality: From 0 (not at all) to 1.
    """

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def precision(self, media_type: str) -> int | None:
        """Return how precisely this names a media type, or None where it does not."""
        kind, parameters = _split(media_type)
        if kind == (self.type, self.subtype) and self.parameters <= parameters:
            return 2 + len(self.parameters)
        if self.parameters or self.subtype != "*":
            return None
        if self.type == "*":
            return 0
        return 1 if self.type == kind[0] else None


@attrs.frozen
class Choice:
    """What is answered.

    Attributes:
        format: The format.
        media_type: What the body is called.
    """

    format: Format
    media_type: str


def acceptable(accept: str | None, formats: Iterable[Format]) -> Choice | None:
    """Return the format that is wanted most, the first of equals, or None where none is.

    Args:
        accept: The header `Accept`; None or empty accepts anything.
        formats: The formats, the preferred ones first.
    """
    ranges = list(_ranges(accept or "*/*"))
    best, most = None, 0.0
    for each in formats:
        for media_type in each.media_types:
            quality = _quality(ranges, media_type)
            if quality > most:
                best, most = Choice(each, media_type), quality
    return best


def _quality(ranges: Iterable[_Range], media_type: str) -> float:
    """Return how much a media type is wanted: what the most precise range says."""
    found = [
        (precision, each.quality)
        for each in ranges
        if (precision := each.precision(media_type)) is not None
    ]
    return max(found, default=(0, 0.0))[1]


def _ranges(accept: str) -> Iterator[_Range]:
    for text in accept.split(",")[:_MOST_RANGES]:
        (kind, subtype), parameters = _split(text)
        quality = dict(parameters).get("q", "1")
        try:
            number = float(quality)
        except ValueError:
            continue
        if kind and subtype and 0 <= number <= 1:
            others = frozenset(item for item in parameters if item[0] != "q")
            yield _Range(kind, subtype, others, number)


def _split(media_type: str) -> tuple[tuple[str, str], frozenset[tuple[str, str]]]:
    head, *rest = media_type.lower().split(";")
    kind, _, subtype = head.strip().partition("/")
    pairs = (part.partition("=") for part in rest if part.strip())
    parameters = frozenset((name.strip(), value.strip().strip('"')) for name, _, value in pairs)
    return (kind, subtype), parameters
