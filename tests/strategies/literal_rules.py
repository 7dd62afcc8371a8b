"""The contract's rules once more, literally and over names, for the tests to compare with."""

from __future__ import annotations

from statusek_server import StatusModel
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason

MANDATORY, OPTIONAL, STOP = StatusType


def literally(
    model: StatusModel, names: list[str], name: str, *, due: bool, finished: FinishReason | None
) -> tuple[Code, FinishReason | None]:
    """The contract's paragraph on setting a status, clause by clause, over names."""
    if due and finished is None:
        finished = FinishReason.TIMEOUT
    if finished is not None:
        return Code.INSTANCE_IS_FINISHED, finished
    by_name = {status.name: status for status in model.statuses}
    code = _literal_refusal(model, by_name, names, name)
    after = [*names, name]
    if code is not Code.SUCCESS:
        return code, None
    if all(s.name in after for s in model.statuses if s.type is MANDATORY):
        return code, FinishReason.ALL_MANDATORY_STATUSES_ARE_SET
    return code, FinishReason.STOP_STATUS_IS_SET if by_name[name].type is STOP else None


def _literal_refusal(
    model: StatusModel, by_name: dict[str, Status], names: list[str], name: str
) -> Code:
    previous = [by_name[p] for p, n in model.edges if n == name]
    following = [by_name[n] for p, n in model.edges if p == name]
    mandatory_previous = [s for s in previous if s.type is MANDATORY]
    code = Code.SUCCESS
    if name not in by_name:
        code = Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT
    elif any(s.name not in names for s in mandatory_previous):
        code = Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET
    elif not mandatory_previous and previous and not any(s.name in names for s in previous):
        code = Code.NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET
    elif by_name[name].type is OPTIONAL and any(s.name in names for s in following):
        code = Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET
    elif name in names:
        code = Code.STATUS_IS_ALREADY_SET
    return code
