"""An aggregator: one status of many applications.

    python -m examples.endpoint.aggregator 8000 http://one:8080/status http://other:8080/status

It asks all of them at once, is there when its deadline has passed, and renews its answer by itself,
so that whoever asks is answered at once. Any of the formats of `csm.formats` will do.
"""

from __future__ import annotations

import os
import sys

from csm import GeneralComponent
from csm.checks import StatusReporter
from csm.remote import RemoteStatus
from csm.web import asgi_app
from examples.endpoint.serving import serve_asgi

reporter = StatusReporter(GeneralComponent(component_name="all applications"), deadline=3.0)
headers = {"X-Status-Key": os.environ.get("SHOP_KEY", "")}
for url in sys.argv[2:]:
    remote = RemoteStatus(url, headers=headers, timeout=2.5)
    reporter.add_check(remote.source, remote)

app = asgi_app(reporter, details=True)

if __name__ == "__main__":
    reporter.start_refreshing(every=5.0)
    serve_asgi(app)
