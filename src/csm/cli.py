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
    from csm.interruption import interruptible
    from csm.output import written_or_refused

    with written_or_refused("csm"), interruptible():
        from csm.commands import csm

        csm(prog_name="csm")
