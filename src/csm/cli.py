"""The command `csm`: the way from the shell into the commands, and out of them without a traceback.

Only what concerns every command lives here; the commands themselves are in `csm.commands`, because
they need click, which may not be there.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_NO_CLICK = "csm: the command needs click: pip install 'csm-statusek[cli]'"
_USAGE = 2


def main() -> None:
    """Run the command `csm` with the arguments of the process, and exit."""
    if find_spec("click") is None:
        sys.stderr.write(f"{_NO_CLICK}\n")
        sys.exit(_USAGE)
    from csm.commands import csm

    try:
        csm(prog_name="csm")
    except OSError as error:
        # A reader that went away is click's business; what is left is a full disk and the like.
        _refuse(error)
        sys.exit(_USAGE)


def _refuse(error: OSError) -> None:
    from csm.output import abandon

    abandon(sys.stdout)
    try:
        sys.stderr.write(f"csm: the output cannot be written: {error.strerror}\n")
    except OSError:  # the exit code says it alone
        abandon(sys.stderr)
