"""Status endpoints: a reporter as a web application, alone or part of any other.

>>> from csm import GeneralComponent
>>> from csm.checks import StatusReporter
>>> app = asgi_app(StatusReporter(GeneralComponent(component_name="shop")))

The applications need nothing but the standard library. For a framework there is a module of its
name: `csm.web.starlette` (FastAPI, too), `csm.web.flask`, `csm.web.django`, `csm.web.aiohttp`.
"""

from csm.web.asgi import asgi_app
from csm.web.wsgi import wsgi_app

__all__ = ["asgi_app", "wsgi_app"]
