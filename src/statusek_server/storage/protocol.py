"""The protocol of a storage, in terms of the use cases.

Here live the calls that a storage takes and the values that it returns. A storage takes a verdict
on the locked instance, by its own clock, and answers only what is durable: nothing here knows rows,
statements or transactions, so that one storage may take a verdict in one statement and another in
Python.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from attrs import frozen

from statusek_server.models import StatusModel
from statusek_server.outcomes import FinishReason
from statusek_server.rules import Facts, Finish, Verdict
from statusek_server.versions import PublishedModel

KEY_LIFE: Final = timedelta(hours=24)
"""How long a storage remembers what was done for a call that came with a key."""


@frozen
class Once:
    """What makes a call done once, however often it comes; both are hashes.

    Args:
        key: Of the key that its caller has chosen.
        body: Of what it asks for; the same key with another one is refused.
    """

    key: bytes
    body: bytes


@frozen
class NewInstance:
    """An instance to be created.

    Args:
        token: Its name.
        published: The version of the model that it will run on.
        timeout: Seconds that it lives.
        silence: Seconds that it may be silent, or None for as long as it lives.
        once: Its key, if it came with one.
    """

    token: str
    published: PublishedModel
    timeout: int
    silence: int | None
    once: Once | None = None


@frozen
class NewEvent:
    """A status to be set.

    Args:
        token: The instance.
        status_name: The status.
        message: The text that comes with it.
        once: Its key, if it came with one.
    """

    token: str
    status_name: str
    message: str
    once: Once | None = None


@frozen
class StoredEvent:
    """A status that was set.

    Args:
        status_id: The number of the status.
        message: The text that came with it.
        created_at: When it was set.
    """

    status_id: int
    message: str
    created_at: datetime


@frozen
class Snapshot:
    """One instance at one moment; finished already where it was due then.

    Args:
        token: The instance.
        published: The version of the model that it runs on.
        facts: What the rules need to know.
        created_at: When it was created.
        deadline: When its life ends.
        seen_at: The moment, by the storage's clock.
        events: What was set, in order; empty unless asked for.
    """

    token: str
    published: PublishedModel
    facts: Facts
    created_at: datetime
    deadline: datetime
    seen_at: datetime
    events: tuple[StoredEvent, ...] = ()


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


@frozen
class Old:
    """Which instances are to be purged.

    Args:
        age: Seconds since the end of the youngest, which for an open one is when it was due.
        with_open: Whether those go, too, that are neither finished nor due, but were created that
            long ago.
    """

    age: int
    with_open: bool = False


@frozen
class Purged:
    """What one step of a purge has removed, or would.

    Args:
        instances: How many instances.
        events: How many events of theirs.
    """

    instances: int
    events: int


@frozen
class ImportedEvent:
    """A status that was set elsewhere.

    Args:
        status_name: The status.
        message: The text that came with it.
        created_at: When it was set.
    """

    status_name: str
    message: str
    created_at: datetime


@frozen
class Imported:
    """An instance that has lived elsewhere.

    Args:
        token: Its name.
        model: What it runs on.
        created_at: When it was created.
        deadline: When its life ends.
        events: What was set, each status once, in order.
        finish: How it was finished, or None.
    """

    token: str
    model: StatusModel
    created_at: datetime
    deadline: datetime
    events: tuple[ImportedEvent, ...] = ()
    finish: Finish | None = None


class Taken(StrEnum):
    """What became of an instance that was to be taken over."""

    ADDED = "added"
    EXTENDED = "extended"
    UNCHANGED = "unchanged"
    GONE_ON = "gone on here"
    ANOTHER = "another one here"


Notify = Callable[[Sequence[str] | None], None]
"""Is told the tokens of instances that have changed; None: any instance may have."""


class Storage(Protocol):
    """What the service needs. Every method may raise StorageError, and then nothing is known.

    What returned is durable. Any number of servers may share what is stored.
    """

    async def publish(self, models: Sequence[StatusModel]) -> Mapping[str, PublishedModel]:
        """Keep the models' present versions and return them by name, with their numbers."""
        ...

    async def create(self, instance: NewInstance) -> str | None:
        """Create an instance.

        Returns:
            Its token, or that of the instance which was created for the same key and body before;
            None where the key came with another body.
        """
        ...

    async def created_before(self, once: Once) -> str | None:
        """Return the token that was created for a key and body, or None."""
        ...

    async def set_status(self, event: NewEvent) -> Verdict | None:
        """Set a status if the rules allow it.

        Returns:
            The verdict; success, too, where that was the verdict for the same key and body before,
            whatever has happened since. None: no such token.
        """
        ...

    async def beat(self, token: str) -> Verdict | None:
        """Note a sign of life of an open instance, and return the verdict; None: no such token."""
        ...

    async def look(self, token: str, *, events: bool = False) -> Snapshot | None:
        """Return an instance, finished by now if it was due; None: no such token."""
        ...

    async def take_over(
        self, instances: Sequence[tuple[Imported, PublishedModel]]
    ) -> Sequence[Taken]:
        """Keep instances that have lived elsewhere, in one transaction.

        Args:
            instances: Each with the published version of its model; tokens differ.

        Returns:
            What became of each, in their order; see ``taking_over``.
        """
        ...

    async def set_global_status(self, status_name: str, message: str) -> None:
        """Keep a status that belongs to no instance."""
        ...

    async def finish_due(self, limit: int) -> int:
        """Finish up to ``limit`` open instances that are due and return how many they were."""
        ...

    async def forget_keys(self, limit: int) -> int:
        """Forget up to ``limit`` keys that are older than ``KEY_LIFE``; return how many."""
        ...

    def purge(self, old: Old, limit: int, *, is_dry: bool = False) -> AsyncGenerator[Purged]:
        """Remove old instances with all that belongs to them, step by step.

        Each step is committed before it is told, and looks at a bounded number of instances. What
        somebody changes meanwhile stays.

        Args:
            old: Which.
            limit: How many one step looks at.
            is_dry: Whether to remove nothing, and only tell.
        """
        ...

    async def list_instances(
        self, wanted: InstanceFilter, after: Position | None, limit: int
    ) -> InstancePage:
        """Return instances, newest first; those that are due but not yet finished, as stored.

        What it costs is bounded by the limit, not by how many instances there are.

        Args:
            wanted: Which.
            after: Only those behind this position; one that was taken from a page stays good.
            limit: How many at most.
        """
        ...

    async def list_changes(self, after: str | None, limit: int) -> ChangePage | None:
        """Return the changes of all instances in the order in which followers may read them.

        Args:
            after: Only those behind this mark; None for no changes but the mark of the present.
            limit: How many at most.

        Returns:
            The changes, or None where the mark is not one of this storage.
        """
        ...

    def watch(self, notify: Notify) -> AbstractAsyncContextManager[None]:
        """Tell, while entered, of each commit that stored an event or finished an instance.

        Args:
            notify: Called in the event loop, soon after each such commit by any server on the same
                storage, with the tokens; with None when some may have been missed, so that
                whoever waits has to look again. It may be told too much, never too little.
        """
        ...

    async def ping(self) -> None:
        """Return if the storage can be read now."""
        ...


OpenStorage = AbstractAsyncContextManager[Storage]
"""A storage that is opened by entering and closed by leaving."""
