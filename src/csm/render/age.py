"""Ages: how long ago something was, in the few words that a person reads at a glance.

Only durations and their wording live here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

# From this age on a date says more than a number of days.
_LONGEST = timedelta(days=100)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def age(then: datetime, now: datetime) -> str:
    """Return how long ago a time was: `now`, `5 min ago`, `in 3 h`; its date beyond 100 days.

    Args:
        then: An aware datetime.
        now: An aware datetime; earlier than `then` where clocks disagree.

    Examples:
        >>> from datetime import UTC
        >>> age(datetime(2026, 3, 1, 12, 0, tzinfo=UTC), datetime(2026, 3, 1, 15, 30, tzinfo=UTC))
        '3 h ago'
    """
    passed = now - then
    if abs(passed) > _LONGEST:
        return then.date().isoformat()
    seconds = int(abs(passed).total_seconds())
    if not seconds:
        return "now"
    length, unit = next(each for each in _UNITS if seconds >= each[0])
    amount = f"{seconds // length} {unit}"
    return f"{amount} ago" if passed > timedelta(0) else f"in {amount}"
