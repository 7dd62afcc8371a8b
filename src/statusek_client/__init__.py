"""The Statusek client: create an instance, set its statuses, learn its end.

Only names that users need are here; everything else in this package is private.
"""

from typing import TYPE_CHECKING

try:
    __import__("httpx2")
except ModuleNotFoundError as error:
    if error.name != "httpx2":
        raise
    raise ModuleNotFoundError(
        "statusek_client needs httpx2: pip install 'csm-statusek[client]'", name="httpx2"
    ) from None

from statusek_client import errors
from statusek_client.client import StatusekClient
from statusek_client.instance import AsyncInstance, Instance
from statusek_client.results import About, Event, Finish, FinishReason, Readiness
from statusek_client.retry import RetryPolicy

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.outbox import Outbox

__all__ = [
    "About",
    "AsyncInstance",
    "AsyncStatusekClient",
    "Event",
    "Finish",
    "FinishReason",
    "Instance",
    "Outbox",
    "Readiness",
    "RetryPolicy",
    "StatusekClient",
    "errors",
]


def __getattr__(name: str) -> object:
    # What needs anyio or sqlite3 is loaded when it is used.
    if name == "AsyncStatusekClient":
        from statusek_client.async_client import AsyncStatusekClient

        return AsyncStatusekClient
    if name == "Outbox":
        from statusek_client.outbox import Outbox

        return Outbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
