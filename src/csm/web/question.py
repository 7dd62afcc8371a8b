"""Questions: what somebody asks a status endpoint, as facts without a framework.

Only facts and what they ask for live here; pure. What is answered is in `endpoint`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import attrs

from csm.checks.route import MOST_STEPS
from csm.formats import Choice

STATUS: Final = "status"
GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "live": frozenset({"liveness"}),
    "ready": frozenset({"readiness"}),
    "started": frozenset({"startup"}),
}
"""The places that tell of the checks with a tag: for probes of liveness, readiness, startup."""
PLACES: Final = (STATUS, *GROUPS)

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
"""What reaches the endpoint in a framework that wants methods named, to be answered alike."""

_NAME: Final = re.compile(r"[A-Za-z0-9._~%/-]{1,500}")
_TOO_FAR: Final = ("?",) * MOST_STEPS


class Asked(NamedTuple):
    """The facts of a request.

    Attributes:
        method: Such as `GET`.
        path: Below the place where the endpoint is mounted: `/status`.
        accept: The header `Accept`.
        if_none_match: The header `If-None-Match`.
        route: The header `Csm-Route`.
    """

    method: str
    path: str
    accept: str | None = None
    if_none_match: str | None = None
    route: str | None = None


def _key(question: Question) -> object:
    return question.tags, question.below, question.choice.media_type


@attrs.frozen(eq=False)
class Question:
    """What is asked for.

    Attributes:
        tags: Which checks; None for all.
        below: The component, as a path of labels from below the root; None for the whole.
        choice: The format of the answer.
        key: The same for the same question.
    """

    tags: frozenset[str] | None
    below: str | None
    choice: Choice
    key: object = attrs.field(init=False, default=attrs.Factory(_key, takes_self=True))


def route_of(header: str | None) -> tuple[str, ...]:
    """Return the route that a header tells of.

    Args:
        header: Names of applications with commas between them; what is none is left out.
    """
    if not header:
        return ()
    names = header.split(",", MOST_STEPS)
    if len(names) > MOST_STEPS:
        return _TOO_FAR
    return tuple(name for each in names if _NAME.fullmatch(name := each.strip()))
