"""What every test may count on: Hypothesis profile, coverage, async backend, shared recordings."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# A quarter of what Hypothesis would try: every run has other examples, and there are many runs.
settings.register_profile("default", settings.get_profile("thorough"), max_examples=25)
settings.register_profile(  # mutants are many, and each is judged by all tests that reach it
    "mutants", settings.get_profile("default"), max_examples=15, derandomize=True
)
settings.load_profile("default")

_MEASURED = "COVERAGE_PROCESS_CONFIG"  # what coverage leaves for the processes of the tests
_MEASURING = os.environ.get(_MEASURED)


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: a quarter of the time, tests wait."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Measure the processes of a test only where they are what it is about.

    Half a second for each of the hundreds that documents and commands start would be minutes.
    """
    os.environ.pop(_MEASURED, None)
    if _MEASURING is not None and item.get_closest_marker("processes") is not None:
        os.environ[_MEASURED] = _MEASURING


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings beside the checkout; a clone alone does without, CI must not."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{folder} is missing: in CI the shared recordings must be there")
        pytest.skip("no shared recordings beside this checkout")
    return folder
