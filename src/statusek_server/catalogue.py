"""The catalogue: the models of which instances can be created, read again when their file changes.

Here lives when a changed file counts: as a whole or not at all, and not while it lacks a model that
running instances have. What is in a file lives in ``model_files``, versions in ``versions``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from attrs import define, field

from statusek_server.errors import ModelError, StorageError
from statusek_server.model_advice import advice
from statusek_server.model_files import load_models
from statusek_server.models import StatusModel, label
from statusek_server.storage.pages import InstanceFilter
from statusek_server.storage.protocol import Storage
from statusek_server.sweeper import sweep
from statusek_server.versions import PublishedModel

logger = logging.getLogger("statusek_server")

PERIOD: Final = 1.0
"""Seconds between two looks at the file."""

_Mark = tuple[int, int, int] | None


@define(eq=False)
class Catalogue(Mapping[str, PublishedModel]):
    """The published models that are in force now, by name.

    Args:
        models: The first ones.
    """

    _models: Mapping[str, PublishedModel]

    def __getitem__(self, name: str) -> PublishedModel:
        return self._models[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def replace(self, models: Mapping[str, PublishedModel]) -> None:
        """Let other models be in force."""
        self._models = models


@define(eq=False)
class ModelFile:
    """A file of models that is read again when it has changed.

    Args:
        path: The file.

    Raises:
        ModelError: It cannot be used.
    """

    path: Path
    models: tuple[StatusModel, ...] = field(init=False)
    _mark: _Mark = field(init=False)
    _waiting: tuple[StatusModel, ...] | None = field(default=None, init=False)
    _in_the_way: tuple[str, ...] = field(default=(), init=False)

    def __attrs_post_init__(self) -> None:
        self._mark = self._marked()
        self.models = load_models(self.path)
        self._advise(self.models)

    async def look(self, storage: Storage, catalogue: Catalogue) -> None:
        """Put the models of a changed file in force, if they can be.

        What cannot be is told in the log, and the models stay as they were: until the file changes
        again where it is wrong, until they have ended where running instances are in the way.

        Args:
            storage: Where versions are kept.
            catalogue: What is in force.

        Raises:
            StorageError: It is not known yet; the next look tries again.
        """
        mark = self._marked()
        if mark != self._mark:
            self._mark = mark
            self._waiting, self._in_the_way = await asyncio.to_thread(self._read), ()
        models = self._waiting
        if models is None or await self._is_refused(storage, catalogue, models):
            return
        catalogue.replace(await storage.publish(models))
        self.models, self._waiting = models, None
        logger.warning("%s was read again: %d models", self.path, len(models))

    def _read(self) -> tuple[StatusModel, ...] | None:
        try:
            models = load_models(self.path)
        except ModelError as error:
            for problem in error.problems:
                logger.error("the models stay as they were: %s: %s", self.path, problem)  # noqa: TRY400
            return None
        self._advise(models)
        return models

    async def _is_refused(
        self, storage: Storage, catalogue: Catalogue, models: Sequence[StatusModel]
    ) -> bool:
        """Return whether a model is missing that has running instances; told once."""
        missing = [name for name in catalogue if name not in {model.name for model in models}]
        if missing:
            await sweep(storage)
        in_the_way = tuple([name for name in missing if await _is_running(storage, name)])
        for name in in_the_way:
            if name not in self._in_the_way:
                logger.error(
                    "the models stay as they were: %s lacks the %s, which has running instances; "
                    "put it back, or wait until they have ended",
                    self.path,
                    label("model", name),
                )
        self._in_the_way = in_the_way
        return bool(in_the_way)

    def _advise(self, models: Sequence[StatusModel]) -> None:
        for hint in (hint for model in models for hint in advice(model)):
            logger.warning("%s: %s", self.path, hint)

    def _marked(self) -> _Mark:
        with suppress(OSError):
            seen = self.path.stat()
            return seen.st_mtime_ns, seen.st_size, seen.st_ino
        return None


async def _is_running(storage: Storage, name: str) -> bool:
    wanted = InstanceFilter(object_name=name, is_finished=False)
    return bool((await storage.list_instances(wanted, None, 1)).instances)


@asynccontextmanager
async def reloading(
    file: ModelFile | None, storage: Storage, catalogue: Catalogue, period: float = PERIOD
) -> AsyncGenerator[None]:
    """Look at a file again and again until left.

    Args:
        file: The file; None for nothing to do.
        storage: Where versions are kept.
        catalogue: What is in force.
        period: Seconds between two looks.
    """
    if file is None:
        yield
        return
    task = asyncio.create_task(
        _look_forever(file, storage, catalogue, period), name="statusek-models"
    )
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _look_forever(
    file: ModelFile, storage: Storage, catalogue: Catalogue, period: float
) -> None:
    while True:
        await asyncio.sleep(period)
        try:
            await file.look(storage, catalogue)
        except StorageError as error:
            logger.warning("%s is not in force yet: %s", file.path, error)
