"""The cattrs converter."""

from typing import Any

import attrs
import pytest
from cattrs.errors import ClassValidationError

from csm import (
    ActionImportance,
    Component,
    CsmDecodeError,
    CsmValidationError,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponent,
    Note,
    Status,
    StatusMessage,
    make_converter,
)


@attrs.frozen
class Report:
    """A class of a user, with messages among its fields."""

    host: str
    messages: list[StatusMessage]
    last: StatusMessage | None = None


@attrs.frozen
class Alert:
    """A class of a user, with parts of messages among its fields."""

    component: Component
    application: MajorComponent
    notes: tuple[Note, ...]
    status: Status
    name: MajorComponentType
    importance: ActionImportance = ActionImportance.NONE


MESSAGE = StatusMessage(
    component=GeneralComponent(component_name="database"), epoch_seconds_timestamp=0
)
SIA = MajorComponent(component_name="SIA", secondary_id="2", extra={"colour": "red"})


def test_round_trip() -> None:
    """A message that is a field of somebody's class survives the way out and back."""
    report = Report("web-1", [MESSAGE, MESSAGE.replace(sub_statuses=[MESSAGE])], MESSAGE)
    converter = make_converter()
    plain = converter.unstructure(report)

    assert {"componentType": "GENERAL", "componentName": "database"} == plain["messages"][0][
        "component"
    ]
    assert report == converter.structure(plain, Report)
    assert attrs.evolve(report, last=None) == converter.structure(plain | {"last": None}, Report)


def test_parts() -> None:
    """Parts of a message look as they do in a message, and come back."""
    note = Note(title="slow", action_importance="LOW", extra={"x": [1]})
    external = MajorExternalComponent(component_name="EDW")
    alert = Alert(external, SIA, (note, note), Status.WARN, MajorComponentType.MADM)
    converter = make_converter()
    plain = converter.unstructure(alert)

    component = {"componentType": "MAJOR", "componentName": "SIA", "secondaryId": "2"}
    assert {
        "component": {"componentType": "MAJOR_EXTERNAL", "componentName": "EDW"},
        "application": component | {"colour": "red"},
        "notes": [{"title": "slow", "actionImportance": "LOW", "x": [1]}] * 2,
        "status": "WARN",
        "name": "MADM",
        "importance": "NONE",
    } == plain
    assert alert == converter.structure(plain, Alert)


@pytest.mark.parametrize(
    ("values", "wanted", "message"),
    [
        ({"title": "", "actionImportance": "LOW"}, Note, r"^\$\.title: must be a string"),
        ("slow", Note, r"^\$: must be an object \(found: 'slow'\)"),
        ("slow", StatusMessage, r"^\$: must be an object \(found: 'slow'\)"),
        ({"componentType": "MAJOR"}, Component, r"^\$\.componentName: is missing"),
        (
            {"componentType": "MAJOR", "componentName": "SIA"},
            GeneralComponent,
            r"^\$: is no GeneralComponent \(found: MAJOR\)",
        ),
        (None, Component, r"^\$: must be an object"),
        ("MELTED", Status, "is no Status: expected one of OK"),
        ("SAI", MajorComponentType, "did you mean SIA"),
        (5, MajorComponentType, "is no registered MajorComponentType"),
    ],
)
def test_wrong_parts(values: Any, wanted: Any, message: str) -> None:  # noqa: ANN401
    """A part that is wrong is told as in a message."""
    with pytest.raises(CsmValidationError, match=message):
        make_converter().structure(values, wanted)


def test_no_json() -> None:
    """Unknown values must be JSON in a part, too."""
    for cls in (Note, Component):
        with pytest.raises(CsmDecodeError, match="a number beyond the range of a double"):
            make_converter().structure({"x": float("nan")}, cls)


def test_no_coercion() -> None:
    """A field of a wrong type is an error with its path, not a guess."""
    plain = make_converter().unstructure(Report("web-1", [MESSAGE]))
    plain["messages"][0]["component"]["componentName"] = 5
    with pytest.raises(ClassValidationError) as caught:
        make_converter().structure(plain, Report)

    assert caught.group_contains(
        CsmValidationError, match=r"^\$\.component\.componentName: must be a string", depth=2
    )


def test_converters_are_separate() -> None:
    """A hook on one converter reaches no other."""
    one, other = make_converter(), make_converter()
    one.register_unstructure_hook(StatusMessage, lambda _: "hidden")

    assert "hidden" == one.unstructure(MESSAGE)
    assert "hidden" != other.unstructure(MESSAGE)
