"""Whether a type checker knows all that packages export, as their users see it.

Usage: completeness.py PACKAGE...
"""

import os
import re
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Print what is not known and the score of each package; 0 where all is known."""
    known = [is_complete(package) for package in sys.argv[1:]]
    return 0 if all(known) else 1


def is_complete(package: str) -> bool:
    """Print what is not known of one package, and its score."""
    # The checker looks for the package where the first `python` on the path does.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = [sys.executable, "-m", "basedpyright", "--verifytypes", package, "--ignoreexternal"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path}
    )
    faults = [line for line in done.stdout.splitlines() if re.search(r"\berror:", line)]
    score = re.search(r"Type completeness score: (\S+)", done.stdout)
    sys.stdout.write(
        "\n".join([*faults, f"{package}: {score and score[1]} of the types known", ""])
    )
    return done.returncode == 0 and score is not None and score[1] == "100%"


if __name__ == "__main__":
    sys.exit(main())
