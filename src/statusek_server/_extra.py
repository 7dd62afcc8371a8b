"""The extra of this package: says what to install where it is missing."""

from importlib.util import find_spec


def require_server_extra() -> None:
    """Return if the extra ``server`` is installed.

    Raises:
        ImportError: It is not.
    """
    needed = ("starlette", "uvicorn", "click", "prometheus_client")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"statusek_server needs {', '.join(missing)}: pip install 'csm-statusek[server]'",
            name=missing[0],
        )
