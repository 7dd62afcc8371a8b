"""The counting of mutants."""

import json
from pathlib import Path

from mutation import Verdict, summary, unexplained, verdicts


def test_mutants(tmp_path: Path) -> None:
    """What mutmut leaves behind is counted, and survivors must be explained."""
    folder = tmp_path / "src/csm"
    folder.mkdir(parents=True)
    codes = {"csm.a.x_one__mutmut_1": 1, "csm.a.x_one__mutmut_2": 0, "csm.a.x_two__mutmut_1": 36}
    (folder / "a.py.meta").write_text(json.dumps({"exit_code_by_key": codes}))
    (folder / "b.py.meta").write_text(
        json.dumps({"exit_code_by_key": {"csm.b.x_f__mutmut_1": 33, "csm.b.x_f__mutmut_2": None}})
    )
    found = list(verdicts(tmp_path))

    assert [
        Verdict("csm.a", "one__mutmut_1", "killed"),
        Verdict("csm.a", "one__mutmut_2", "survived"),
        Verdict("csm.a", "two__mutmut_1", "timeout"),
        Verdict("csm.b", "f__mutmut_1", "survived"),
        Verdict("csm.b", "f__mutmut_2", "unjudged"),
    ] == found
    rows = summary(found).splitlines()[2:]
    assert ["| csm.a | 3 | 1 | 1 | 1 | 0 |", "| csm.b | 2 | 0 | 0 | 1 | 1 |"] == rows
    assert ["csm.b.f__mutmut_1"] == unexplained(found, "- `csm.a.one__mutmut_2`: equivalent")
