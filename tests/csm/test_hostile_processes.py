"""Inputs that could end the process, each tried in a process of its own."""

import subprocess
import sys

import pytest

PRELUDE = "import resource, sys\nfrom csm import CsmError, Note, from_json_string\n"
DEEP_PAYLOAD = """
sys.setrecursionlimit(10**6)
try:
    Note(title="x", data="[" * 3_000_000, data_deserialization_key="json").load_data()
except CsmError as error:
    print(type(error).__name__)
"""
DEEP_WRITING = """
import os
sys.setrecursionlimit(10**6)
payload = []
for _ in range(400_000):
    payload = [payload]
try:
    Note.with_payload(title="x", payload=payload)
except CsmError as error:
    print(type(error).__name__, flush=True)
os._exit(0)  # freeing so deep a list is Python's own business
"""
LONG_AND_DEEP = """
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
text = '{"a":"' + "a" * (16 * 2**20 - 3000) + '","b":' + "[" * 2900
try:
    from_json_string(text)
except CsmError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(
    ("program", "error"),
    [
        (DEEP_PAYLOAD, "CsmDecodeError"),
        (DEEP_WRITING, "CsmValidationError"),
        (LONG_AND_DEEP, "CsmDecodeError"),
    ],
    ids=["a payload read", "a payload written", "a long text that is deep"],
)
def test_no_input_ends_the_process(program: str, error: str) -> None:
    """Depth and length end as an error of this library, in bounded memory."""
    run = subprocess.run(
        [sys.executable, "-c", PRELUDE + program], capture_output=True, text=True, check=False
    )
    assert (0, f"{error}\n", "") == (run.returncode, run.stdout, run.stderr)
