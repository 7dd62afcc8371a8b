"""When to try again: a policy from (attempt, outcome) to a delay or a stop.

Only the decision lives here, and how pauses grow. Whether a call may be repeated at all without
doing something twice is a matter of the call, and lives in `flows`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import attrs

from statusek_client.errors import AnswerError, StatusekError, StorageError, TransportError

LONGEST_POLL = 2.0
"""Seconds between two questions to a server that cannot hold an answer."""

_PASSING_CODES = frozenset({429, 502, 503, 504})  # a proxy, or a server that is starting


def _random() -> float:
    # Not the bound method itself: pickled, it would take this process's randomness along.
    return random.random()  # noqa: S311 (spreads retries, hides nothing)


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often a call is tried again, and after which pauses.

    Args:
        retries: how many times after the first; 0 for never.
        first_delay: the pause before the first retry, in seconds; each further one is twice as
            long.
        max_delay: no pause is longer, in seconds.
        jitter: which part of a pause is random, 0 to 1, so that many clients do not come back at
            the same moment.
        random: draws the random part; returns 0 to 1.

    Any callable from (attempt, outcome) to seconds or None can stand in for it.
    """

    retries: int = attrs.field(default=2)
    first_delay: float = 0.1
    max_delay: float = 2.0
    jitter: float = 0.5
    random: Callable[[], float] = attrs.field(default=_random, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for name in ("retries", "first_delay", "max_delay", "jitter"):
            value: object = getattr(self, name)
            if not isinstance(value, int | float):
                raise TypeError(f"{name} is a {type(value).__name__}; expected a number")
        if not (self.retries >= 0 and self.first_delay >= 0 and self.max_delay >= 0):  # or NaN
            raise ValueError("retries, first_delay and max_delay cannot be negative")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter is {self.jitter}; expected 0 to 1")

    def __call__(self, attempt: int, outcome: StatusekError) -> float | None:
        """Return the pause after the attempt of this number (from 1) in seconds, None to stop."""
        if attempt > self.retries or not is_passing(outcome):
            return None
        return self.pause(attempt)

    def pause(self, number: int) -> float:
        """Return the pause of this number (from 1), in seconds, shortened at random."""
        full = min(self.max_delay, self.first_delay * 2.0 ** min(number - 1, 60))
        return full * (1 - self.jitter * self.random())


Policy = Callable[[int, StatusekError], float | None]

POLLING = RetryPolicy(first_delay=0.1, max_delay=LONGEST_POLL)
"""The pauses between questions while waiting; its number of retries does not matter."""


def is_passing(outcome: StatusekError) -> bool:
    """Return whether the same call may fare better later: nothing was refused for good."""
    if isinstance(outcome, AnswerError):
        return outcome.answer is not None and outcome.answer.status_code in _PASSING_CODES
    return isinstance(outcome, TransportError | StorageError)
