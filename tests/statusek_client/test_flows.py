"""Flows, stepped by hand: retrying and reading back; nothing sleeps."""

import pytest

from statusek_client import Finish, RetryPolicy, calls, errors, flows
from statusek_client.errors import StatusekError, TransportError
from statusek_client.flows import Terms
from statusek_client.retry import Policy
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
CREATED = answer(flat("Success", True, instance_token=TOKEN))
LACKING = answer("404 page not found", status=404)
ABOUT_ORIGINAL = answer(data(db_version="2.7.2"))
ABOUT_OURS = answer(data(db_version="1") | {"code": "SUCCESS"})
OPEN = answer(flat("Instance is not finished", False))
LOST = TransportError(message="closed", fate="unknown")
UNSENT = TransportError(message="refused", fate="not sent")


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


def creating(*script: Scripted, accept_orphan: bool = False) -> tuple[list[str], object]:
    """Return what creating an instance did, and its token or the error that it ended in."""
    stage = Stage.of(script)
    call = calls.create_instance("TASK", 60, "key")
    try:
        flow = flows.create(call, terms(stage), accept_orphan=accept_orphan)
        return stage.seen, stage.play(flow)
    except StatusekError as error:
        return stage.seen, error


def test_a_create_is_repeated_only_when_that_is_safe() -> None:
    """One of unknown fate only where the server keeps keys, or the caller accepts an orphan."""
    again = ["create", "pause 0.1", "create"]
    asked = ["create", "about", "pause 0.1", "create"]
    assert (again, TOKEN) == creating(UNSENT, CREATED)
    for trouble in (LOST, STORAGE, GATEWAY):
        seen, error = creating(trouble, LACKING)
        assert (["create", "about"], True) == (seen, isinstance(error, StatusekError))
        seen, error = creating(trouble, ABOUT_ORIGINAL)
        assert (["create", "about"], True) == (seen, isinstance(error, StatusekError))
        assert (asked, TOKEN) == creating(trouble, ABOUT_OURS, CREATED)
        assert (again, TOKEN) == creating(trouble, CREATED, accept_orphan=True)


def test_a_create_in_doubt_is_not_said_to_be_unsent() -> None:
    """Where an earlier try may have arrived, the last one's fate is not the call's."""
    _, error = creating(LOST, UNSENT, UNSENT, accept_orphan=True)
    assert LOST == error


def test_all_tries_of_a_call_carry_one_key() -> None:
    """A server that keeps keys sees one call, however often it is sent."""
    stage = Stage.of([LOST, ABOUT_OURS, LOST, CREATED])
    call = calls.create_instance("TASK", 60, "the key")
    assert TOKEN == stage.play(flows.create(call, terms(stage)))
    sent = [send.call.request.headers for send in stage.sent if send.call.name == "create"]
    assert [(("Idempotency-Key", "the key"),)] * 3 == sent


OUR_SET = answer(data(status_is_set=True) | {"code": "SUCCESS"})
OUR_NOT_SET = answer(data(status_is_set=False) | {"code": "SUCCESS"})
OUR_DONE = answer(data() | {"code": "SUCCESS"})
OUR_ALREADY = answer(data("Status 'RUN' is already set for instance 't'") | {"code": "X"})


@pytest.mark.parametrize(
    ("script", "seen", "error"),
    [
        ([LOST, OUR_SET, OUR_DONE], [SET, ASK, "pause 0.1", SET], None),
        (
            [LOST, OUR_SET, OUR_ALREADY],
            [SET, ASK, "pause 0.1", SET],
            errors.AlreadySetError,
        ),
        (
            [LOST, OUR_NOT_SET, OUR_ALREADY],
            [SET, ASK, "pause 0.1", SET],
            errors.AlreadySetError,
        ),
        (
            [LOST, OUR_SET, LOST, OUR_SET, LOST, OUR_SET],
            [SET, ASK, "pause 0.1", SET, ASK, "pause 0.2", SET, ASK],
            None,
        ),
        (
            [LOST, OUR_NOT_SET, LOST, UNSENT, OUR_SET],
            [SET, ASK, "pause 0.1", SET, ASK, "pause 0.2", ASK],
            None,
        ),
    ],
    ids=[
        "its own",
        "set by another before",
        "set by another in between",
        "set, by whomever, and no answer again",
        "set, and only the last question was answered",
    ],
)
def test_a_server_that_keeps_keys_tells_whose_set_it_was(
    script: list[Scripted], seen: list[str], error: type[StatusekError] | None
) -> None:
    """The same key again is a success for the caller's own set, and a refusal for another's."""
    did, ended = setting(*script)
    assert (seen, error) == (did, None if ended is None else type(ended))


@pytest.mark.parametrize(
    ("script", "seen", "error"),
    [
        ([DONE, IS_SET], [SET, ASK], None),
        ([DONE, NOT_SET, NOT_SET, DONE, IS_SET], [SET, ASK, ASK, "pause 0.1", SET, ASK], None),
        ([DONE, LOST, IS_SET], [SET, ASK, ASK], None),
        ([DONE, UNKNOWN_TOKEN, IS_SET], [SET, ASK, ASK], None),
        ([DONE, *[NOT_SET, NOT_SET, DONE] * 2, NOT_SET, NOT_SET], None, errors.StorageError),
        ([DONE, LOST, UNSENT, UNSENT, UNSENT], None, TransportError),
    ],
    ids=[
        "proven",
        "lost by the server, and set again",
        "the question is lost",
        "the question is answered wrongly",
        "never kept",
        "never to be known",
    ],
)
def test_a_success_is_proven_where_that_is_wanted(
    script: list[Scripted], seen: list[str] | None, error: type[StatusekError] | None
) -> None:
    """With `verify`, a set is a success when a read-back shows it."""
    stage = Stage.of(script)
    ended = None
    try:
        stage.play(flows.set_status(post(), terms(stage).within(None, verify=True)))
    except StatusekError as caught:
        ended = type(caught)
    assert error == ended
    assert seen in (None, stage.seen)
    assert not stage.script


def test_a_message_that_is_too_large_is_sent_again_smaller() -> None:
    """HTTP 413 brings the shorter call, once; a text has none."""
    too_large = answer("<html>413</html>", status=413)
    short = calls.set_status(TOKEN, "RUN", "short", "another key")
    stage = Stage.of([too_large, DONE])
    stage.play(flows.set_status(post(), terms(stage), smaller=lambda: short))
    assert [post().request, short.request] == [send.call.request for send in stage.sent]
    for script in ([too_large, too_large], [too_large]):
        stage = Stage.of(script)
        smaller = (lambda: short) if len(script) == 2 else None
        with pytest.raises(errors.AnswerError):
            stage.play(flows.set_status(post(), terms(stage), smaller=smaller))
        assert not stage.script


def test_not_found_of_what_was_seen_gets_a_second_look_in_every_call() -> None:
    """One "not found" of what this client has seen is asked again; a second one is believed."""
    stage = Stage.of([DONE, UNKNOWN_TOKEN, IS_SET, UNKNOWN_TOKEN, UNKNOWN_TOKEN, UNKNOWN_TOKEN])
    known = terms(stage, policy=RetryPolicy(retries=0))
    question = calls.check_status_is_set(TOKEN, "RUN")
    stage.play(flows.set_status(post(), known))
    assert stage.play(flows.read(question, known))
    for asked in (2, 1):
        before = len(stage.sent)
        with pytest.raises(errors.InstanceNotFoundError):
            stage.play(flows.read(question, known))
        assert asked == len(stage.sent) - before
    assert [SET, ASK, "pause 0.25", ASK, ASK, "pause 0.25", ASK, ASK] == stage.seen


@pytest.mark.parametrize("delay", [-1.0, float("nan")])
def test_a_policy_of_the_caller_may_compute_anything(delay: float) -> None:
    """A pause that nobody can make is none: it must not take the place of the call's own end."""
    seen, error = setting(UNSENT, DONE, policy=lambda *_: delay)
    assert ([SET, "pause 0", SET], None) == (seen, error)


def test_a_terms_timeout_is_seconds() -> None:
    """What cannot be a time for a call is refused before anything is sent."""
    for wrong in ("5", True, None):
        with pytest.raises(TypeError, match="expected seconds"):
            Terms(timeout=wrong, policy=POLICY)  # type: ignore[arg-type]
    for seconds in (0, -1, float("nan"), float("inf"), 10**9):
        with pytest.raises(ValueError, match="expected more than 0"):
            Terms(timeout=seconds, policy=POLICY)


def test_one_deadline_bounds_a_call_with_its_retries() -> None:
    """All tries share the deadline; a pause that would not fit ends the call."""
    stage = Stage.of([(2.0, UNSENT), (2.95, UNSENT)])
    with pytest.raises(TransportError):
        stage.play(flows.read(calls.check_is_finished(TOKEN), terms(stage)))
    assert ["checkIsFinished", "pause 0.1", "checkIsFinished"] == stage.seen
    assert [105.0, 105.0] == [send.deadline for send in stage.sent]
