"""The protocol of a storage, in terms of the use cases.

Here live the calls that a storage takes; what they take and return lives in ``instances``,
``pages``, ``purging`` and ``taking_over``. A storage takes a verdict on the locked instance, by its
own clock, and answers only what is durable: nothing here knows rows, statements or transactions, so
that one storage may take a verdict in one statement and another in Python.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from statusek_server.models import StatusModel
from statusek_server.rules import Verdict
from statusek_server.storage.instances import NewEvent, NewInstance, Once, Snapshot
from statusek_server.storage.pages import ChangePage, InstanceFilter, InstancePage, Position
from statusek_server.storage.purging import Old, Purged
from statusek_server.storage.taking_over import Imported, Taken
from statusek_server.versions import PublishedModel

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
