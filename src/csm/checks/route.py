"""Routes: the applications that a question came through, so that none of them asks in a circle.

Only the names of applications and what is known of a question while its checks run live here; how
a route travels is the business of those who answer (`csm.web`) and of those who ask (`csm.remote`).
"""

from __future__ import annotations

from contextvars import ContextVar
from hashlib import sha256
from typing import Final, TypeAlias
from urllib.parse import quote

import attrs

from csm.component import Component
from csm.identity import name_of

Route: TypeAlias = tuple[str, ...]
"""Names of applications, the one that asked first at the front."""

MOST_STEPS: Final = 8
"""Applications on the longest route on which others are still asked."""
_LONGEST_NAME: Final = 150


@attrs.frozen
class Asking:
    """What a check may know about who asks.

    Attributes:
        component: What the report is about that the check is part of.
        route: The route of a question that the check asks, which ends with that component.
    """

    component: Component
    route: Route


ASKING: Final[ContextVar[Asking | None]] = ContextVar("ASKING", default=None)
"""Set while a check runs that a reporter has started."""


def route_name(component: Component) -> str:
    """Return the name of an application on a route, of letters that any header can hold.

    >>> from csm import GeneralComponent
    >>> route_name(GeneralComponent(component_name="the shop", tertiary_id="2"))
    'GENERAL/the%20shop//2'
    """
    ids = (component.secondary_id, component.tertiary_id, component.quaternary_id)
    parts = (component.component_type.name, name_of(component), *(each or "" for each in ids))
    name = "/".join(quote(part, safe="") for part in parts).rstrip("/")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}~{sha256(name.encode()).hexdigest()[:16]}"
