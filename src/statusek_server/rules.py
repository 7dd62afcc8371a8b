"""The rules: may a status be set, is an instance finished, when is it due.

Here live pure functions over values: facts and ``now`` go in, a verdict comes out. No storage, no
clock, no wire. The order of the checks is part of the service's contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import frozen

from statusek_server.models import Status, StatusModel, StatusType
from statusek_server.outcomes import Code, FinishReason


@frozen
class CompiledStatus:
    """What setting one status asks of the statuses that are set already.

    Args:
        id: The number of the status.
        stops: Setting it interrupts the process.
        need_all: All of these must be set (the MANDATORY previous ones).
        need_any: One of these must be set, where there are any (no previous one is MANDATORY).
        forbid: None of these may be set (the next ones of an OPTIONAL status).
    """

    id: int
    stops: bool
    need_all: frozenset[int]
    need_any: frozenset[int]
    forbid: frozenset[int]


@frozen
class CompiledModel:
    """A model as sets of numbers, so that a verdict only compares sets.

    Args:
        statuses: By name.
        mandatory: The instance is finished when all of these are set.
    """

    statuses: Mapping[str, CompiledStatus]
    mandatory: frozenset[int]


@frozen
class Finish:
    """The end of an instance.

    Args:
        at: The true time of the end: after a timeout the time it was due, whoever noticed when.
        reason: Why.
    """

    at: datetime
    reason: FinishReason

    @property
    def is_by_status(self) -> bool:
        """Whether a status was the end, not time."""
        return self.reason is not FinishReason.TIMEOUT


@frozen
class Facts:
    """What is known about one instance.

    Args:
        set_ids: The numbers of the statuses that are set, in the order in which they were.
        due_at: When the instance is finished by itself.
        finish: How it was finished, or None while it is open.
    """

    set_ids: tuple[int, ...]
    due_at: datetime
    finish: Finish | None = None


@frozen
class Verdict:
    """What a call on an instance comes to.

    Args:
        code: SUCCESS, or why not.
        status: The status to store; only with SUCCESS, and only from the rules themselves.
        finish: How the instance is finished after the call, or None while it is open.
    """

    code: Code
    status: CompiledStatus | None = None
    finish: Finish | None = None


def compile_model(model: StatusModel, ids: Mapping[str, int]) -> CompiledModel:
    """Turn a model into sets.

    Args:
        model: The model.
        ids: The number of each status, by name.
    """
    types = {s.name: s.type for s in model.statuses}
    following: dict[str, set[int]] = {s.name: set() for s in model.statuses}
    for previous, name in model.edges:
        following[previous].add(ids[name])

    def compiled(status: Status) -> CompiledStatus:
        mandatory = {p for p in status.after if types[p] is StatusType.MANDATORY}
        return CompiledStatus(
            id=ids[status.name],
            stops=status.type is StatusType.STOP,
            need_all=frozenset(ids[p] for p in mandatory),
            need_any=frozenset() if mandatory else frozenset(ids[p] for p in status.after),
            forbid=frozenset(following[status.name] if status.type is StatusType.OPTIONAL else ()),
        )

    return CompiledModel(
        statuses={s.name: compiled(s) for s in model.statuses},
        mandatory=frozenset(ids[name] for name in model.mandatory),
    )


def finish_of(facts: Facts, now: datetime) -> Finish | None:
    """Return how an instance is finished at a moment, or None while it is open.

    Args:
        facts: The instance.
        now: The moment; at its due time an instance is finished already.
    """
    if facts.finish is not None or facts.due_at > now:
        return facts.finish
    return Finish(facts.due_at, FinishReason.TIMEOUT)


def verdict(model: CompiledModel, facts: Facts, status_name: str, now: datetime) -> Verdict:
    """Return what setting a status comes to; the first rule that applies answers.

    Args:
        model: The model that the instance runs on.
        facts: The instance.
        status_name: The status to set.
        now: The moment, taken while nobody else can change the instance.
    """
    if finish := finish_of(facts, now):
        return Verdict(Code.INSTANCE_IS_FINISHED, finish=finish)
    status = model.statuses.get(status_name)
    if status is None:
        return Verdict(Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT)
    code = _settable(status, frozenset(facts.set_ids))
    if code is not Code.SUCCESS:
        return Verdict(code)
    reason = _reason(model, status, {*facts.set_ids, status.id})
    return Verdict(code, status, Finish(now, reason) if reason else None)


def sign_of_life(facts: Facts, now: datetime) -> Verdict:
    """Return what a sign of life comes to: success while the instance is open.

    Args:
        facts: The instance.
        now: The moment, taken while nobody else can change the instance.
    """
    finish = finish_of(facts, now)
    return Verdict(Code.INSTANCE_IS_FINISHED if finish else Code.SUCCESS, finish=finish)


def _settable(status: CompiledStatus, set_ids: frozenset[int]) -> Code:
    if not status.need_all <= set_ids:
        return Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET
    if status.need_any and not status.need_any & set_ids:
        return Code.NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET
    if status.forbid & set_ids:
        return Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET
    if status.id in set_ids:
        return Code.STATUS_IS_ALREADY_SET
    return Code.SUCCESS


def _reason(model: CompiledModel, status: CompiledStatus, set_ids: set[int]) -> FinishReason | None:
    if model.mandatory <= set_ids:
        return FinishReason.ALL_MANDATORY_STATUSES_ARE_SET
    return FinishReason.STOP_STATUS_IS_SET if status.stops else None


def due_at(deadline: datetime, silence: int | None, now: datetime) -> datetime:
    """Return when an instance that gives a sign of life now is finished by itself.

    Args:
        deadline: The end of its life.
        silence: Seconds that it may be silent, or None for as long as it lives.
        now: The moment of the sign of life.
    """
    return deadline if silence is None else min(deadline, now + timedelta(seconds=silence))
