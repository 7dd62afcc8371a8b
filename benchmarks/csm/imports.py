"""How long a program waits until it has written its first message and read it.

Only this measurement lives here. Each runs in a process of its own; the start of Python itself is
not in it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.csm.measuring import Case
from benchmarks.processes import COMPILED

_ROOT = Path(__file__).resolve().parents[2]

_OURS = """
import csm
message = csm.StatusMessage(component=csm.MajorComponent(component_name="SIA"))
csm.from_json_string(csm.to_json_string(message))
"""
_THEIRS = """
from benchmarks.peers import {module} as peer
from benchmarks.peers.words import Major, MessageType, Status
message = peer.Message(
    component=peer.MajorComponent(component_name=Major.SIA),
    status_message_type=MessageType.COMPONENT,
    status=Status.OK,
    epoch_seconds_timestamp=1437064108,
    iso8601_utc_timestamp="2015-07-16T16:28:28Z",
)
text = peer.PEER.encode(message)
peer.PEER.decode(text.encode() if isinstance(text, str) else text)
"""
_WITHOUT_MSGSPEC = "import sys; sys.modules['msgspec'] = None\n"
_BEFORE = "from time import process_time\nbegin = process_time()\n"
_AFTER = "\nprint(process_time() - begin)"

PROGRAMS: Final[Mapping[str, str]] = {
    "**csm**, with fast": _BEFORE + _OURS,
    "**csm**, without": _WITHOUT_MSGSPEC + _BEFORE + _OURS,
    "msgspec.Struct": _BEFORE + _THEIRS.format(module="msgspec_structs"),
    "pydantic": _BEFORE + _THEIRS.format(module="pydantic_models"),
    "attrs + cattrs, json": _BEFORE + _THEIRS.format(module="cattrs_attrs"),
    "mashumaro, orjson": _BEFORE + _THEIRS.format(module="mashumaro_classes"),
}


def first_round_trip(program: str) -> Case:
    """The processor's seconds for the imports, one message written, and one read."""
    command = [sys.executable, "-c", program + _AFTER]

    def case() -> float:
        run = subprocess.run(
            command, capture_output=True, check=True, text=True, cwd=_ROOT, env=COMPILED
        )
        return float(run.stdout)

    return case
