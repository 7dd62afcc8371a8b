"""Pages: what many instances are, and what changes in them, read part by part.

Here live what is asked for, what a page has, and where the next one goes on. How a page is read
lives with each storage.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from statusek_server.outcomes import FinishReason
from statusek_server.rules import Finish
from statusek_server.storage.instances import Snapshot, StoredEvent
from statusek_server.versions import PublishedModel


@frozen
class InstanceFilter:
    """Which instances a listing has; None, and nothing, for no matter.

    Args:
        object_name: Their object.
        is_finished: Whether they are finished.
        reason: Why they are.
        status_name: A status that is set.
        oldest: Seconds since the creation of the oldest.
        youngest: Seconds since the creation of the youngest.
    """

    object_name: str | None = None
    is_finished: bool | None = None
    reason: FinishReason | None = None
    status_name: str | None = None
    oldest: int | None = None
    youngest: int | None = None


@frozen
class Position:
    """A place in the order of all instances, newest first.

    Args:
        created_at: When the instance there was created.
        token: Its token, which orders those that were created at the same moment, somehow.
    """

    created_at: datetime
    token: str


@frozen
class InstancePage:
    """A part of a listing.

    Args:
        instances: Newest first, without their events; fewer than asked for where many had to be
            passed over.
        after: Where to go on, or None at the end.
    """

    instances: tuple[Snapshot, ...]
    after: Position | None


@frozen
class Change:
    """What has changed in an instance: a status was set, or it is finished, or both at once.

    Args:
        token: The instance.
        published: The version of the model that it runs on.
        event: The status that was set, or None where nothing but time has finished it.
        finish: How it was finished by this, or None.
        mark: Its place in the order of all changes; only the storage reads it.
    """

    token: str
    published: PublishedModel
    event: StoredEvent | None
    finish: Finish | None
    mark: str


@frozen
class ChangePage:
    """Changes in an order in which nothing that comes later is before what was read.

    Args:
        changes: Those of one instance in the order in which they happened.
        mark: Where to go on.
        is_last: Whether nothing more was there.
    """

    changes: tuple[Change, ...]
    mark: str
    is_last: bool
