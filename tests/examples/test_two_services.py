"""The demo: two services, a real server, and every claim that it makes."""

import os
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "examples" / "two_services" / "demo.py"


def test_the_demo_verifies_every_step_and_ends_with_zero(tmp_path: Path) -> None:
    """The demo shows a finish and a timeout, verifies both, and draws its picture."""
    picture = tmp_path / "demo.svg"
    run = subprocess.run(
        [sys.executable, str(DEMO), "--picture", str(picture)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=100,
        env=os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "TMPDIR": str(tmp_path)},
    )
    assert (0, "") == (run.returncode, run.stderr)
    for fact in (
        "✓ finished: ALL_MANDATORY_STATUSES_ARE_SET",
        "✓ both statuses came, in their order",
        "✓ the message is the one that service 2 built: SIA, a note, two sub-statuses",
        "✓ finished: TIMEOUT, nobody had to guess",
        "✓ missing: FINISHED",
        "✓ the server stopped when asked, with exit code 0",
        "✓ nothing is left: the files are gone too",
    ):
        assert fact in run.stdout
    assert "\x1b" not in run.stdout
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "url(http" not in drawn
    assert [picture] == list(tmp_path.iterdir())
