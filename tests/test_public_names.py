"""The public names of the packages, frozen."""

import importlib
import inspect
import subprocess
import sys
import typing

import pytest

CSM = """
StatusMessage Note Component GeneralComponent MajorComponent MajorExternalComponent
Status StatusMessageType ComponentType ActionImportance MajorComponentType
MajorExternalComponentType load_catalogue catalogue_sandbox
StatusMessageBuilder NoteBuilder GeneralComponentBuilder MajorComponentBuilder
MajorExternalComponentBuilder StatusMessageSerializer to_json_string from_json_string
json_schema make_converter payload_codecs diff Difference merge actions Action
CsmError CsmDecodeError CsmValidationError Problem
"""
CHECKS = """
StatusReporter Check CheckResult RollUp worst_of_checks redact_secrets Clock SystemClock
"""
PUBLISH = "Publisher Target statusek_target"
FORMATS = "FORMATS Choice Format acceptable format_of read write"
REMOTE = "RemoteStatus RemoteStatusError"
WEB = "asgi_app wsgi_app"
CLIENT = """
StatusekClient AsyncStatusekClient Instance AsyncInstance Finish FinishReason Readiness Event
About RetryPolicy Outbox errors
"""
SERVER = "create_app Settings StatusModel load_models"
ERRORS = """
StatusekError TransportError AnswerError RefusedError ObjectNotFoundError InstanceNotFoundError
StatusNotFoundError PreviousStatusMissingError NextStatusSetError AlreadySetError
InstanceFinishedError InvalidRequestError StorageError UnauthorizedError WaitTimeoutError
OutboxError
"""


@pytest.mark.parametrize(
    ("package", "names"),
    [
        ("csm", CSM),
        ("csm.checks", CHECKS),
        ("csm.publish", PUBLISH),
        ("csm.formats", FORMATS),
        ("csm.remote", REMOTE),
        ("csm.web", WEB),
        *((f"csm.web.{each}", "mount") for each in ("starlette", "flask", "aiohttp")),
        ("csm.web.django", "urls"),
        ("statusek_client", CLIENT),
        ("statusek_server", SERVER),
    ],
)
def test_a_package_exports_its_public_names_and_no_others(package: str, names: str) -> None:
    """`__all__` is the list of public names, and each of them can be imported."""
    module = importlib.import_module(package)
    assert sorted(names.split()) == sorted(module.__all__)
    assert {name: True for name in names.split()} == {
        name: hasattr(module, name) for name in names.split()
    }


def test_the_errors_of_the_client_have_their_public_names() -> None:
    """Every error class of the client's tree can be caught by its public name."""
    errors = importlib.import_module("statusek_client.errors")
    assert {name: True for name in ERRORS.split()} == {
        name: isinstance(getattr(errors, name, None), type) for name in ERRORS.split()
    }


@pytest.mark.parametrize("package", ["csm", "statusek_client", "statusek_server"])
def test_a_star_import_brings_just_the_public_names(package: str) -> None:
    """Nothing private leaks into a namespace that imports everything."""
    program = (
        f"space = {{}}; exec('from {package} import *', space); del space['__builtins__'];"
        f"import {package}; assert sorted(space) == sorted({package}.__all__), sorted(space)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("package", ["csm", "statusek_client", "statusek_server"])
def test_every_public_name_is_listed_before_it_is_used(package: str) -> None:
    """Who completes a name in a shell, or makes the reference, finds those loaded late as well."""
    program = f"import {package} as it; assert set(it.__all__) <= set(dir(it)), dir(it)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("name", sorted({*CSM.split()} - {"make_converter"}))
def test_types_can_be_asked_for(name: str) -> None:
    """What looks at types at run time finds them; but for cattrs', which is loaded when needed."""
    public = getattr(importlib.import_module("csm"), name)
    own = vars(public).values() if isinstance(public, type) else [public]
    for function in filter(inspect.isfunction, own):
        if function.__name__ != "__attrs_init__":
            assert isinstance(typing.get_type_hints(function), dict)
