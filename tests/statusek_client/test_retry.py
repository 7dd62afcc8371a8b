"""The retry policy: which outcomes, how often, after which pauses."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_client import RetryPolicy, errors
from statusek_client.errors import StatusekError
from strategies.client_kit import answer

LOST = errors.TransportError(message="closed", fate="unknown")


def test_pauses_double_up_to_the_longest() -> None:
    """The pauses grow by two, end at the longest, and the retries at their number."""
    policy = RetryPolicy(retries=5, first_delay=0.5, max_delay=3, jitter=0)
    assert [0.5, 1, 2, 3, 3, None] == [policy(attempt, LOST) for attempt in range(1, 7)]


@given(
    number=st.integers(1, 5000),
    first=st.floats(0, 10),
    longest=st.floats(0, 100),
    jitter=st.floats(0, 1),
    drawn=st.floats(0, 1),
)
def test_a_pause_is_never_negative_nor_too_long(
    number: int, first: float, longest: float, jitter: float, drawn: float
) -> None:
    """Whatever is drawn at random, a pause lies between nothing and the longest."""
    policy = RetryPolicy(first_delay=first, max_delay=longest, jitter=jitter, random=lambda: drawn)
    assert 0 <= policy.pause(number) <= longest


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (LOST, True),
        (errors.TransportError(message="", fate="not sent"), True),
        (errors.StorageError(message=""), True),
        (errors.AnswerError(message="", answer=answer("", status=503)), True),
        (errors.AnswerError(message="", answer=answer("", status=429)), True),
        (errors.AnswerError(message="", answer=answer("", status=200)), False),
        (errors.AnswerError(message="", answer=answer("", status=404)), False),
        (errors.AnswerError(message=""), False),
        (errors.AlreadySetError(message=""), False),
        (errors.UnauthorizedError(message=""), False),
        (errors.WaitTimeoutError(message=""), False),
    ],
)
def test_only_passing_trouble_is_tried_again(outcome: StatusekError, again: bool) -> None:
    """What was refused, or comes from something that is no Statusek, is not tried again."""
    assert again == (RetryPolicy()(1, outcome) is not None)


def test_the_default_is_two_retries() -> None:
    """A client tries three times in all."""
    assert [True, True, False] == [RetryPolicy()(n, LOST) is not None for n in (1, 2, 3)]
    assert RetryPolicy(retries=0)(1, LOST) is None


@pytest.mark.parametrize(
    "wrong", [{"retries": -1}, {"first_delay": -0.1}, {"max_delay": -1}, {"jitter": 1.5}]
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    """Negative numbers and a jitter beyond the whole are errors."""
    with pytest.raises(ValueError, match=r"negative|jitter"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]


def test_a_policy_of_no_numbers_is_refused() -> None:
    """What is no number is said to be none, and NaN makes no sense either."""
    for wrong in ("2", None):
        with pytest.raises(TypeError, match=r"retries is a .*; expected a number"):
            RetryPolicy(retries=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="negative"):
        RetryPolicy(first_delay=float("nan"))


def test_a_policy_is_a_value() -> None:
    """Policies compare by what they say and travel between processes."""
    assert RetryPolicy(retries=3) == pickle.loads(pickle.dumps(RetryPolicy(retries=3)))
    assert RetryPolicy() != RetryPolicy(retries=3)
