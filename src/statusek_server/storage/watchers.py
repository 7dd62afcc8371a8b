"""Watchers: who is told which instances have changed.

Here lives the list of them. How a storage learns of a change, its own or that of another server,
lives in the storage.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from attrs import define, field

from statusek_server.storage.protocol import Notify


@define(eq=False)
class Watchers:
    """Everybody who watches a storage."""

    _notifies: list[Notify] = field(factory=list, init=False)

    @contextmanager
    def added(self, notify: Notify) -> Generator[None]:
        """Tell one more until left."""
        self._notifies.append(notify)
        try:
            yield
        finally:
            self._notifies.remove(notify)

    def tell(self, tokens: Sequence[str] | None) -> None:
        """Tell everybody what has changed, if anything has.

        Args:
            tokens: The instances; None for any.
        """
        if tokens is None or tokens:
            for notify in tuple(self._notifies):
                notify(tokens)

    def wake(self) -> None:
        """Tell everybody that a change can be read now of which they were told before."""
        for notify in tuple(self._notifies):
            notify(())
