"""What an outbox holds and what a delivery tells, as values.

No I/O and no rules live here.
"""

from __future__ import annotations

from typing import Literal

import attrs

from statusek_client.errors import shortened

Kind = Literal["delivered", "refused", "kept"]


@attrs.frozen(kw_only=True)
class NewPost:
    """A status that was set and is to be kept.

    `server` is where it belongs, a URL without credentials; `key` is the idempotency key.
    """

    server: str
    token: str = attrs.field(repr=shortened)
    status_name: str
    status_message: str | None = attrs.field(repr=False)
    key: str = attrs.field(repr=False)

    @property
    def size(self) -> int:
        """How much it counts: the bytes of its texts."""
        texts = (self.server, self.token, self.status_name, self.status_message or "", self.key)
        return sum(len(text.encode()) for text in texts)


@attrs.frozen(kw_only=True)
class Post:
    """One status that was set and not delivered.

    `id` is its number in the file, which is never given twice; `server` is where it belongs, a URL
    without credentials; `made` is when it was set (seconds since 1970). `is_doubtful` tells that an
    earlier try may have arrived; `trouble` is what the last try ended in; `missing_since` is when
    a server first did not find its instance or status. `refusal` is the server's reason once it
    has refused for good.
    """

    id: int
    server: str
    token: str = attrs.field(repr=shortened)
    status_name: str
    status_message: str | None = attrs.field(repr=False)
    key: str = attrs.field(repr=False)
    made: float
    is_doubtful: bool = attrs.field(converter=bool)
    trouble: str | None
    missing_since: float | None
    refusal: str | None


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of one try to deliver a post.

    `reason` is the server's, or what the try ended in, "" for a delivered post; the other two are
    those of the post from now on.
    """

    kind: Kind
    reason: str = ""
    is_doubtful: bool = False
    missing_since: float | None = None


@attrs.frozen(kw_only=True)
class Flushed:
    """What a flush did: how many posts were delivered, refused, and are still pending."""

    delivered: int
    refused: int
    pending: int


DELIVERED = Outcome(kind="delivered")
