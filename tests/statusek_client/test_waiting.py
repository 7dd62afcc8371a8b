"""Waiting and watching, stepped by hand; nothing sleeps."""

from collections import Counter
from typing import Any

import pytest

from statusek_client import Finish, FinishReason, RetryPolicy, errors
from statusek_client import waiting as waits
from statusek_client.errors import StatusekError, TransportError
from statusek_client.flows import Terms
from statusek_client.results import Event
from statusek_client.retry import Policy
from statusek_client.wire import Response
from strategies.client_kit import TOKEN, Scripted, Stage, answer, data, flat

POLICY = RetryPolicy(jitter=0)
UNKNOWN_TOKEN = answer(flat("ERROR: Instance token is not found", False))
STORAGE = answer(flat("ERROR: Database error", False))
GATEWAY = answer("<html>502</html>", status=502)
OPEN = answer(flat("Instance is not finished", False))
FINISHED = answer(data(instance_is_finished=True, instanse_is_finished_description="TIMEOUT"))
LOST = TransportError(message="closed", fate="unknown")
UNSENT = TransportError(message="refused", fate="not sent")


def terms(stage: Stage, policy: Policy = POLICY, timeout: float = 5.0) -> Terms:
    return Terms(timeout=timeout, policy=policy, clock=stage.clock)


def waiting(
    *script: Scripted, timeout: float, policy: Policy = POLICY
) -> tuple[Stage, Finish | StatusekError]:
    stage = Stage.of(script)
    try:
        return stage, stage.play(waits.wait(TOKEN, terms(stage, policy), timeout))
    except StatusekError as error:
        return stage, error


def prefers(stage: Stage) -> list[str]:
    return [dict(send.call.request.headers).get("Prefer", "") for send in stage.sent]


def test_waiting_for_a_server_that_holds_answers_takes_no_pauses() -> None:
    """Where the server applies the wish to wait, the next question follows at once."""
    held = Response(OPEN.status_code, (("preference-applied", "wait=20"),), OPEN.body)
    stage, finish = waiting((20, held), (20, held), (3, FINISHED), timeout=60)
    assert Finish(is_finished=True, reason=FinishReason.TIMEOUT) == finish
    assert ["checkIsFinished"] * 3 == stage.seen
    assert ["wait=20", "wait=20", "wait=19"] == prefers(stage)
    assert [125, 145, 160] == [send.deadline for send in stage.sent]


def test_waiting_for_a_server_that_does_not_hold_polls_ever_slower() -> None:
    """Where no answer says that it was held, pauses grow to two seconds."""
    stage, finish = waiting(*[OPEN] * 8, FINISHED, timeout=600)
    assert finish
    pauses = [float(step.removeprefix("pause ")) for step in stage.seen if "pause" in step]
    bounds = [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2]
    assert all(full / 2 <= pause <= full for pause, full in zip(pauses, bounds, strict=True))


def test_a_server_that_says_held_and_answers_at_once_is_not_hammered() -> None:
    """An answer that claims to be held but came at once is followed by a pause."""
    held = Response(OPEN.status_code, (("preference-applied", "wait=20"),), OPEN.body)
    stage, _ = waiting(held, FINISHED, timeout=60)
    assert ["checkIsFinished", "pause", "checkIsFinished"] == [
        step.split()[0] for step in stage.seen
    ]


def test_the_wait_ends_at_its_deadline() -> None:
    """A wait asks to the end and then says that the time has passed."""
    stage, error = waiting(*[OPEN] * 99, timeout=1)
    assert isinstance(error, errors.WaitTimeoutError)
    assert isinstance(error, TimeoutError)
    assert pytest.approx(101) == stage.clock.now
    assert "is not finished after 1 seconds" in str(error)
    assert TOKEN not in str(error)


def test_a_wait_of_no_time_asks_once() -> None:
    """A timeout of 0 asks once, with the time of an ordinary call."""
    stage, error = waiting(OPEN, timeout=0)
    assert isinstance(error, errors.WaitTimeoutError)
    assert (["checkIsFinished"], [""], [105]) == (
        stage.seen,
        prefers(stage),
        [send.deadline for send in stage.sent],
    )


def test_trouble_before_the_first_answer_is_the_policys() -> None:
    """A server that never answered is given up as the policy says."""
    stage, error = waiting(UNSENT, UNSENT, UNSENT, timeout=600)
    assert UNSENT == error
    assert 3 == stage.seen.count("checkIsFinished")


def test_trouble_after_an_answer_is_ridden_out() -> None:
    """A server that has answered may be away for as long as the wait lasts."""
    _, finish = waiting(OPEN, *[UNSENT] * 20, STORAGE, GATEWAY, FINISHED, timeout=600)
    assert Finish(is_finished=True, reason=FinishReason.TIMEOUT) == finish


def test_a_wait_that_ends_in_trouble_says_so() -> None:
    """When the time passes in trouble, the trouble is the cause."""
    stage = Stage.of([OPEN, *[(1.0, LOST)] * 20])
    with pytest.raises(errors.WaitTimeoutError) as caught:
        stage.play(waits.wait(TOKEN, terms(stage), 5))
    assert LOST == caught.value.__cause__


def test_not_found_of_what_was_there_gets_a_second_look() -> None:
    """One "not found" after an answer is looked at again; a second in a row is believed."""
    _, finish = waiting(OPEN, UNKNOWN_TOKEN, OPEN, UNKNOWN_TOKEN, FINISHED, timeout=60)
    assert finish == Finish(is_finished=True, reason=FinishReason.TIMEOUT)
    _, error = waiting(OPEN, UNKNOWN_TOKEN, UNKNOWN_TOKEN, timeout=60)
    assert isinstance(error, errors.InstanceNotFoundError)
    _, error = waiting(UNKNOWN_TOKEN, timeout=60)
    assert isinstance(error, errors.InstanceNotFoundError)


def test_the_end_of_the_instances_own_life_is_looked_at_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pause of polling is no longer than what is left of the instance's own timeout."""
    monkeypatch.setattr(waits, "POLLING", POLICY)
    stage = Stage.of([OPEN] * 8 + [FINISHED])
    assert stage.play(waits.wait(TOKEN, terms(stage), 600, stage.clock.now + 9))
    assert pytest.approx(109.05) == stage.clock.now
    stage = Stage.of([OPEN] * 2 + [FINISHED])
    assert stage.play(waits.wait(TOKEN, terms(stage), 600, stage.clock.now - 9))
    assert 3 == len(stage.sent)


def event(name: str, at: str = "2024-05-01T10:00:00Z") -> dict[str, Any]:
    status = {
        "ID": 1,
        "ObjectID": 1,
        "StatusName": name,
        "StatusDesc": "",
        "StatusType": "OPTIONAL",
    }
    return {"Status": status, "EventMessage": "", "EventCreationDt": at}


def events(*names: str) -> Response:
    return answer(data(events=[event(name) for name in names] or None))


def watching(*script: Scripted, end: float = 600) -> list[str]:
    """Return the names of the events in the order in which watching brings them."""
    stage = Stage.of(script)
    seen = Counter[Event]()
    names: list[str] = []
    news = waits.News()
    while not news.is_last:
        news = stage.play(waits.watch(TOKEN, seen, news, terms(stage), 100 + end))
        seen.update(news.events)
        names += [one.status_name for one in news.events]
    assert not stage.script
    return names


def test_watching_brings_each_event_once_in_any_order_of_the_server() -> None:
    """New events are found by value: servers may order them anew and show one twice."""
    assert ["RUN", "HALF", "HALF", "END"] == watching(
        events("RUN"),
        events("HALF", "RUN"),
        events("HALF", "RUN", "HALF"),
        events("RUN", "HALF", "HALF"),
        OPEN,
        events("END", "RUN", "HALF", "HALF"),
        events("END", "RUN", "HALF", "HALF"),
        FINISHED,
        events("END", "RUN", "HALF", "HALF"),
    )


def test_watching_ends_in_time_whatever_is_new() -> None:
    """A server that always has news does not keep anybody: after the end it is asked once more."""
    late: list[Scripted] = [(4, events("ONE")), (4, events("TWO")), events("THREE"), OPEN]
    with pytest.raises(errors.WaitTimeoutError, match="the time for watching is over"):
        watching(*late, end=8)


def test_watching_after_its_time_tells_the_end() -> None:
    """No time at all is enough for what is there already, and for whether it is the end."""
    assert ["RUN", "END"] == watching(events("RUN", "END"), FINISHED, events("RUN", "END"), end=0)


def test_watching_ends_with_what_came_last() -> None:
    """Events that came between the two last questions are not lost."""
    assert ["RUN", "END"] == watching(events("RUN"), events("RUN"), FINISHED, events("END", "RUN"))


def test_watching_ends_when_its_time_is_over() -> None:
    """A watch with a timeout ends with the same error as a wait."""
    with pytest.raises(errors.WaitTimeoutError):
        watching(*[events(), OPEN] * 30, end=1)
