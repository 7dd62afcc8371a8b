"""The cattrs converter."""

import attrs
import pytest
from cattrs.errors import ClassValidationError

from csm import CsmValidationError, GeneralComponent, StatusMessage, make_converter


@attrs.frozen
class Report:
    """A class of a user, with messages among its fields."""

    host: str
    messages: list[StatusMessage]


MESSAGE = StatusMessage(
    component=GeneralComponent(component_name="database"), epoch_seconds_timestamp=0
)


def test_round_trip() -> None:
    """A message that is a field of somebody's class survives the way out and back."""
    report = Report("web-1", [MESSAGE, MESSAGE.replace(sub_statuses=[MESSAGE])])
    converter = make_converter()
    plain = converter.unstructure(report)

    assert {"componentType": "GENERAL", "componentName": "database"} == plain["messages"][0][
        "component"
    ]
    assert report == converter.structure(plain, Report)


def test_no_coercion() -> None:
    """A field of a wrong type is an error with its path, not a guess."""
    plain = make_converter().unstructure(Report("web-1", [MESSAGE]))
    plain["messages"][0]["component"]["componentName"] = 5
    with pytest.raises(ClassValidationError) as caught:
        make_converter().structure(plain, Report)

    assert caught.group_contains(
        CsmValidationError, match=r"^\$\.component\.componentName: must be a string", depth=2
    )


def test_not_a_mapping() -> None:
    """Something else than a mapping is refused."""
    with pytest.raises(TypeError, match="values must be a mapping"):
        make_converter().structure("x", StatusMessage)


def test_converters_are_separate() -> None:
    """A hook on one converter reaches no other."""
    one, other = make_converter(), make_converter()
    one.register_unstructure_hook(StatusMessage, lambda _: "hidden")

    assert "hidden" == one.unstructure(MESSAGE)
    assert "hidden" != other.unstructure(MESSAGE)
