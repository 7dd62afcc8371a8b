"""The errors of the server package; nothing else raises its own.

The tree::

    StatusekServerError
    ├── ConfigurationError  flags, environment and file together do not make settings
    ├── KeyFileError        a file of keys cannot be used
    ├── ModelError          a status model, or a file of them, cannot be used
    ├── ParametersError     the body of a request does not say what a call needs to know
    ├── SettingsError       a setting cannot be used
    └── StorageError        the storage did not do what it was asked
        └── SchemaError     the database is not one that this version can use
"""

from __future__ import annotations

from attrs import frozen


class StatusekServerError(Exception):
    """Anything that this package raises on purpose."""


@frozen
class Problem:
    """One thing that is wrong.

    Args:
        where: The place, as a person would name it.
        what: What is wrong there, and what was expected.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}"


class ConfigurationError(StatusekServerError):
    """Flags, environment and file together do not make settings that can be used.

    Args:
        problems: Every problem that was found, with its source.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems)


class KeyFileError(StatusekServerError):
    """A file of keys cannot be used, or not in this way.

    Args:
        path: The file.
        what: What is wrong, and what was expected.
    """

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class ModelError(StatusekServerError):
    """A model, or a file of models, cannot be used.

    Args:
        problems: Every problem that was found.
        path: The file, where there is one.
    """

    def __init__(self, problems: tuple[Problem, ...], path: str | None = None) -> None:
        super().__init__(problems, path)
        self.problems = problems
        self.path = path

    def __str__(self) -> str:
        prefix = f"{self.path}: " if self.path else ""
        return prefix + "; ".join(str(problem) for problem in self.problems)


class ParametersError(StatusekServerError):
    """The body of a request is not one JSON object, or a field of it has the wrong type.

    Args:
        what: What is wrong.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class SettingsError(StatusekServerError):
    """A setting cannot be used.

    Args:
        name: The setting, as in ``Settings``.
        value: What it was.
        expected: What it should be.
    """

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(name, value, expected)
        self.name = name
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        return f"the setting '{self.name}' is {self.value!r}; expected {self.expected}"


class StorageError(StatusekServerError):
    """The storage did not do what it was asked; whether it will later is unknown.

    Args:
        what: What went wrong, with a hint of what to do where there is one.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class SchemaError(StorageError):
    """The database is not one that this version of the server can use."""
