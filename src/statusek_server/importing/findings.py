"""Findings: what an import could not take, and what it took in another way than it was.

Here live the sentences, and how they are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final

from attrs import define, field, frozen

MOST_SHOWN: Final = 5
"""Rows that are named for one finding."""


class Finding(Enum):
    """Something to be told: the table, what is found there, and whether something is lost by it."""

    INSTANCE_DELETED = ("instances", "are deleted in the original, which does not show them", False)
    TOKEN_UNUSABLE = (
        "instances",
        "have no token of 1 to 60 characters that print, none of them a comma",
        True,
    )
    TOKEN_TWICE = ("instances", "have the token of an earlier row, which the original finds", False)
    TOKEN_TAKEN = ("instances", "have the token of another instance here", True)
    OBJECT_UNKNOWN = ("instances", "are of an object that is not there", True)
    MODEL_UNUSABLE = ("instances", "are of an object whose model cannot be used", True)
    INSTANCE_WITHOUT_TIME = ("instances", "have no time of creation between 1970 and 9000", True)
    GONE_ON = ("instances", "have gone on here, and stay as they are here", False)

    EVENT_DELETED = ("events", "are deleted in the original, which does not show them", False)
    EVENT_TWICE = ("events", "set a status once more; the first one counts", False)
    STATUS_UNKNOWN = ("events", "set a status that is not there, or of another object", True)
    EVENT_WITHOUT_TIME = ("events", "have no time between 1970 and 9000", True)
    EVENT_ALONE = ("events", "belong to no instance", True)

    TIMEOUT_CUT = (
        "instances",
        "have a timeout that was cut to 0 seconds to a hundred years",
        False,
    )
    LEFT_OPEN = (
        "instances",
        "were left open though complete or stopped; here they are finished by their last status",
        False,
    )
    AGAINST_THE_RULES = (
        "events",
        "set a status against the rules of its model, and are kept",
        False,
    )

    @property
    def table(self) -> str:
        """The table of the original in which the rows are."""
        return self.value[0]

    @property
    def what(self) -> str:
        """What is found."""
        return self.value[1]

    @property
    def is_loss(self) -> bool:
        """Whether something that the original shows is not taken."""
        return self.value[2]


@define
class Place:
    """How often something was found, and where first."""

    count: int = 0
    ids: list[int] = field(factory=list)


@frozen
class Findings:
    """All that was found."""

    places: dict[Finding, Place] = field(factory=dict)

    def add(self, finding: Finding, row_id: int) -> None:
        """Count a row."""
        place = self.places.setdefault(finding, Place())
        place.count += 1
        if len(place.ids) < MOST_SHOWN:
            place.ids.append(row_id)

    @property
    def has_losses(self) -> bool:
        """Whether something that the original shows was not taken."""
        return any(finding.is_loss for finding in self.places)

    def __iter__(self) -> Iterator[tuple[Finding, Place]]:
        for finding in Finding:
            if finding in self.places:
                yield finding, self.places[finding]
