"""Checks of an application, run into one status message: in parallel, in time, once for all askers.

>>> from csm import GeneralComponent
>>> reporter = StatusReporter(GeneralComponent(component_name="shop"), deadline=5.0)
>>> @reporter.check("cellar", timeout=2.0)
... def cellar() -> bool:
...     return True
>>> reporter.report().status
<Status.OK: 'OK'>
"""

from csm.checks.check import Check
from csm.checks.clock import Clock, SystemClock
from csm.checks.redaction import redact_secrets
from csm.checks.reporter import StatusReporter
from csm.checks.roll_up import CheckResult, RollUp, worst_of_checks

__all__ = [
    "Check",
    "CheckResult",
    "Clock",
    "RollUp",
    "StatusReporter",
    "SystemClock",
    "redact_secrets",
    "worst_of_checks",
]
