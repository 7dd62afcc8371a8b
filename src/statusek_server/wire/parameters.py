"""The parameters of a call: the one JSON object in the body of a request.

Here lives the strictness of Go's decoder, whose types are exact: no field is guessed, and what is
not one JSON object is nothing. What the values mean lives in ``service``.
"""

from __future__ import annotations

import json
from typing import Final, NoReturn, cast

from attrs import frozen

from statusek_server.errors import ParametersError

LARGEST_INTEGER: Final = 2**63 - 1


@frozen
class Parameters:
    """What a call was asked; missing and null are the defaults here."""

    object_name: str = ""
    instance_timeout: int | None = None
    instance_silence: int | None = None
    instance_token: str = ""
    status_name: str = ""
    status_message: str = ""
    known_events: int | None = None


def parse(body: bytes) -> Parameters:
    """Read the parameters of a call.

    Args:
        body: The body of the request; its content type says nothing.

    Raises:
        ParametersError: It is not one JSON object, or a field has the wrong type.
    """
    try:
        document = _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise ParametersError(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ParametersError("the body is not a JSON object")
    found = cast("dict[str, object]", document)
    return Parameters(
        object_name=_text(found, "object_name"),
        instance_timeout=_integer(found, "instance_timeout"),
        instance_silence=_integer(found, "instance_silence"),
        instance_token=_text(found, "instance_token"),
        status_name=_text(found, "status_name"),
        status_message=_text(found, "status_message"),
        known_events=_integer(found, "known_events"),
    )


class _Integer(str):
    """The digits of an integer; only those of a known field become a number."""

    __slots__ = ()


def _refuse_constant(constant: str) -> NoReturn:
    raise ParametersError(f"{constant} is not JSON")


# Made once: json.loads would make one for every body.
_DECODER: Final = json.JSONDecoder(parse_int=_Integer, parse_constant=_refuse_constant)


def _text(found: dict[str, object], key: str) -> str:
    value = found.get(key)
    if value is None:
        return ""
    if type(value) is not str:
        raise ParametersError(f"{key} is not a string")
    return value if value.isascii() else _without_lone_surrogates(value)


def _without_lone_surrogates(text: str) -> str:
    """Return a text that can be stored: half an escaped pair becomes U+FFFD, as Go has it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _integer(found: dict[str, object], key: str) -> int | None:
    value = found.get(key)
    if value is None:
        return None
    if not isinstance(value, _Integer):
        raise ParametersError(f"{key} is not an integer")
    # A longer one is beyond 64 bits in any case, and costly to read.
    number = int(value) if len(value) <= 20 else LARGEST_INTEGER + 1
    if not -LARGEST_INTEGER - 1 <= number <= LARGEST_INTEGER:
        raise ParametersError(f"{key} is beyond 64 bits")
    return number
