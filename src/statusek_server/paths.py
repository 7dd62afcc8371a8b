"""Paths: routes whose parameters may hold any text.

Here lives what the framework's own routes leave out: line breaks, which names of models may hold.
"""

from __future__ import annotations

import re
from typing import TypeVar

from starlette.routing import Mount, Route

R = TypeVar("R", Route, Mount)


def any_text(route: R) -> R:
    """Return a route, changed so that its parameters match line breaks, too."""
    route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route
