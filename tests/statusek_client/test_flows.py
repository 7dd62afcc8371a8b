"""Flows, stepped by hand: retrying, reading back, waiting, watching; nothing sleeps."""

from collections import Counter
from typing import Any

import pytest

from statusek_client import Finish, FinishReason, RetryPolicy, calls, errors, flows
from statusek_client.errors import StatusekError, TransportError
from statusek_client.flows import Terms
from statusek_client.results import Event
from statusek_client.retry import Policy
from statusek_client.wire import Response
from strategies.client_kit import TOKEN, Scripted, Stage, answer, data, flat

POLICY = RetryPolicy(jitter=0)
DONE = answer(flat("Success", True))
IS_SET = answer(flat("Status is set", True))
NOT_SET = answer(flat("Status is not set", False))
ALREADY = answer(flat("Status hasn't set because is already set", False))
FINISHED_REFUSAL = answer(flat("Instance is finished", False))
NEXT_SET = answer(flat("At least one next status is set", False))
UNKNOWN_TOKEN = answer(flat("ERROR: Instance token is not found", False))
STORAGE = answer(flat("ERROR: Database error", False))
GATEWAY = answer("<html>502</html>", status=502)
HTML = answer("<html>hello</html>")
OPEN = answer(flat("Instance is not finished", False))
FINISHED = answer(data(instance_is_finished=True, instanse_is_finished_description="TIMEOUT"))
LOST = TransportError(message="closed", fate="unknown")
UNSENT = TransportError(message="refused", fate="not sent")
HELD = {"preference_applied": "wait=9"}


def terms(stage: Stage, policy: Policy = POLICY, timeout: float = 5.0) -> Terms:
    return Terms(timeout=timeout, policy=policy, clock=stage.clock)


def post() -> calls.Call[None]:
    return calls.set_status(TOKEN, "RUN", None, "key")


def setting(*script: Scripted, policy: Policy = POLICY) -> tuple[list[str], StatusekError | None]:
    """Return what setting a status did, and the error that it ended in."""
    stage = Stage.of(script)
    try:
        stage.play(flows.set_status(post(), terms(stage, policy)))
    except StatusekError as error:
        return stage.seen, error
    assert not stage.script
    return stage.seen, None


SET, ASK = "setStatus", "checkStatusIsSet"


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ([DONE], [SET]),
        ([UNSENT, DONE], [SET, "pause 0.1", SET]),
        ([UNSENT, UNSENT, DONE], [SET, "pause 0.1", SET, "pause 0.2", SET]),
        ([LOST, IS_SET], [SET, ASK]),
        ([LOST, NOT_SET, DONE], [SET, ASK, "pause 0.1", SET]),
        ([LOST, NOT_SET, ALREADY], [SET, ASK, "pause 0.1", SET]),
        ([LOST, UNSENT, IS_SET], [SET, ASK, "pause 0.1", ASK]),
        ([LOST, LOST, NOT_SET, DONE], [SET, ASK, "pause 0.1", ASK, "pause 0.2", SET]),
        ([LOST, NOT_SET, FINISHED_REFUSAL, IS_SET], [SET, ASK, "pause 0.1", SET, ASK]),
        ([LOST, NOT_SET, NEXT_SET, IS_SET], [SET, ASK, "pause 0.1", SET, ASK]),
        ([STORAGE, NOT_SET, DONE], [SET, ASK, "pause 0.1", SET]),
        ([GATEWAY, IS_SET], [SET, ASK]),
        ([HTML, IS_SET], [SET, ASK]),
    ],
    ids=[
        "at once",
        "not sent, again",
        "not sent twice, again",
        "lost, and there",
        "lost, not there, again",
        "lost, and late: already set is the own success",
        "lost, and the question not sent: asked again, not set again",
        "lost, and the answer to the question too",
        "lost, and it finished the instance",
        "lost, and others went on",
        "storage trouble",
        "a proxy's page",
        "an answer that nobody understands",
    ],
)
def test_a_status_is_set_once(script: list[Scripted], seen: list[str]) -> None:
    """After trouble a status is set again only where it is known not to be set."""
    assert (seen, None) == setting(*script)


@pytest.mark.parametrize(
    ("script", "seen", "error"),
    [
        ([ALREADY], [SET], errors.AlreadySetError),
        ([FINISHED_REFUSAL], [SET], errors.InstanceFinishedError),
        ([UNSENT, ALREADY], [SET, "pause 0.1", SET], errors.AlreadySetError),
        (
            [LOST, NOT_SET, FINISHED_REFUSAL, NOT_SET],
            [SET, ASK, "pause 0.1", SET, ASK],
            errors.InstanceFinishedError,
        ),
        ([HTML, UNKNOWN_TOKEN], [SET, ASK], errors.AnswerError),
    ],
    ids=[
        "already",
        "finished",
        "already set by somebody else",
        "lost, not there, and finished",
        "no Statusek",
    ],
)
def test_what_no_own_try_can_have_caused_reaches_the_caller(
    script: list[Scripted], seen: list[str], error: type[StatusekError]
) -> None:
    """A refusal that no earlier try of the caller explains is the caller's."""
    did, ended = setting(*script)
    assert (seen, error) == (did, type(ended))


def test_a_fate_that_stays_unknown_is_told() -> None:
    """Where neither tries nor questions get through, the caller learns that nobody knows."""
    seen, error = setting(LOST, UNSENT, UNSENT, UNSENT)
    assert [SET, ASK, "pause 0.1", ASK, "pause 0.2", ASK] == seen
    assert LOST == error


def test_a_policy_that_never_retries_still_reads_back() -> None:
    """Asking whether an own try arrived is no retry."""
    assert ([SET, ASK], None) == setting(LOST, IS_SET, policy=RetryPolicy(retries=0))


def test_a_delivery_in_doubt_begins_with_the_question() -> None:
    """What an earlier process could not learn is asked before anything is sent."""
    stage = Stage.of([IS_SET])
    stage.play(flows.set_status(post(), terms(stage), doubt=LOST))
    assert [ASK] == stage.seen


def test_a_read_is_repeated_after_passing_trouble_only() -> None:
    """A read is asked again after lost answers and storage trouble, not after a refusal."""
    stage = Stage.of([LOST, STORAGE, OPEN])
    finish = stage.play(flows.read(calls.check_is_finished(TOKEN), terms(stage)))
    assert Finish(is_finished=False) == finish
    stage = Stage.of([UNKNOWN_TOKEN])
    with pytest.raises(errors.InstanceNotFoundError):
        stage.play(flows.read(calls.check_is_finished(TOKEN), terms(stage)))
    stage = Stage.of([HTML])
    with pytest.raises(errors.AnswerError):
        stage.play(flows.read(calls.check_is_finished(TOKEN), terms(stage)))


def test_a_create_is_repeated_only_when_it_was_not_sent() -> None:
    """A create whose fate is unknown is not repeated, whatever the policy would say."""
    created = answer(flat("Success", True, instance_token=TOKEN))
    call = calls.create_instance("TASK", 60, "key")
    stage = Stage.of([UNSENT, created])
    assert TOKEN == stage.play(flows.once(call, terms(stage)))
    for trouble in (LOST, STORAGE, GATEWAY):
        stage = Stage.of([trouble, created])
        with pytest.raises(StatusekError):
            stage.play(flows.once(call, terms(stage, policy=lambda _attempt, _outcome: 0.1)))
        assert ["create"] == stage.seen


def test_one_deadline_bounds_a_call_with_its_retries() -> None:
    """All tries share the deadline; a pause that would not fit ends the call."""
    stage = Stage.of([(2.0, UNSENT), (2.95, UNSENT)])
    with pytest.raises(TransportError):
        stage.play(flows.read(calls.check_is_finished(TOKEN), terms(stage)))
    assert ["checkIsFinished", "pause 0.1", "checkIsFinished"] == stage.seen
    assert [105.0, 105.0] == [send.deadline for send in stage.sent]


def waiting(
    *script: Scripted, timeout: float, policy: Policy = POLICY
) -> tuple[Stage, Finish | StatusekError]:
    stage = Stage.of(script)
    try:
        return stage, stage.play(flows.wait(TOKEN, terms(stage, policy), timeout))
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
        stage.play(flows.wait(TOKEN, terms(stage), 5))
    assert LOST == caught.value.__cause__


def test_not_found_of_what_was_there_gets_a_second_look() -> None:
    """One "not found" after an answer is looked at again; a second in a row is believed."""
    _, finish = waiting(OPEN, UNKNOWN_TOKEN, OPEN, UNKNOWN_TOKEN, FINISHED, timeout=60)
    assert finish == Finish(is_finished=True, reason=FinishReason.TIMEOUT)
    _, error = waiting(OPEN, UNKNOWN_TOKEN, UNKNOWN_TOKEN, timeout=60)
    assert isinstance(error, errors.InstanceNotFoundError)
    _, error = waiting(UNKNOWN_TOKEN, timeout=60)
    assert isinstance(error, errors.InstanceNotFoundError)


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
    is_last = False
    while not is_last:
        news, is_last = stage.play(flows.watch(TOKEN, seen, terms(stage), 100 + end))
        seen.update(news)
        names += [one.status_name for one in news]
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


def test_watching_ends_with_what_came_last() -> None:
    """Events that came between the two last questions are not lost."""
    assert ["RUN", "END"] == watching(events("RUN"), events("RUN"), FINISHED, events("END", "RUN"))


def test_watching_ends_when_its_time_is_over() -> None:
    """A watch with a timeout ends with the same error as a wait."""
    with pytest.raises(errors.WaitTimeoutError):
        watching(*[events(), OPEN] * 30, end=1)
