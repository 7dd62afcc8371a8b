"""Files: whether a SQLite database is still where it was opened.

Here lives the comparison of what a path leads to now with what it led to at the beginning. A
process goes on reading and writing a file that somebody has deleted or replaced, and all of it is
lost when the process ends; SQLite does not notice.
"""

from __future__ import annotations

from pathlib import Path

from attrs import define, field

from statusek_server.errors import StorageError

_Identity = tuple[int, int]


@define(eq=False)
class Files:
    """The file of a database, and the one beside it that holds the newest commits.

    Args:
        path: The file.
    """

    path: str
    _known: dict[str, _Identity] = field(factory=dict, init=False)

    def remember(self) -> None:
        """Note which files these are; to be called once they are open."""
        self._known = {path: _identity(path) for path in (self.path, f"{self.path}-wal")}

    def check(self) -> None:
        """Return if they are still the same.

        Raises:
            StorageError: One is gone, or another has taken its place.
        """
        for path, known in self._known.items():
            try:
                is_same = _identity(path) == known
            except OSError as error:
                raise StorageError(f"{path} is gone ({error.strerror}): {_HINT}") from error
            if not is_same:
                raise StorageError(f"{path} was replaced by another file: {_HINT}")


_HINT = "put back the file that was opened, or restart the server to use what is there now"


def _identity(path: str) -> _Identity:
    found = Path(path).stat()
    return found.st_dev, found.st_ino
