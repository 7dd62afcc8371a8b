"""Resources: models, instances and events as JSON.

Here live the keys of what the modern interface answers; the keys of what it is sent live in
``bodies`` and ``queries``. Routes live in ``routes``.
"""

from __future__ import annotations

from datetime import datetime

from statusek_server.mermaid import mermaid
from statusek_server.models import Status, StatusModel
from statusek_server.rules import Finish
from statusek_server.storage.instances import Snapshot, StoredEvent
from statusek_server.storage.pages import Change
from statusek_server.versions import PublishedModel
from statusek_server.wire.go_json import timestamp


def model_summary(published: PublishedModel) -> dict[str, object]:
    """Return a model as an entry of a list."""
    model = published.model
    return {"id": published.object_id, "name": model.name, "description": model.description}


def model_detail(published: PublishedModel) -> dict[str, object]:
    """Return a model with its graph: statuses, in order, edges, and both as a diagram's text."""
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
        "mermaid": mermaid(model),
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


def event_detail(seen: Snapshot, number: int) -> dict[str, object]:
    """Return an event of an instance.

    Args:
        seen: The instance, with its events.
        number: Which, from 1.
    """
    stored = seen.events[number - 1]
    return {"number": number, **_event(stored, seen.published.statuses[stored.status_id])}


def change_event(change: Change, stored: StoredEvent) -> dict[str, object]:
    """Return an event of any instance."""
    return {
        **_instance(change.token, change.published),
        **_event(stored, change.published.statuses[stored.status_id]),
    }


def ending(token: str, published: PublishedModel, finish: Finish) -> dict[str, object]:
    """Return the end of an instance."""
    return {
        **_instance(token, published),
        "reason": finish.reason.value,
        "finished": timestamp(finish.at),
    }


def _instance(token: str, published: PublishedModel) -> dict[str, object]:
    return {"token": token, "object": published.model.name}


def _event(stored: StoredEvent, status: Status) -> dict[str, object]:
    return {
        "status": status.name,
        "type": status.type.value,
        "description": status.description,
        "message": stored.message,
        "created": timestamp(stored.created_at),
    }


def _missing(model: StatusModel, set_names: list[str]) -> list[str]:
    return [name for name in model.mandatory if name not in set_names]


def _timestamp(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
