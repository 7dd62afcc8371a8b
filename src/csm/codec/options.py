"""What a caller may choose about reading and writing.

Only the options, their defaults and their limits live here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

import attrs

from csm.construction import MAX_DEPTH

ExtraKeys: TypeAlias = Literal["keep", "ignore", "reject"]
UnknownValues: TypeAlias = Literal["reject", "keep"]
Problems: TypeAlias = Literal["all", "first"]
EngineName: TypeAlias = Literal["stdlib", "msgspec"]

MAX_BYTES = 16 * 1024 * 1024


@attrs.frozen(kw_only=True)
class Options:
    """The options of one serializer, checked.

    Raises:
        TypeError: A number is not an int.
        ValueError: A value is not among the choices, or out of range.
    """

    indent: int | None = None
    extra_keys: ExtraKeys = "keep"
    unknown_values: UnknownValues = "reject"
    problems: Problems = "all"
    max_bytes: int = MAX_BYTES
    max_depth: int = MAX_DEPTH

    def __attrs_post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            _check_choice(name, getattr(self, name), choices)
        _check_range("max_bytes", self.max_bytes, 1, None)
        _check_range("max_depth", self.max_depth, 1, MAX_DEPTH)
        if self.indent is not None:
            _check_range("indent", self.indent, 0, None)


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "extra_keys": get_args(ExtraKeys),
    "unknown_values": get_args(UnknownValues),
    "problems": get_args(Problems),
}


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")


def _check_range(name: str, value: object, least: int, most: int | None) -> None:
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value < least or (most is not None and value > most):
        upper = "" if most is None else f" and at most {most}"
        raise ValueError(f"{name} must be at least {least}{upper}, not {value}")
