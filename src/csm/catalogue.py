"""The open catalogues of component names, and how an organisation adds its own.

Only the catalogues, their registration and its undoing live here; the closed enums are in
`vocabulary`.

A catalogue behaves like an enum that can grow: `in`, iteration, `len`, lookup by name and by
attribute. There is one instance per class and name while it is in use, so that equality is identity
and `is_known` says what is listed now.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from threading import RLock
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar, cast
from weakref import WeakValueDictionary

from csm.errors import CsmDecodeError, CsmValidationError, Problem, ProblemList, excerpt_of, nearest
from csm.paths import ROOT, element_path, member_path

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_lock = RLock()
_M = TypeVar("_M", bound="Catalogue")


def _problem_of(name: object, path: str) -> Problem | None:
    if isinstance(name, str) and _NAME.fullmatch(name):
        return None
    message = "a registered name is made of A-Z, 0-9 and _, and begins with a letter"
    return Problem(path, message, excerpt_of(name))


class _CatalogueType(type):
    listing: dict[str, Any]

    @property
    def __members__(cls) -> Mapping[str, Any]:
        """The listed members by name, in the order of registration; a live view."""
        return MappingProxyType(cls.listing)

    def __iter__(cls: type[_M]) -> Iterator[_M]:  # type: ignore[misc]
        return iter(tuple(cls.listing.values()))

    def __len__(cls) -> int:
        return len(cls.listing)

    def __bool__(cls) -> bool:
        return True

    def __contains__(cls, value: object) -> bool:
        """Whether a value is a listed member or the name of one."""
        if isinstance(value, str):
            return value in cls.listing
        return isinstance(value, Catalogue) and cls.listing.get(value.name) is value

    def __getitem__(cls: type[_M], name: str) -> _M:  # type: ignore[misc]
        member: _M = cls.listing[name]
        return member


class Catalogue(metaclass=_CatalogueType):
    """A set of component names to which an organisation adds its own."""

    __slots__ = ("__weakref__", "name")
    name: str
    listing: ClassVar[dict[str, Any]]
    _alive: ClassVar[WeakValueDictionary[str, Any]]

    def __init_subclass__(cls) -> None:
        cls.listing = {}
        cls._alive = WeakValueDictionary()

    def __new__(cls, name: object) -> Self:
        """The listed member of a name; a listed member is returned as it is.

        Raises:
            CsmValidationError: It is not listed; the message names the known ones and the nearest.
        """
        if type(name) is cls and name.is_known:
            return name
        found: Self | None = cls.listing.get(name) if isinstance(name, str) else None
        if found is None:
            raise CsmValidationError([Problem("$", cls.unlisted_message(name), excerpt_of(name))])
        return found

    @classmethod
    def unlisted_message(cls, name: object) -> str:
        """What to tell somebody who used a name that is not listed."""
        names = nearest(name if isinstance(name, str) else "", cls.listing)
        how = "register(…) or a catalogue file adds a name"
        return f"is no registered {cls.__name__}: expected {names}; {how}"

    @classmethod
    def kept(cls, name: str) -> Self:
        """The member of that name; where there is none, the unlisted instance of that name."""
        member: Self | None = cls._alive.get(name)
        if member is None:
            with _lock:
                member = cls._alive.get(name)
                if member is None:
                    member = object.__new__(cls)
                    object.__setattr__(member, "name", name)
                    cls._alive[name] = member
        return member

    @classmethod
    def register(cls, name: str) -> Self:
        """Add a name; adding it again changes nothing.

        Args:
            name: Capital letters, digits and underscores, a letter first.

        Returns:
            The member, also available as an attribute of the class from now on.

        Raises:
            CsmValidationError: The name has another form.

        >>> with catalogue_sandbox():
        ...     BILLING = MajorComponentType.register("BILLING")
        ...     BILLING is MajorComponentType("BILLING")
        True
        """
        problem = _problem_of(name, "$")
        if problem is not None:
            raise CsmValidationError([problem])
        with _lock:
            member = cls.kept(name)
            cls.listing.setdefault(name, member)
            setattr(cls, name, member)
        return member

    @property
    def value(self) -> str:
        """The name, as in an enum."""
        return self.name

    @property
    def is_known(self) -> bool:
        """Whether the name is registered now."""
        return self.name in type(self).listing

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self!r} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{self!r} cannot be changed")

    def __repr__(self) -> str:
        return f"<{self}: {self.name!r}>"

    def __str__(self) -> str:
        from csm.printable import printable

        return f"{type(self).__name__}.{printable(self.name)}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).kept, (self.name,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


class MajorComponentType(Catalogue):
    """An organisation's own applications."""

    __slots__ = ()
    SIA: ClassVar[MajorComponentType]
    MADM: ClassVar[MajorComponentType]


class MajorExternalComponentType(Catalogue):
    """Common outside applications."""

    __slots__ = ()
    EDW: ClassVar[MajorExternalComponentType]
    DSB: ClassVar[MajorExternalComponentType]
    DIGITALSMITHS: ClassVar[MajorExternalComponentType]


for _name in ("SIA", "MADM"):
    MajorComponentType.register(_name)
for _name in ("EDW", "DSB", "DIGITALSMITHS"):
    MajorExternalComponentType.register(_name)

_CATALOGUES: Mapping[str, type[Catalogue]] = {
    "major": MajorComponentType,
    "major_external": MajorExternalComponentType,
}


def load_catalogue(path: str | PathLike[str]) -> None:
    """Register the names of a TOML file, all of them or, where one is wrong, none.

    Args:
        path: A file with the lists ``major`` and ``major_external``; either may be left out.

    Raises:
        CsmDecodeError: The file is not TOML.
        CsmValidationError: It has other keys, or names of another form.
        OSError: The file cannot be read.
    """
    table = _read_toml(path)
    problems = ProblemList()
    names = [(key, name) for key, value in table.items() for name in _names(key, value, problems)]
    if problems:
        raise problems.error()
    with _lock:
        for key, name in names:
            _CATALOGUES[key].register(name)


def _read_toml(path: str | PathLike[str]) -> dict[str, object]:
    import tomllib
    from pathlib import Path

    data = Path(path).read_bytes()
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        raise CsmDecodeError(f"{path} is nested too deep") from error
    except ValueError as error:  # not UTF-8, not TOML, or a number of thousands of digits
        raise CsmDecodeError(f"{path} is not a TOML file: {error}") from error


def _names(key: str, value: object, problems: ProblemList) -> list[str]:
    path = member_path(ROOT, key)
    if key not in _CATALOGUES:
        problems.add(path, f"is no list of names: expected {nearest(key, _CATALOGUES)}")
        return []
    if not isinstance(value, list):
        problems.add(path, "must be a list of names", excerpt_of(value))
        return []
    names = cast("list[str]", value)
    found = [_problem_of(name, element_path(path, index)) for index, name in enumerate(names)]
    for problem in filter(None, found):
        problems.add(problem.path, problem.message, problem.excerpt)
    return names


@contextmanager
def catalogue_sandbox() -> Generator[None]:
    """Undo, at the end of a ``with`` block, every registration made in it; for tests."""
    before = {catalogue: set(catalogue.__members__) for catalogue in _CATALOGUES.values()}
    try:
        yield
    finally:
        with _lock:
            for catalogue, names in before.items():
                _unlist(catalogue, names)


def _unlist(catalogue: type[Catalogue], remaining: set[str]) -> None:
    for name in set(catalogue.__members__) - remaining:
        del catalogue.listing[name]
        delattr(catalogue, name)
