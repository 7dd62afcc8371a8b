"""The status of another application as a check: an aggregator is a reporter over many of them.

>>> from csm import GeneralComponent
>>> from csm.checks import StatusReporter
>>> reporter = StatusReporter(GeneralComponent(component_name="shop"))
>>> check = reporter.add_check("stock", RemoteStatus("https://user:pw@stock.example/status?key=1"))
>>> check.function
RemoteStatus('https://stock.example/status')
"""

from csm.remote.errors import RemoteStatusError
from csm.remote.status import RemoteStatus

__all__ = ["RemoteStatus", "RemoteStatusError"]
