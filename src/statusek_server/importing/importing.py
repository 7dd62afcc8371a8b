"""Importing: all of an original database into a storage, batch by batch.

Here lives the order: the models of the server first, since they give the numbers; then the models
that are found; then the instances with their events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeVar

from attrs import define, field, frozen

from statusek_server.errors import ModelError
from statusek_server.importing.findings import Finding, Findings
from statusek_server.importing.original import OriginalDatabase
from statusek_server.importing.translation import Original, models_of, translated
from statusek_server.models import StatusModel
from statusek_server.storage.protocol import Storage
from statusek_server.storage.taking_over import Held, Imported, Taken, decide
from statusek_server.versions import PublishedModel

BATCH: Final = 100
"""Instances that share a transaction, for which a server on the same SQLite file has to wait."""

_FINDINGS: Final = {Taken.GONE_ON: Finding.GONE_ON, Taken.ANOTHER: Finding.TOKEN_TAKEN}

T = TypeVar("T")


@define
class Progress:
    """How far an import is.

    Args:
        version: The version of the original.
        total: How many instances it has.
        read: How many of them were read.
        events: How many events were taken with instances that are new here.
        taken: What became of instances.
        findings: What could not be taken, or only in another way.
        models: The models that were found, by the numbers of their objects.
    """

    version: str = ""
    total: int = 0
    read: int = 0
    events: int = 0
    taken: Counter[Taken] = field(factory=Counter[Taken])
    findings: Findings = field(factory=Findings)
    models: Mapping[int, Original | ModelError] = field(factory=dict[int, Original | ModelError])

    @property
    def found_models(self) -> Sequence[StatusModel]:
        """The models that can be used; of those with one name the last, as new instances had it."""
        usable = (found.model for found in self.models.values() if isinstance(found, Original))
        return tuple({model.name: model for model in usable}.values())


@frozen(eq=False)
class Import:
    """One run.

    Args:
        source: Where from.
        storage: Where to.
        configured: The models of the server.
        progress: Where is counted.
        told: Called after each batch.
        is_dry: Whether to store nothing.
        batch: Instances of a batch.
    """

    source: OriginalDatabase
    storage: Storage
    configured: Sequence[StatusModel]
    progress: Progress
    told: Callable[[Progress], None]
    is_dry: bool = False
    batch: int = BATCH

    async def run(self) -> None:
        """Take over everything; what is here already is not taken twice."""
        progress = self.progress
        progress.version = await self.source.version()
        progress.models = models_of(*await self.source.models())
        progress.total = await self.source.count()
        versions = await self._publish()
        async for batch in _batches(self._instances(), self.batch):
            instances = [imported for _, imported in batch]
            taken = (
                [await self._decided(imported) for imported in instances]
                if self.is_dry
                else await self.storage.take_over([(one, versions[one.model]) for one in instances])
            )
            self._count(batch, taken)

    async def _publish(self) -> Mapping[StatusModel, PublishedModel]:
        if self.is_dry:
            return {}
        await self.storage.publish(self.configured)
        found = [one.model for one in self.progress.models.values() if isinstance(one, Original)]
        return {model: (await self.storage.publish([model]))[model.name] for model in found}

    async def _instances(self) -> AsyncIterator[tuple[int, Imported]]:
        progress = self.progress
        async for row, events in self.source.instances():
            if row is None:
                for event in events:
                    progress.findings.add(Finding.EVENT_ALONE, event.id)
                continue
            progress.read += 1
            imported = translated(row, events, progress.models, progress.findings)
            if imported is not None:
                yield row.id, imported

    async def _decided(self, imported: Imported) -> Taken:
        """Return what would become of an instance."""
        seen = await self.storage.look(imported.token)
        if seen is None:
            return Taken.ADDED
        statuses = seen.published.statuses
        names = frozenset(statuses[number].name for number in seen.facts.set_ids)
        return decide(Held(seen.created_at, names, seen.facts.finish is not None), imported).taken

    def _count(self, batch: Sequence[tuple[int, Imported]], taken: Sequence[Taken]) -> None:
        progress = self.progress
        for (row_id, imported), one in zip(batch, taken, strict=True):
            if one in _FINDINGS:
                progress.findings.add(_FINDINGS[one], row_id)
            else:
                progress.taken[one] += 1
            if one is Taken.ADDED:
                progress.events += len(imported.events)
        self.told(progress)


async def _batches(items: AsyncIterator[T], size: int) -> AsyncIterator[list[T]]:
    batch: list[T] = []
    async for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
