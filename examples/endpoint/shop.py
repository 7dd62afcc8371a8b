"""The shop: its checks. Each application beside this module mounts them in one framework.

    python -m examples.endpoint.with_flask 8000
    curl localhost:8000/health/status

`SHOP_DATABASE` is the address of a database, `SHOP_KEY` lets whoever sends it as `X-Status-Key` see
details.
"""

from __future__ import annotations

import hmac
import os
import shutil
import socket
from urllib.parse import urlsplit

from csm import ActionImportance, GeneralComponent, Note
from csm.checks import StatusReporter

DATABASE = os.environ.get("SHOP_DATABASE", "postgresql://shop@localhost:5432/shop")
KEY = os.environ.get("SHOP_KEY", "")

# A probe of Kubernetes waits for one second by default.
reporter = StatusReporter(GeneralComponent(component_name="shop"), deadline=0.8)


@reporter.check(
    "database",
    component=GeneralComponent(component_name="database", secondary_id=DATABASE),
    tags=("readiness",),
)
def database() -> None:
    place = urlsplit(DATABASE)
    try:
        socket.create_connection((place.hostname, place.port or 5432), timeout=0.5).close()
    except OSError as error:
        # Drivers write errors like this one; what is secret in it goes nowhere.
        raise ConnectionError(f"cannot connect to {DATABASE}: {error}") from error


@reporter.check("disk", critical=False, cache=10.0)
def disk() -> Note | None:
    used = shutil.disk_usage("/")
    if used.free > used.total / 20:
        return None
    return Note(
        title=f"{used.free >> 20:,} MiB free",
        action_importance=ActionImportance.MEDIUM,
        action_to_take="Delete old exports",
    )


@reporter.check("event loop", tags=("liveness", "startup"))
async def event_loop() -> bool:
    return True


def may_see_details(key: str | None) -> bool:
    return bool(KEY) and hmac.compare_digest((key or "").encode(), KEY.encode())
