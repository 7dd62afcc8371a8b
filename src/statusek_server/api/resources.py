"""Resources: models and instances as JSON.

Here live the keys of the modern interface. Routes live in ``routes``.
"""

from __future__ import annotations

from datetime import datetime

from statusek_server.models import StatusModel
from statusek_server.storage.protocol import Snapshot
from statusek_server.versions import PublishedModel
from statusek_server.wire.go_json import timestamp


def model_summary(published: PublishedModel) -> dict[str, object]:
    """Return a model as an entry of a list."""
    model = published.model
    return {"id": published.object_id, "name": model.name, "description": model.description}


def model_detail(published: PublishedModel) -> dict[str, object]:
    """Return a model with its statuses, in order, and its edges."""
    model = published.model
    return {
        **model_summary(published),
        "timeout": model.timeout,
        "silence": model.silence,
        "statuses": [
            {
                "id": published.status_ids[status.name],
                "name": status.name,
                "type": status.type.value,
                "description": status.description,
                "after": list(status.after),
            }
            for status in model.statuses
        ],
        "edges": [list(edge) for edge in model.edges],
    }


def instance_detail(seen: Snapshot) -> dict[str, object]:
    """Return an instance with what is set and what is missing."""
    finish = seen.facts.finish
    set_names = [seen.published.statuses[number].name for number in seen.facts.set_ids]
    return {
        "token": seen.token,
        "object": seen.published.model.name,
        "state": "finished" if finish else "open",
        "reason": finish.reason.value if finish else None,
        "created": timestamp(seen.created_at),
        "deadline": timestamp(seen.deadline),
        "due": timestamp(seen.facts.due_at),
        "finished": _timestamp(finish.at if finish else None),
        "set_statuses": set_names,
        "missing_mandatory": _missing(seen.published.model, set_names),
    }


def _missing(model: StatusModel, set_names: list[str]) -> list[str]:
    return [name for name in model.mandatory if name not in set_names]


def _timestamp(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
