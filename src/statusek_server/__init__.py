"""Statusek, the status service: what processes across services have reached, and their end.

Public are the names in ``__all__``; everything else may change.
"""

from statusek_server._extra import require_server_extra

require_server_extra()

from statusek_server.app import create_app  # noqa: E402 - after the sentence about the extra
from statusek_server.model_files import load_models  # noqa: E402
from statusek_server.models import StatusModel  # noqa: E402
from statusek_server.settings import Settings  # noqa: E402

__all__ = ["Settings", "StatusModel", "create_app", "load_models"]
