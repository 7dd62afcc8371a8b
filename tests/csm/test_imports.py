"""What importing the package loads."""

import subprocess
import sys

import pytest

import csm


def loaded(code: str) -> set[str]:
    """The modules that a process has loaded after some code."""
    show = "import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path = {sys.path!r}\n{code}\n{show}"],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(done.stdout.split())


LATE = {"cattrs", "dateutil", "socket", "ssl", "asyncio", "http.client", "msgspec", "tomllib"}
LATE |= {"difflib", "subprocess", "click", "rich", "urllib.request", "logging", "pathlib"}


def test_import_is_cheap() -> None:
    """Importing the package loads neither cattrs nor dateutil nor anything for input and output."""
    assert set() == loaded("import csm") & LATE - loaded("pass")


def test_round_trip_is_cheap() -> None:
    """Writing and reading a message loads no more than the engine."""
    code = (
        "import csm; sia = csm.MajorComponent(component_name='SIA')\n"
        "message = csm.StatusMessage(component=sia)\n"
        "assert message == csm.from_json_string(csm.to_json_string(message))"
    )
    assert {"msgspec"} == loaded(code) & LATE - loaded("pass")


def test_rare_names_are_loaded_late() -> None:
    """What reads and writes only loads no builders, converters, payloads, or the schema."""
    late = {"csm.builders", "csm.codec.schema", "csm.codec.diagnosis", "csm.merging", "csm.payload"}
    code = (
        "import csm; sia = csm.MajorComponent(component_name='SIA')\n"
        "csm.from_json_string(csm.to_json_string(csm.StatusMessage(component=sia)))"
    )
    assert set() == late & loaded(code)
    assert late - {"csm.codec.diagnosis"} <= loaded("from csm import *")


def test_unknown_name() -> None:
    """A name that the package does not have is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="module 'csm' has no attribute 'Statsu'"):
        _ = csm.Statsu  # type: ignore[attr-defined]


def test_all() -> None:
    """Every public name is importable, and nothing else is listed."""
    assert sorted(csm.__all__) == csm.__all__
    assert all(hasattr(csm, name) for name in csm.__all__)
