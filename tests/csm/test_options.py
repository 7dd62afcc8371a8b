"""The options of a serializer, and the choice of its engine."""

import pickle
import sys
from typing import Any

import pytest

from csm import CsmValidationError, StatusMessageSerializer
from csm.codec.options import EngineName
from strategies.trees import chain, node


@pytest.mark.parametrize(
    "options",
    [
        {"extra_keys": "drop"},
        {"unknown_values": "ignore"},
        {"problems": "some"},
        {"max_depth": 0},
        {"max_depth": 101},
        {"max_bytes": 0},
        {"indent": -1},
        {"engine": "orjson"},
    ],
)
def test_wrong_value(options: dict[str, Any]) -> None:
    """A value that is not among the choices is named, with the choices."""
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name} must be "):
        StatusMessageSerializer(**options)


@pytest.mark.parametrize(
    "options", [{"max_depth": "5"}, {"max_bytes": 1.5}, {"indent": True}, {"max_depth": True}]
)
def test_wrong_type(options: dict[str, Any]) -> None:
    """A number that is no int is refused."""
    (name,) = options
    with pytest.raises(TypeError, match=f"^{name} must be an int"):
        StatusMessageSerializer(**options)


def test_unknown_option() -> None:
    """An option that does not exist is Python's own error."""
    unknown: dict[str, Any] = {"colour": "red"}
    with pytest.raises(TypeError, match="colour"):
        StatusMessageSerializer(**unknown)


def test_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without msgspec the default works, and asking for it names the command that installs it."""
    text = (
        '{"component":{"componentType":"MAJOR","componentName":"SIA"},"status":"OK",'
        '"epochSecondsTimestamp":0}'
    )
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.delitem(sys.modules, "csm.codec.mirror", raising=False)
    monkeypatch.delattr("csm.codec.mirror", raising=False)

    assert 0 == StatusMessageSerializer().from_json_string(text).epoch_seconds_timestamp
    with pytest.raises(ImportError, match=r"pip install 'csm-statusek\[fast\]'"):
        StatusMessageSerializer(engine="msgspec")


@pytest.mark.parametrize("engine", [None, "stdlib", "msgspec"])
def test_a_serializer_travels(engine: EngineName | None) -> None:
    """A pickled serializer is one with the same options."""
    strict = StatusMessageSerializer(extra_keys="reject", max_depth=3, indent=1, engine=engine)
    again: StatusMessageSerializer = pickle.loads(pickle.dumps(strict))

    assert strict.to_json_string(node("a", node("b"))) == again.to_json_string(node("a", node("b")))
    with pytest.raises(CsmValidationError, match="4 messages deep, where max_depth allows 3"):
        again.to_json_string(chain(4))
