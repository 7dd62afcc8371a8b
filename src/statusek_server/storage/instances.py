"""Instances, as a storage is told of them and tells of them.

Here live frozen values: what is to be created or set, and what an instance is at one moment. Many
of them at once live in ``pages``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from statusek_server.rules import Facts
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
