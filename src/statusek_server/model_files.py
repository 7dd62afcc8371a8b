"""Model files: TOML in, status models out, with every problem of a file in one error.

Here lives the only knowledge of the file's keys and their types. What makes a model itself wrong
lives in ``models``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from os import PathLike, fspath
from pathlib import Path
from typing import Final, cast

from attrs import define, field

from statusek_server.errors import ModelError, Problem
from statusek_server.models import Status, StatusModel, StatusType, duplicates, label
from statusek_server.toml_text import toml_value

TYPES: Final = {status_type.value: status_type for status_type in StatusType}


def load_models(path: str | PathLike[str]) -> tuple[StatusModel, ...]:
    """Read a TOML file of status models.

    Args:
        path: The file. Its order is kept, since it gives the numeric identifiers.

    Returns:
        The models, in the order of the file.

    Raises:
        ModelError: The file cannot be read, or something in it is wrong; every problem is listed.
    """
    try:
        return parse_models(Path(path).read_text("utf-8"))
    except ModelError as error:
        raise ModelError(error.problems, fspath(path)) from None
    except OSError as error:
        problem = Problem("the model file", f"cannot be read: {error.strerror}")
        raise ModelError((problem,), fspath(path)) from error
    except UnicodeDecodeError as error:
        problem = Problem("the model file", f"is not UTF-8: {error.reason} at byte {error.start}")
        raise ModelError((problem,), fspath(path)) from error


def default_models() -> tuple[StatusModel, ...]:
    """Return the catalogue that a server has when it is given no file."""
    return parse_models((files("statusek_server") / "default_models.toml").read_text("utf-8"))


def model_text(models: Iterable[StatusModel]) -> str:
    """Return the text of a file from which the same models are read.

    Args:
        models: The models, in their order.
    """
    return "\n".join(line for model in models for line in _lines(model))


def _lines(model: StatusModel) -> Iterator[str]:
    yield "[[model]]"
    yield from _keys(
        name=model.name,
        description=model.description,
        timeout=model.timeout,
        silence=model.silence,
    )
    for status in model.statuses:
        yield "[[model.status]]"
        yield from _keys(
            name=status.name,
            type=status.type.value,
            description=status.description,
            after=list(status.after),
        )


def _keys(**values: str | int | list[str] | None) -> Iterator[str]:
    """Return a line for each key that says something, and an empty one behind them."""
    for key, value in values.items():
        if value:
            yield f"{key} = {toml_value(value)}"
    yield ""


def parse_models(text: str) -> tuple[StatusModel, ...]:
    """Read status models from TOML text.

    Args:
        text: The text of a model file.

    Returns:
        The models, in the order of the text.

    Raises:
        ModelError: Something is wrong; every problem is listed.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError((Problem("the model file", f"is not TOML: {error}"),)) from error
    reader = _Reader()
    models = tuple(reader.models(document))
    if reader.problems:
        raise ModelError(tuple(reader.problems))
    return models


@define
class _Reader:
    """Walks a TOML document and notes every problem on the way."""

    problems: list[Problem] = field(factory=list)

    def models(self, document: Mapping[str, object]) -> Iterator[StatusModel]:
        tables = list(self._tables(document, "model", "the model file"))
        self._refuse_unknown(document, ("model",), "the model file")
        if not tables and not self.problems:
            self._problem("the model file", "has no models; expected at least one [[model]]")
        names = [name for table in tables if isinstance(name := table.get("name"), str)]
        for name in duplicates(names):
            self._problem("the model file", f"has the model '{name}' more than once")
        for number, table in enumerate(tables, 1):
            yield from self._model(table, number)

    def _model(self, table: Mapping[str, object], number: int) -> Iterator[StatusModel]:
        before = len(self.problems)
        where = _place("model", table, number)
        self._refuse_unknown(table, ("name", "description", "timeout", "silence", "status"), where)
        name = self._text(table, "name", where, required=True)
        description = self._text(table, "description", where)
        timeout = self._seconds(table, "timeout", where)
        silence = self._seconds(table, "silence", where)
        statuses = tuple(
            self._status(status, f"{where}, {_place('status', status, at)}")
            for at, status in enumerate(self._tables(table, "status", where), 1)
        )
        # Problems of the graph would only repeat what a wrong type has caused.
        if len(self.problems) == before:
            try:
                yield StatusModel(name, statuses, description, timeout, silence)
            except ModelError as error:
                self.problems.extend(error.problems)

    def _status(self, table: Mapping[str, object], where: str) -> Status:
        self._refuse_unknown(table, ("name", "type", "description", "after"), where)
        return Status(
            name=self._text(table, "name", where, required=True),
            type=self._type(table, where),
            description=self._text(table, "description", where),
            after=self._names(table, where),
        )

    def _type(self, table: Mapping[str, object], where: str) -> StatusType:
        found = table.get("type", StatusType.MANDATORY.value)
        known = TYPES.get(found) if isinstance(found, str) else None
        if known is None:
            self._problem(where, f"has type = {found!r}; expected one of {', '.join(TYPES)}")
        return known or StatusType.MANDATORY

    def _names(self, table: Mapping[str, object], where: str) -> tuple[str, ...]:
        found = table.get("after", [])
        if isinstance(found, list):
            names = cast("list[object]", found)
            if all(isinstance(name, str) for name in names):
                return tuple(cast("list[str]", names))
        self._problem(where, f"has after = {found!r}; expected an array of status names")
        return ()

    def _text(
        self, table: Mapping[str, object], key: str, where: str, *, required: bool = False
    ) -> str:
        if key not in table and not required:
            return ""
        found = table.get(key)
        if isinstance(found, str):
            return found
        said = f"has {key} = {found!r}" if key in table else f"has no {key}"
        self._problem(where, f"{said}; expected a string")
        return ""

    def _seconds(self, table: Mapping[str, object], key: str, where: str) -> int | None:
        found = table.get(key)
        if found is None or (isinstance(found, int) and not isinstance(found, bool)):
            return found
        self._problem(where, f"has {key} = {found!r}; expected a whole number of seconds")
        return None

    def _tables(
        self, table: Mapping[str, object], key: str, where: str
    ) -> Iterator[Mapping[str, object]]:
        found = table.get(key, [])
        items = cast("list[object]", found) if isinstance(found, list) else [None]
        for item in items:
            if isinstance(item, dict):
                yield cast("dict[str, object]", item)
            else:
                self._problem(where, f"has '{key}' that is not a table; write [[{key}]]")

    def _refuse_unknown(
        self, table: Mapping[str, object], known: tuple[str, ...], where: str
    ) -> None:
        for key in table:
            if key not in known:
                expected = ", ".join(known)
                self._problem(where, f"has the unknown key '{key}'; expected one of {expected}")

    def _problem(self, where: str, what: str) -> None:
        self.problems.append(Problem(where, what))


def _place(kind: str, table: Mapping[str, object], number: int) -> str:
    name = table.get("name")
    return label(kind, name) if isinstance(name, str) else f"{kind} number {number}"
