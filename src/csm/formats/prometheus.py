"""Prometheus' text format, in the form that OpenMetrics 1.0 reads, too; only written.

A gauge for each node: 0 OK, 1 WARN, 2 ERROR, 3 CRITICAL, 4 for what is not known; another for its
time. It is answered with 200 whatever the status is, since anything else makes Prometheus drop it.
"""

from __future__ import annotations

from typing import Final

from csm.formats.format import Format
from csm.formats.parts import flattened, own_name
from csm.message import StatusMessage
from csm.vocabulary import Status

_SEVERITIES: Final = {Status.OK: 0, Status.WARN: 1, Status.ERROR: 2, Status.CRITICAL: 3}
_UNKNOWN: Final = 4
_ESCAPES: Final = {ord("\\"): r"\\", ord('"'): r"\"", ord("\n"): r"\n"}


def write(message: StatusMessage) -> bytes:
    """Return a message as metrics."""
    root = own_name(message)
    nodes = [(root, message), *((f"{root} > {name}", node) for name, node in flattened(message))]
    lines = [
        "# HELP csm_status How a component is: 0 OK, 1 WARN, 2 ERROR, 3 CRITICAL, 4 not known.",
        "# TYPE csm_status gauge",
        *(f"csm_status{_labels(name, node)} {_severity(node.status)}" for name, node in nodes),
        "# HELP csm_status_time_seconds When that was told.",
        "# TYPE csm_status_time_seconds gauge",
        *(
            f"csm_status_time_seconds{_labels(name, node)} {node.epoch_seconds_timestamp}"
            for name, node in nodes
        ),
        "# EOF",
    ]
    return ("\n".join(lines) + "\n").encode()


def _severity(status: Status) -> int:
    return _SEVERITIES.get(status, _UNKNOWN)


def _labels(name: str, node: StatusMessage) -> str:
    kind = node.status_message_type.name
    return f'{{path="{name.translate(_ESCAPES)}",type="{kind.translate(_ESCAPES)}"}}'


PROMETHEUS: Final = Format(
    "prometheus",
    (
        "text/plain; version=0.0.4; charset=utf-8",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ),
    write,
    loses=("notes, ids and everything else that is no number",),
    is_always_success=True,
)
