"""The open catalogues: registration, files, and the sandbox."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from csm import (
    CsmDecodeError,
    CsmValidationError,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponentType,
    Problem,
    catalogue,
    catalogue_sandbox,
    load_catalogue,
)


@pytest.fixture(autouse=True)
def sandbox() -> Iterator[None]:
    with catalogue_sandbox():
        yield


def test_built_in_members() -> None:
    """The names of the original document are there from the start."""
    assert [MajorComponentType.SIA, MajorComponentType.MADM] == list(MajorComponentType)
    assert ["EDW", "DSB", "DIGITALSMITHS"] == [each.name for each in MajorExternalComponentType]
    assert (2, 3) == (len(MajorComponentType), len(MajorExternalComponentType))


def test_register() -> None:
    """A registered name is a member in every way."""
    billing = MajorComponentType.register("BILLING")

    assert ("BILLING", "BILLING", True) == (billing.name, billing.value, billing.is_known)
    assert MajorComponentType.BILLING is billing  # type: ignore[attr-defined]
    assert MajorComponentType("BILLING") is billing
    assert MajorComponentType(billing) is billing
    assert MajorComponentType["BILLING"] is billing
    assert billing in MajorComponentType
    assert "BILLING" in MajorComponentType
    assert billing in list(MajorComponentType)
    assert "BILLING" not in MajorExternalComponentType
    assert billing not in MajorExternalComponentType
    assert "<MajorComponentType.BILLING: 'BILLING'>" == repr(billing)
    assert billing == MajorComponent(component_name="BILLING").component_name


def test_register_twice() -> None:
    """Registering a name again changes nothing and returns the same member."""
    assert MajorComponentType.register("BILLING") is MajorComponentType.register("BILLING")
    assert MajorComponentType.register("SIA") is MajorComponentType.SIA
    assert 3 == len(MajorComponentType)


class _Overtaken:
    """A lock that another thread had just before."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile = meanwhile
        self.found: object = None

    def __enter__(self) -> None:
        self.meanwhile, meanwhile = (lambda: None), self.meanwhile
        self.found = self.found or meanwhile()

    def __exit__(self, *_: object) -> None:
        """Nothing was held."""


def test_one_instance_for_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for another thread to keep the same name gets the instance of that one."""
    lock = _Overtaken(lambda: MajorComponentType.kept("OVERTAKEN"))
    monkeypatch.setattr(catalogue, "_lock", lock)
    member = MajorComponentType.kept("OVERTAKEN")

    assert member is lock.found


def test_register_in_many_threads() -> None:
    """Threads that register the same names get the same members."""
    names = [f"APP_{number}" for number in range(50)]
    with ThreadPoolExecutor(8) as pool:
        rounds = list(
            pool.map(lambda _: [MajorComponentType.register(name) for name in names], range(8))
        )

    assert all(members == rounds[0] for members in rounds)
    assert 52 == len(MajorComponentType)


@pytest.mark.parametrize("name", ["billing", "1UP", "_X", "A-B", "Ä", "", "A\n", 5])
def test_register_bad_name(name: str) -> None:
    """A name of another form is refused."""
    with pytest.raises(CsmValidationError, match="made of A-Z, 0-9 and _"):
        MajorComponentType.register(name)


def test_unregistered_name() -> None:
    """An unregistered name is an error that lists the known ones and the nearest."""
    with pytest.raises(CsmValidationError) as caught:
        MajorComponentType("MADN")

    message = (
        "is no registered MajorComponentType: expected one of SIA, MADM; did you mean MADM?; "
        "register(…) or a catalogue file adds a name"
    )
    assert (Problem("$", message, "'MADN'"),) == caught.value.problems
    with pytest.raises(CsmValidationError):
        MajorComponentType(5)


def test_members_cannot_be_changed() -> None:
    """A member is immutable, and copies are the member itself."""
    with pytest.raises(AttributeError):
        MajorComponentType.SIA.name = "X"
    with pytest.raises(AttributeError):
        del MajorComponentType.SIA.name
    assert copy.copy(MajorComponentType.SIA) is MajorComponentType.SIA
    assert copy.deepcopy(MajorComponentType.SIA) is MajorComponentType.SIA
    assert bool(MajorComponentType)


def test_kept_name() -> None:
    """A kept name is unlisted until somebody registers it, and pickles without registering."""
    kept = MajorComponentType.kept("LEGACY")
    again = pickle.loads(pickle.dumps(kept))

    assert again is kept
    assert not kept.is_known
    assert kept not in MajorComponentType
    assert "LEGACY" not in MajorComponentType
    with pytest.raises(CsmValidationError):
        MajorComponentType(kept)

    assert MajorComponentType.register("LEGACY") is kept
    assert kept.is_known


def test_pickled_member_in_another_process() -> None:
    """A member that another process did not register arrives there as an unlisted one."""
    data = pickle.dumps(MajorComponentType.register("BILLING"))
    code = (
        f"import pickle; billing = pickle.loads({data!r}); from csm import MajorComponentType as M;"
        "print(billing, billing.is_known, len(M))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "MajorComponentType.BILLING False 2\n" == done.stdout


def test_sandbox() -> None:
    """Leaving the sandbox undoes what was registered in it, and nothing else."""
    MajorComponentType.register("OUTER")
    with catalogue_sandbox():
        MajorComponentType.register("OUTER")
        inner = MajorComponentType.register("INNER")
    assert "INNER" not in MajorComponentType
    assert not inner.is_known
    assert not hasattr(MajorComponentType, "INNER")
    assert "OUTER" in MajorComponentType


def test_load_catalogue(tmp_path: Path) -> None:
    """A file registers its names in both catalogues."""
    path = tmp_path / "names.toml"
    path.write_text('major = ["BILLING", "SIA"]\nmajor_external = ["SALESFORCE"]\n')

    load_catalogue(path)

    assert ["SIA", "MADM", "BILLING"] == [each.name for each in MajorComponentType]
    assert "SALESFORCE" in MajorExternalComponentType


def test_load_catalogue_all_or_nothing(tmp_path: Path) -> None:
    """A file with faults registers nothing, and every fault is told."""
    path = tmp_path / "names.toml"
    path.write_text('major = ["BILLING", "bad", 5]\nmajor_external = "X"\n"mi nor" = ["Y"]\n')

    with pytest.raises(CsmValidationError) as caught:
        load_catalogue(str(path))

    paths = [problem.path for problem in caught.value.problems]
    assert ["$.major[1]", "$.major[2]", "$.major_external", "$['mi nor']"] == paths
    assert "BILLING" not in MajorComponentType


@pytest.mark.parametrize("content", [b"major = [", b'major = ["\xff"]', b"major = " + b"9" * 5_000])
def test_load_catalogue_no_toml(tmp_path: Path, content: bytes) -> None:
    """A file that is not TOML is an error that names it."""
    path = tmp_path / "names.toml"
    path.write_bytes(content)

    with pytest.raises(CsmDecodeError, match=r"names\.toml is not a TOML file"):
        load_catalogue(path)


def test_load_catalogue_too_deep(tmp_path: Path) -> None:
    """A file that is nested without end is an error that names it."""
    path = tmp_path / "names.toml"
    path.write_text("major = " + "[" * 3_000)

    with pytest.raises(CsmDecodeError, match=r"names\.toml is nested too deep"):
        load_catalogue(path)


def test_load_catalogue_no_file(tmp_path: Path) -> None:
    """A file that is not there is Python's own error."""
    with pytest.raises(FileNotFoundError):
        load_catalogue(tmp_path / "names.toml")
