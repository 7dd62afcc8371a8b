"""Outcomes: every way a call can end, its code, and its text in each dialect.

Here live the closed list of codes, the reasons of a finish, and the one table from a code to the
texts that clients of the two dialects know. JSON keys do not live here (see ``wire``), and neither
does the question which outcome applies (see ``rules``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen


class Code(StrEnum):
    """What happened, for programs. The spelling of *previos* is the service's own."""

    SUCCESS = "SUCCESS"
    INSTANCE_TOKEN_IS_NOT_FOUND = "INSTANCE_TOKEN_IS_NOT_FOUND"  # noqa: S105 - a code
    OBJECT_NAME_IS_NOT_FOUND = "OBJECT_NAME_IS_NOT_FOUND"
    STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT = "STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT"
    NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET = "NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET"
    NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET = "NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET"
    AT_LEAST_ONE_NEXT_STATUS_IS_SET = "AT_LEAST_ONE_NEXT_STATUS_IS_SET"
    STATUS_IS_ALREADY_SET = "STATUS_IS_ALREADY_SET"
    INSTANCE_IS_FINISHED = "INSTANCE_IS_FINISHED"
    INSTANCE_IS_NOT_FINISHED = "INSTANCE_IS_NOT_FINISHED"
    STATUS_IS_SET = "STATUS_IS_SET"
    STATUS_IS_NOT_SET = "STATUS_IS_NOT_SET"
    INSTANCE_TIMEOUT_IS_INVALID = "INSTANCE_TIMEOUT_IS_INVALID"
    PARAMS_PARSING_IS_FAILED = "PARAMS_PARSING_IS_FAILED"
    DATABASE_ERROR = "DATABASE_ERROR"
    IDEMPOTENCY_KEY_IS_REUSED = "IDEMPOTENCY_KEY_IS_REUSED"
    UNAUTHORIZED = "UNAUTHORIZED"


class FinishReason(StrEnum):
    """Why an instance is finished."""

    TIMEOUT = "TIMEOUT"
    STOP_STATUS_IS_SET = "STOP_STATUS_IS_SET"
    ALL_MANDATORY_STATUSES_ARE_SET = "ALL_MANDATORY_STATUSES_ARE_SET"


FLAT_TEXTS: Final[Mapping[Code, str]] = {
    Code.SUCCESS: "Success",
    Code.INSTANCE_TOKEN_IS_NOT_FOUND: "ERROR: Instance token is not found",
    Code.OBJECT_NAME_IS_NOT_FOUND: "ERROR: Object name is not found",
    Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT: "ERROR: Status name is not found for object",
    Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET: "Not all previos mandatory statuses are set",
    Code.NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET: "No one previos optional statuses are sets",
    Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET: "At least one next status is set",
    Code.STATUS_IS_ALREADY_SET: "Status hasn't set because is already set",
    Code.INSTANCE_IS_FINISHED: "Instance is finished",
    Code.INSTANCE_IS_NOT_FINISHED: "Instance is not finished",
    Code.STATUS_IS_SET: "Status is set",
    Code.STATUS_IS_NOT_SET: "Status is not set",
    Code.INSTANCE_TIMEOUT_IS_INVALID: "ERROR: {detail}",
    Code.PARAMS_PARSING_IS_FAILED: "Error while parameters parsing",
    Code.DATABASE_ERROR: "ERROR: Database error",
    Code.IDEMPOTENCY_KEY_IS_REUSED: "ERROR: {detail}",
    Code.UNAUTHORIZED: "ERROR: Unauthorized",
}

DATA_TEXTS: Final[Mapping[Code, str]] = {
    Code.SUCCESS: "",
    Code.INSTANCE_TOKEN_IS_NOT_FOUND: "ERROR: Instance token '{token}' is not found",
    Code.OBJECT_NAME_IS_NOT_FOUND: "ERROR: Object name '{object_name}' is not found",
    Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT: (
        "ERROR: Status name '{status_name}' is not found for instance '{token}'"
    ),
    Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET: (
        "Not all previos mandatory statuses are set for status '{status_name}'"
    ),
    Code.NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET: (
        "No one previos optional statuses are sets for status '{status_name}'"
    ),
    Code.AT_LEAST_ONE_NEXT_STATUS_IS_SET: (
        "At least one next status is set for optional status '{status_name}'"
    ),
    Code.STATUS_IS_ALREADY_SET: "Status '{status_name}' is already set for instance '{token}'",
    Code.INSTANCE_IS_FINISHED: "Instance '{token}' is finished by '{reason}'",
    Code.INSTANCE_TIMEOUT_IS_INVALID: "ERROR: {detail}",
    Code.PARAMS_PARSING_IS_FAILED: "Error while parameters parsing",
    Code.DATABASE_ERROR: "Database error: '%s'",  # the text that clients know; the rest is logged
    Code.IDEMPOTENCY_KEY_IS_REUSED: "ERROR: {detail}",
    Code.UNAUTHORIZED: "ERROR: Unauthorized",
}


@frozen
class Refusal:
    """A call that was not done, with the facts that its text needs.

    Args:
        code: Why.
        token: The instance's token as the caller sent it.
        object_name: The object's name as the caller sent it.
        status_name: The status's name as the caller sent it.
        reason: How the instance was finished, where that is why.
        detail: A sentence for the codes that have no fixed text.
    """

    code: Code
    token: str = ""
    object_name: str = ""
    status_name: str = ""
    reason: FinishReason | None = None
    detail: str = ""

    def text(self, texts: Mapping[Code, str]) -> str:
        """Return what a client of a dialect reads.

        Args:
            texts: ``FLAT_TEXTS`` or ``DATA_TEXTS``.
        """
        return texts[self.code].format(
            token=self.token,
            object_name=self.object_name,
            status_name=self.status_name,
            reason=self.reason or "",
            detail=self.detail,
        )
