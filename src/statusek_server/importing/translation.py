"""Translation: rows of the original service become models and instances of ours, or findings.

Here live pure functions over rows. What the original says about a finished instance counts; what it
does not say (when it was finished) comes from its events and its timeout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import Factory, field, frozen

from statusek_server.errors import ModelError
from statusek_server.importing.findings import Finding, Findings
from statusek_server.importing.rows import EdgeRow, EventRow, InstanceRow, ObjectRow, StatusRow
from statusek_server.models import LONGEST_TIMEOUT, Status, StatusModel, StatusType
from statusek_server.outcomes import Code, FinishReason
from statusek_server.rules import CompiledModel, Facts, Finish, compile_model, verdict
from statusek_server.storage.taking_over import Imported, ImportedEvent

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
LONGEST_TOKEN: Final = 60

_REASONS: Final = {reason.value: reason for reason in FinishReason}
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def _compiled(original: Original) -> CompiledModel:
    model = original.model
    return compile_model(model, {status.name: at for at, status in enumerate(model.statuses)})


@frozen
class Original:
    """A model of the original.

    Args:
        model: The model.
        names: The names of its statuses, by their numbers there.
    """

    model: StatusModel
    names: Mapping[int, str]
    compiled: CompiledModel = field(init=False, default=Factory(_compiled, takes_self=True))


def models_of(
    objects: Sequence[ObjectRow], statuses: Sequence[StatusRow], edges: Sequence[EdgeRow]
) -> dict[int, Original | ModelError]:
    """Return the model of each object, or what is wrong with it, by the object's number."""
    found: dict[int, Original | ModelError] = {}
    for row in objects:
        own = [status for status in statuses if status.object_id == row.id]
        names = {status.id: status.name or "" for status in own}
        try:
            model = StatusModel(row.name or "", [_status(s, names, edges) for s in own])
        except ModelError as error:
            found[row.id] = error
        else:
            found[row.id] = Original(model, names)
    return found


def _status(row: StatusRow, names: Mapping[int, str], edges: Sequence[EdgeRow]) -> Status:
    previous = [
        names[edge.previous_id]
        for edge in edges
        # One from another object could never be followed.
        if edge.next_id == row.id and edge.previous_id is not None and edge.previous_id in names
    ]
    kinds = {kind.value: kind for kind in StatusType}
    # The original takes whatever it does not know for a status that need not be set.
    kind = kinds.get(row.type or "", StatusType.OPTIONAL)
    return Status(row.name or "", kind, row.description or "", tuple(dict.fromkeys(previous)))


def translated(
    row: InstanceRow,
    events: Sequence[EventRow],
    models: Mapping[int, Original | ModelError],
    findings: Findings,
) -> Imported | None:
    """Return an instance, or None where it cannot be taken; what is found is noted.

    Args:
        row: Its row.
        events: Its events, in the order of their times.
        models: What ``models_of`` returned.
        findings: Where to note.
    """
    original = models.get(row.object_id or 0)
    hindrance = _hindrance(row, original)
    if hindrance is not None:
        findings.add(hindrance, row.id)
        return None
    assert isinstance(original, Original)  # noqa: S101 - it would be a hindrance otherwise
    assert row.token is not None  # noqa: S101 - as above
    assert row.created_at is not None  # noqa: S101 - as above
    seconds = min(max(row.timeout or 0, 0), LONGEST_TIMEOUT)
    if seconds != row.timeout:
        findings.add(Finding.TIMEOUT_CUT, row.id)
    deadline = row.created_at + timedelta(seconds=seconds)
    taken = tuple(_events(events, original, findings))
    finish = _finish(row, taken, original, deadline)
    if finish and not row.is_finished:
        findings.add(Finding.LEFT_OPEN, row.id)
    return Imported(row.token, original.model, row.created_at, deadline, taken, finish)


def _hindrance(row: InstanceRow, original: Original | ModelError | None) -> Finding | None:
    """Return why an instance cannot be taken, or None."""
    checks = (
        (row.is_deleted, Finding.INSTANCE_DELETED),
        (not is_token(row.token), Finding.TOKEN_UNUSABLE),
        (row.is_twice, Finding.TOKEN_TWICE),
        (original is None, Finding.OBJECT_UNKNOWN),
        (isinstance(original, ModelError), Finding.MODEL_UNUSABLE),
        (not _is_time(row.created_at), Finding.INSTANCE_WITHOUT_TIME),
    )
    return next((finding for is_so, finding in checks if is_so), None)


def is_token(token: str | None) -> bool:
    """Return whether a text can be a token in every storage."""
    if not token or len(token) > LONGEST_TOKEN:
        return False
    return "," not in token and token.isprintable()


def _is_time(moment: datetime | None) -> bool:
    # An infinite one has no offset.
    return moment is not None and moment.tzinfo is not None and EARLIEST <= moment <= LATEST


def _events(
    rows: Sequence[EventRow], original: Original, findings: Findings
) -> Iterator[ImportedEvent]:
    set_names: list[str] = []
    for row in rows:
        name = original.names.get(row.status_id or 0)
        if row.is_deleted:
            findings.add(Finding.EVENT_DELETED, row.id)
        elif name is None:
            findings.add(Finding.STATUS_UNKNOWN, row.id)
        elif name in set_names:
            findings.add(Finding.EVENT_TWICE, row.id)
        elif row.created_at is None or not _is_time(row.created_at):
            findings.add(Finding.EVENT_WITHOUT_TIME, row.id)
        else:
            if not _is_allowed(original.compiled, set_names, name):
                findings.add(Finding.AGAINST_THE_RULES, row.id)
            set_names.append(name)
            yield ImportedEvent(name, row.message, row.created_at)


def _is_allowed(compiled: CompiledModel, set_names: Sequence[str], name: str) -> bool:
    facts = Facts(tuple(compiled.statuses[s].id for s in set_names), _NEVER)
    return verdict(compiled, facts, name, EARLIEST).code is Code.SUCCESS


def _finish(
    row: InstanceRow,
    events: Sequence[ImportedEvent],
    original: Original,
    deadline: datetime,
) -> Finish | None:
    """Return how an instance was finished.

    What is due and not finished yet stays open: whoever looks at it finishes it.
    """
    reason = _REASONS.get(row.reason or "") if row.is_finished else None
    reason = reason or _reason_of(events, original.model)
    if row.is_finished and reason is None:
        reason = FinishReason.TIMEOUT  # a finish without a reason; nothing but time is left
    if reason is None:
        return None
    if reason is FinishReason.TIMEOUT:
        return Finish(deadline, reason)
    last = events[-1].created_at if events else row.updated_at
    return Finish(last if last is not None and _is_time(last) else deadline, reason)


def _reason_of(events: Sequence[ImportedEvent], model: StatusModel) -> FinishReason | None:
    """Return the reason that the rules give, whatever the order of the statuses was."""
    names = {event.status_name for event in events}
    if names and names >= set(model.mandatory):
        return FinishReason.ALL_MANDATORY_STATUSES_ARE_SET
    stops = {status.name for status in model.statuses if status.type is StatusType.STOP}
    return FinishReason.STOP_STATUS_IS_SET if names & stops else None
