"""The judge: holds what a client has told its caller against what the server holds.

What nobody could know is not judged: see "What stays undecidable" in docs/client.md.
"""

from __future__ import annotations

from typing import Any

from schedules.days import Day
from schedules.world import Instance
from statusek_client import Event, Finish, errors


class LieError(AssertionError):
    """What the client has told is not so."""


def hold(is_so: bool, what: str, *facts: object) -> None:
    """Raise LieError unless it is so."""
    if not is_so:
        raise LieError(what, *facts)


def created(told: object, key: str, day: Day, *, accept_orphan: bool) -> None:
    """Judge what a create has told: a token, or an error."""
    made = [one for one in day.world.instances.values() if one.key == key]
    if isinstance(told, str):
        hold(told in [one.token for one in made], "the token is of no such create", told, made)
    elif was_not_sent(told):
        hold(not made, "an instance was made by what was not sent", told, made)
    if day.world.kind == "ours" or not accept_orphan:
        hold(len(made) <= 1, "one create has made several instances", told, made)


def has_set(told: object, name: str, key: str, instance: Instance, day: Day) -> None:
    """Judge what a set has told: None for a success, or an error."""
    own = [event for event in instance.events if event.key == key]
    there = [event for event in instance.events if event.name == name]
    is_on_its_way = any(request.key == key for request in day.pending)
    hold(len(own) <= 1, "one set has set twice", own)
    if told is None:
        hold(bool(there), "a success, and the status is not set", name, instance)
        if day.world.kind == "ours" and key in day.answered:
            hold(bool(own), "a success, which the server would have refused", name, instance)
    elif was_not_sent(told):
        hold(not own and not is_on_its_way, "it was sent, and is said not to be", told)
    elif isinstance(told, errors.StorageError | errors.AnswerError | errors.TransportError):
        pass  # it says that it does not know
    else:
        hold(not own, "a refusal of what was done", told, own)
        if isinstance(told, errors.AlreadySetError):
            hold(bool(there), "'already set' of what is not set", told, instance)
        if isinstance(told, errors.InstanceFinishedError):
            hold(instance.finished is not None, "'finished' of what is not", told, instance)
        hold(not isinstance(told, errors.InstanceNotFoundError), "'not found' of what is", told)


def has_read(told: object, truth: object) -> None:
    """Judge what a question has told: the answer, or an error that knows nothing."""
    if isinstance(told, errors.StatusekError):
        knows_nothing = (
            errors.StorageError,
            errors.AnswerError,
            errors.TransportError,
            errors.WaitTimeoutError,
        )
        hold(isinstance(told, knows_nothing), "a refusal of a question", told)
    else:
        hold(told == truth, "what was read is not so", told, truth)


def finish(instance: Instance, day: Day) -> Finish:
    """Return what the end of an instance truly is, as far as its server tells."""
    if instance.finished is None:
        return Finish(is_finished=False)
    reason: Any = None if day.world.kind == "2020" else instance.finished.value
    return Finish(is_finished=True, reason=reason)


def names(events: tuple[Event, ...]) -> list[str]:
    """Return the statuses of events, in their order."""
    return [event.status_name for event in events]


def was_not_sent(told: object) -> bool:
    return isinstance(told, errors.TransportError) and told.fate == "not sent"
