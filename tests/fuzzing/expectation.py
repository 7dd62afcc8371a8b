"""What must come of a document: worked out anew, from the contract alone.

Nothing of `csm` is used here, so that a fault there is not repeated: neither in what strict JSON
is, nor in how what was accepted is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, NoReturn

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
IDS = ("secondaryId", "tertiaryId", "quaternaryId")
TEXTS = ("detail", "data", "dataDeserializationKey", "actionToTake")
COMPONENT_KEYS = ("componentType", "componentName", *IDS)
NOTE_KEYS = ("title", "actionImportance", *TEXTS)
TIMES = ("epochSecondsTimestamp", "iso8601UtcTimestamp")
MESSAGE_KEYS = ("component", "statusMessageType", "status", *TIMES, "notes", "subStatuses")


def strict_json(source: str | bytes) -> Any:  # noqa: ANN401
    """Return what a document says, read as strictly as the contract asks for.

    Raises:
        ValueError: It is no JSON object, is ambiguous, or has what JSON cannot hold.
        RecursionError: It is nested too deep for Python's reader.
    """
    text = source if isinstance(source, str) else source.decode("utf-8")
    text.encode("utf-8")
    found = json.loads(
        text,
        object_pairs_hook=_members,
        parse_int=_integer,
        parse_float=_number,
        parse_constant=_refused,
    )
    if not isinstance(found, dict):
        raise ValueError("the root is no object")  # noqa: TRY004  # as all that is wrong here
    compact(found).encode("utf-8")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _integer(digits: str) -> int:
    _number(digits)
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError("a number beyond a double")
    return number


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def nesting(document: object) -> int:
    """Return how many arrays and objects stand in one another."""
    levels = 0
    level = [document]
    while level := [each for each in level if isinstance(each, dict | list)]:
        levels += 1
        level = [
            inner for each in level for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return levels


def expected_text(document: dict[str, Any], *, keeps_extra: bool) -> str:
    """Return how a document that was read is written.

    Args:
        document: Its values.
        keeps_extra: Whether unknown keys were kept.
    """
    return compact(_message(document, keeps_extra=keeps_extra))


def compact(value: object) -> str:
    """Return a value as JSON without white space, characters unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _message(found: dict[str, Any], *, keeps_extra: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "component": _with_extra(found["component"], COMPONENT_KEYS, keeps_extra=keeps_extra),
        "statusMessageType": found.get("statusMessageType", "COMPONENT"),
        "status": found["status"],
        **_times(found),
    }
    if found.get("notes"):
        made["notes"] = [
            _with_extra(note, NOTE_KEYS, keeps_extra=keeps_extra) for note in found["notes"]
        ]
    if found.get("subStatuses"):
        made["subStatuses"] = [
            _message(below, keeps_extra=keeps_extra) for below in found["subStatuses"]
        ]
    return made | _extra(found, MESSAGE_KEYS, keeps_extra=keeps_extra)


def _times(found: Mapping[str, Any]) -> dict[str, Any]:
    seconds = found.get("epochSecondsTimestamp")
    if seconds is None:
        seconds = _seconds(found["iso8601UtcTimestamp"])
    moment = EPOCH + timedelta(seconds=seconds)
    return {
        "epochSecondsTimestamp": seconds,
        "iso8601UtcTimestamp": moment.isoformat().replace("+00:00", "Z"),
    }


def _seconds(iso: str) -> int:
    # Years 0 and 10000 are only reached by an offset, which datetime cannot; so the offset is
    # taken away by hand, from the same wall clock 400 years later or earlier.
    sign_at = max(iso.rfind("+"), iso.rfind("-", 19))
    wall, offset = (iso[:-1], 0) if iso.endswith("Z") else (iso[:sign_at], 1)
    if offset:
        hours, minutes = iso[sign_at + 1 :].split(":")
        offset = (int(hours) * 60 + int(minutes)) * (60 if iso[sign_at] == "+" else -60)
    year = int(wall[:4])
    shifted = datetime.fromisoformat(f"{year + 400 if year < 400 else year:04}{wall[4:19]}+00:00")
    days = 146_097 if year < 400 else 0
    return (shifted - EPOCH) // timedelta(seconds=1) - days * 86_400 - offset


def _with_extra(
    found: Mapping[str, Any], keys: tuple[str, ...], *, keeps_extra: bool
) -> dict[str, Any]:
    known = {key: found[key] for key in keys if found.get(key) is not None}
    return known | _extra(found, keys, keeps_extra=keeps_extra)


def _extra(found: Mapping[str, Any], keys: tuple[str, ...], *, keeps_extra: bool) -> dict[str, Any]:
    if not keeps_extra:
        return {}
    return {key: value for key, value in found.items() if key not in keys}
