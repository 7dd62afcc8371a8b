"""Build the distribution and try it as users get it: per extra, per Python, at the lowest versions.

`make test-dist` runs it. Each try is a new environment that has the wheel, one extra and nothing
else; the sources are not in its path.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
SMOKE = PROJECT / "tests/dist/smoke.py"
SHIPPED = (
    "csm/py.typed",
    "statusek_client/outbox/queries.sql",
    "statusek_server/default_models.toml",
    "statusek_server/api/openapi.json",
    "statusek_server/board/templates/base.html",
    "statusek_server/board/static/board.css",
    "statusek_server/storage/sql/sqlite/queries.sql",
)


def main() -> None:
    """Build, look into what was built, and try it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--python", action="append", help="a Python to try; default: all found")
    arguments.add_argument("--extra", action="append", help="an extra to try; default: all")
    given = arguments.parse_args()
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = given.extra or ["none", *settings["optional-dependencies"]]
    pythons = given.python or list(found_pythons(settings["classifiers"]))
    with tempfile.TemporaryDirectory(prefix="csm-statusek-dist-") as folder:
        wheel = built(Path(folder))
        look_into(wheel)
        for python in pythons:
            for extra in extras:
                try_out(python, wheel, extra, Path(folder))
        try_out(pythons[0], wheel, "none", Path(folder), lowest(wheel))
    print(f"{len(pythons) * len(extras) + 1} installations hold")


def found_pythons(classifiers: Sequence[str]) -> Iterator[str]:
    """Yield the Pythons that the classifiers name, as far as they are here."""
    head = "Programming Language :: Python :: 3."
    for minor in (line.removeprefix(head) for line in classifiers if line.startswith(head)):
        python = shutil.which(f"python3.{minor}")
        if python and is_usable(python):
            yield python
        else:
            print(f"Python 3.{minor} is not here: not tried")


def is_usable(python: str) -> bool:
    """Return whether a command is a Python, not the stand-in of a version manager."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def built(folder: Path) -> Path:
    """Build the source distribution, and the wheel from it; return the wheel."""
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(PROJECT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    [wheel] = folder.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, folder.glob("csm_*"))],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return wheel


def look_into(wheel: Path) -> None:
    """Check that a wheel has all that runs, the licence, and nothing else."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in SHIPPED if name not in names]
    assert not missing, missing
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.partition("/")[0] for name in names}
    foreign = {top for top in tops if not top.startswith(("csm", "statusek_"))}
    assert not foreign, foreign


def lowest(wheel: Path) -> list[str]:
    """Return the lowest versions of what a wheel needs without an extra, as requirements."""
    archive = zipfile.ZipFile(wheel)
    [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(archive.read(name).decode())
    needed = map(Requirement, metadata.get_all("Requires-Dist", []))
    return [
        f"{each.name}=={bound.version}"
        for each in needed
        if each.marker is None
        for bound in each.specifier
        if bound.operator == ">="
    ]


def try_out(
    python: str, wheel: Path, extra: str, folder: Path, pinned: Sequence[str] = ()
) -> None:
    """Install a wheel with an extra into a new environment, and run there what must hold."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        environment, work = Path(place) / "venv", Path(place) / "work"
        work.mkdir()
        subprocess.run([python, "-m", "venv", str(environment)], check=True)
        inside = str(environment / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        wanted = str(wheel) if extra == "none" else f"{wheel}[{extra}]"
        pip = [inside, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, wanted, *pinned], check=True)
        if pinned:
            print(f"  at the lowest versions, {', '.join(pinned)}:")
        subprocess.run([inside, "-I", str(SMOKE), extra], check=True, cwd=work)
        if extra == "all":
            measure_types(environment, work)


def measure_types(environment: Path, work: Path) -> None:
    """Print how much of what a package exports a type checker knows, as its users see it."""
    path = f"{Path(environment) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for package in ("csm", "statusek_client", "statusek_server"):
        command = [sys.executable, "-m", "basedpyright", "--verifytypes", package]
        said = subprocess.run(
            [*command, "--ignoreexternal"],
            capture_output=True,
            text=True,
            check=False,
            cwd=work,
            env=os.environ | {"PATH": path},
        ).stdout
        [score] = re.findall(r"Type completeness score: (\S+)", said)
        print(f"    type completeness of {package}: {score}")


if __name__ == "__main__":
    main()
