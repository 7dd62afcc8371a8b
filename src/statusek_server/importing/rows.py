"""The rows of the original service, as they are read: nothing here is checked yet."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class ObjectRow:
    """A row of ``objects``."""

    id: int
    name: str | None


@frozen
class StatusRow:
    """A row of ``statuses``."""

    id: int
    object_id: int | None
    name: str | None
    description: str | None
    type: str | None


@frozen
class EdgeRow:
    """A row of ``workflows``."""

    previous_id: int | None
    next_id: int | None


@frozen
class EventRow:
    """A row of ``events``."""

    id: int
    instance_id: int | None
    status_id: int | None
    is_deleted: bool
    created_at: datetime | None
    message: str


@frozen
class InstanceRow:
    """A row of ``instances``.

    Args:
        is_twice: Whether an earlier row has its token.
        updated_at: When it changed last, which is when it was finished, where it is.
    """

    id: int
    token: str | None
    timeout: int | None
    object_id: int | None
    is_finished: bool | None
    reason: str | None
    created_at: datetime | None
    updated_at: datetime | None
    is_deleted: bool
    is_twice: bool
