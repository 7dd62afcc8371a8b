"""Why a server refuses: the codes, and the texts of both dialects that mean them.

Only the vocabulary lives here: which code a text means, and which codes each call may meet. How an
answer is taken apart is in `wire`, which exception a code becomes in `errors`.

Source: the tables of the two dialects; the originals' texts are kept with their spelling.
"""

from __future__ import annotations

from collections.abc import Mapping

SUCCESS = "SUCCESS"
INSTANCE_IS_FINISHED = "INSTANCE_IS_FINISHED"
INSTANCE_IS_NOT_FINISHED = "INSTANCE_IS_NOT_FINISHED"
STATUS_IS_SET = "STATUS_IS_SET"
STATUS_IS_NOT_SET = "STATUS_IS_NOT_SET"

INSTANCE_TOKEN_IS_NOT_FOUND = "INSTANCE_TOKEN_IS_NOT_FOUND"  # noqa: S105 (a code, no secret)
OBJECT_NAME_IS_NOT_FOUND = "OBJECT_NAME_IS_NOT_FOUND"
STATUS_NAME_IS_NOT_FOUND = "STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT"
PREVIOUS_MANDATORY_MISSING = "NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET"
PREVIOUS_OPTIONAL_MISSING = "NO_ONE_PREVIOS_OPTIONAL_STATUSES_ARE_SET"
NEXT_STATUS_IS_SET = "AT_LEAST_ONE_NEXT_STATUS_IS_SET"
STATUS_IS_ALREADY_SET = "STATUS_IS_ALREADY_SET"
INSTANCE_TIMEOUT_IS_INVALID = "INSTANCE_TIMEOUT_IS_INVALID"
PARAMS_PARSING_IS_FAILED = "PARAMS_PARSING_IS_FAILED"
DATABASE_ERROR = "DATABASE_ERROR"
IDEMPOTENCY_KEY_IS_REUSED = "IDEMPOTENCY_KEY_IS_REUSED"
UNAUTHORIZED = "UNAUTHORIZED"

ANYWHERE = frozenset(
    {PARAMS_PARSING_IS_FAILED, DATABASE_ERROR, IDEMPOTENCY_KEY_IS_REUSED, UNAUTHORIZED}
)
OF_CREATE = ANYWHERE | {OBJECT_NAME_IS_NOT_FOUND, INSTANCE_TIMEOUT_IS_INVALID}
OF_READ = ANYWHERE | {INSTANCE_TOKEN_IS_NOT_FOUND}
OF_STATUS_READ = OF_READ | {STATUS_NAME_IS_NOT_FOUND}
OF_SET = OF_STATUS_READ | {
    PREVIOUS_MANDATORY_MISSING,
    PREVIOUS_OPTIONAL_MISSING,
    NEXT_STATUS_IS_SET,
    STATUS_IS_ALREADY_SET,
    INSTANCE_IS_FINISHED,
}
KNOWN = OF_SET | OF_CREATE | {SUCCESS, INSTANCE_IS_NOT_FINISHED, STATUS_IS_SET, STATUS_IS_NOT_SET}

_FLAT: Mapping[str, str] = {
    "Success": SUCCESS,
    "Instance is finished": INSTANCE_IS_FINISHED,
    "Instance is not finished": INSTANCE_IS_NOT_FINISHED,
    "Status is set": STATUS_IS_SET,
    "Status is not set": STATUS_IS_NOT_SET,
    "ERROR: Instance token is not found": INSTANCE_TOKEN_IS_NOT_FOUND,
    "ERROR: Object name is not found": OBJECT_NAME_IS_NOT_FOUND,
    "ERROR: Status name is not found for object": STATUS_NAME_IS_NOT_FOUND,
    "Not all previos mandatory statuses are set": PREVIOUS_MANDATORY_MISSING,
    "No one previos optional statuses are sets": PREVIOUS_OPTIONAL_MISSING,
    "At least one next status is set": NEXT_STATUS_IS_SET,
    "Status hasn't set because is already set": STATUS_IS_ALREADY_SET,
    "Error while parameters parsing": PARAMS_PARSING_IS_FAILED,
    "ERROR: Database error": DATABASE_ERROR,
    # the 2020 server says so only when its storage is away
    "StatusId is not found": DATABASE_ERROR,
}

# The 2020 server answers bad JSON with the words of Go's decoder.
_GO_DECODER = ("EOF", "unexpected EOF", "json: ", "invalid character ")

# How a text of the data dialect begins and ends; between them stand names, which may hold anything.
_DATA: tuple[tuple[str, str, str], ...] = (
    ("ERROR: Instance token '", "' is not found", INSTANCE_TOKEN_IS_NOT_FOUND),
    ("ERROR: Object name '", "' is not found", OBJECT_NAME_IS_NOT_FOUND),
    ("ERROR: Status name '", "'", STATUS_NAME_IS_NOT_FOUND),
    (
        "Not all previos mandatory statuses are set for status '",
        "'",
        PREVIOUS_MANDATORY_MISSING,
    ),
    ("No one previos optional statuses are sets for status '", "'", PREVIOUS_OPTIONAL_MISSING),
    ("At least one next status is set for optional status '", "'", NEXT_STATUS_IS_SET),
    ("Status '", "'", STATUS_IS_ALREADY_SET),
    ("Instance '", "'", INSTANCE_IS_FINISHED),
    ("Database error: ", "", DATABASE_ERROR),
    ("Error while parameters parsing", "", PARAMS_PARSING_IS_FAILED),
)
# What stands between the two names of a text that has two.
_BETWEEN: Mapping[str, str] = {
    "ERROR: Status name '": "' is not found for instance '",
    "Status '": "' is already set for instance '",
    "Instance '": "' is finished by '",
}


def code_of_flat(text: str) -> str | None:
    """Return the code that a flat answer's message means, or None where it is not listed."""
    code = _FLAT.get(text)
    if code is None and text.startswith(_GO_DECODER):
        return PARAMS_PARSING_IS_FAILED
    return code


def code_of_data(text: str) -> str | None:
    """Return the code that a data answer's message means, or None where it is not listed."""
    for head, tail, code in _DATA:
        if text.startswith(head):
            rest = text[len(head) :]
            fits = rest.endswith(tail) and _BETWEEN.get(head, "") in rest
            return code if fits else None
    return None
