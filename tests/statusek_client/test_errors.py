"""The tree of errors: what they carry, how they read, that they travel."""

import copy
import pickle

import pytest

from statusek_client import errors, refusals
from statusek_client.errors import StatusekError
from statusek_client.wire import Request
from strategies.client_kit import TOKEN, answer

TREE = {
    "TransportError": "StatusekError",
    "AnswerError": "StatusekError",
    "RefusedError": "StatusekError",
    "ObjectNotFoundError": "RefusedError",
    "InstanceNotFoundError": "RefusedError",
    "StatusNotFoundError": "RefusedError",
    "PreviousStatusMissingError": "RefusedError",
    "NextStatusSetError": "RefusedError",
    "AlreadySetError": "RefusedError",
    "InstanceFinishedError": "RefusedError",
    "InvalidRequestError": "RefusedError",
    "StorageError": "RefusedError",
    "UnauthorizedError": "RefusedError",
    "WaitTimeoutError": "StatusekError",
}


def one_of_each() -> list[StatusekError]:
    request = Request("POST", "/status/setStatus", b'{"instance_token":"..."}')
    facts = {
        "message": "Status hasn't set because is already set",
        "code": "STATUS_IS_ALREADY_SET",
        "call": "setStatus",
        "token": TOKEN,
        "status_name": "RUN",
        "object_name": "TASK",
    }
    return [
        getattr(errors, name)(
            **facts,
            request=request,
            answer=answer("{}"),
            **({"fate": "unknown"} if name == "TransportError" else {}),
        )
        for name in TREE
    ]


def test_the_tree() -> None:
    """Each error stands where users expect to catch it."""
    bases = {name: getattr(errors, name).__bases__[0].__name__ for name in TREE}
    assert TREE == bases
    assert issubclass(errors.WaitTimeoutError, TimeoutError)


@pytest.mark.parametrize("error", one_of_each(), ids=lambda error: type(error).__name__)
def test_an_error_travels(error: StatusekError) -> None:
    """Every error pickles and copies with all it carries, and equals its copy."""
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(error), error, str(error)) == (type(twin), twin, str(twin))
        assert hash(error) == hash(twin)


@pytest.mark.parametrize("error", one_of_each(), ids=lambda error: type(error).__name__)
def test_an_error_shows_the_servers_words_and_no_whole_token(error: StatusekError) -> None:
    """The message is there in full; what we add names the call and shortens the token."""
    for shown in (str(error), repr(error)):
        assert "Status hasn't set because is already set" in shown
        assert TOKEN not in shown
        assert "1d36bcdf…" in shown
    assert "(setStatus 'RUN' on instance 1d36bcdf…)" in str(error)


@pytest.mark.parametrize("error", one_of_each(), ids=lambda error: type(error).__name__)
def test_an_error_is_immutable_and_can_be_raised(error: StatusekError) -> None:
    """Its facts cannot be changed; Python's own (cause, notes, traceback) work as always."""
    with pytest.raises(AttributeError):
        error.message = "other"  # type: ignore[misc]
    cause = ValueError("why")
    with pytest.raises(type(error)) as caught:
        raise error from cause
    error.add_note("more")
    assert (error, cause, ["more"]) == (caught.value, caught.value.__cause__, error.__notes__)


def test_short_tokens_are_shortened_too() -> None:
    """No token of a length that could be a secret is shown whole."""
    assert ["", "1234", "12…", "1234…", "12345678…"] == [
        errors.shortened(token)
        for token in ("", "1234", "12345", "12345678", "12345678-1234-1234-1234-123456789012")
    ]


def test_a_fate_reads_as_a_sentence() -> None:
    """The fate of a request is said in words."""
    lost, unsent = (
        errors.TransportError(message="closed", fate=fate) for fate in ("unknown", "not sent")
    )
    assert "closed Whether the server acted on it is not known." == str(lost)
    assert "closed The request was not sent." == str(unsent)


def test_the_excerpt_is_the_beginning_of_the_answer() -> None:
    """An answer that is not understood can be looked at."""
    page = errors.AnswerError(message="no", answer=answer("<html>" + "x" * 1000))
    assert ("<html>xxxx", 200) == (page.excerpt[:10], len(page.excerpt))
    assert "" == errors.AnswerError(message="no").excerpt


def test_every_code_of_a_refusal_has_its_class() -> None:
    """No listed refusal falls back to the plain class; a code not listed does."""
    plain = {
        code
        for code in refusals.OF_SET | refusals.OF_CREATE
        if errors.refusal_class(code) is errors.RefusedError
    }
    assert set() == plain
    assert [errors.RefusedError] * 2 == [errors.refusal_class(code) for code in (None, "NEW")]
