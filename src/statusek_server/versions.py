"""Versions of models: a model as it was published, with the numbers that its storage gave it.

Here live the text in which a storage keeps a version, its fingerprint, and the published version
itself. An instance runs on the version that it was created with, whatever a model file says later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Final

import cattrs
from attrs import frozen

from statusek_server.models import Status, StatusModel
from statusek_server.rules import CompiledModel, compile_model

_CONVERTER: Final = cattrs.Converter(forbid_extra_keys=True)


def definition_of(model: StatusModel) -> str:
    """Return the text in which a version is kept; equal models have equal texts."""
    return json.dumps(_CONVERTER.unstructure(model), ensure_ascii=False, sort_keys=True)


def model_of(definition: str) -> StatusModel:
    """Return the model that a definition was made of."""
    return _CONVERTER.structure(json.loads(definition), StatusModel)


def fingerprint_of(definition: str) -> str:
    """Return a short name of a definition, by which a storage finds it again."""
    return hashlib.sha256(definition.encode()).hexdigest()


@frozen(slots=False)
class PublishedModel:
    """A version of a model with its numbers.

    Args:
        id: The number of the version.
        object_id: The number of the object; every version of it has the same.
        model: The model.
        status_ids: The number of each status, by name; a status keeps it through the versions.
        created_at: When the version was published.
    """

    id: int
    object_id: int
    model: StatusModel
    status_ids: Mapping[str, int]
    created_at: datetime

    @cached_property
    def compiled(self) -> CompiledModel:
        """The model as the rules want it."""
        return compile_model(self.model, self.status_ids)

    @cached_property
    def statuses(self) -> Mapping[int, Status]:
        """The statuses, by number."""
        return {self.status_ids[s.name]: s for s in self.model.statuses}
