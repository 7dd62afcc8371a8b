"""The rules, against a literal restatement of the contract's text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from statusek_server import StatusModel
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason
from statusek_server.rules import (
    Facts,
    Finish,
    compile_model,
    due_at,
    finish_of,
    sign_of_life,
    verdict,
)
from strategies.literal_rules import literally
from strategies.server_kit import status_models

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MANDATORY, OPTIONAL, STOP = StatusType


@given(
    model=status_models(),
    data=st.data(),
    to_due=st.integers(-2, 2),
    finished=st.none() | st.sampled_from(FinishReason),
)
def test_verdicts_are_the_contracts(
    model: StatusModel, data: st.DataObject, to_due: int, finished: FinishReason | None
) -> None:
    """Over random models, any facts, any status: the verdict is the contract's."""
    ids = {status.name: 10 + number for number, status in enumerate(model.statuses)}
    names = data.draw(st.lists(st.sampled_from(sorted(ids)), unique=True))
    name = data.draw(st.sampled_from([*sorted(ids), "NO SUCH"]))
    finish = Finish(NOW - 9 * SECOND, finished) if finished else None
    facts = Facts(tuple(ids[n] for n in names), NOW + to_due * SECOND, finish)

    actual = verdict(compile_model(model, ids), facts, name, NOW)

    code, reason = literally(model, names, name, due=to_due <= 0, finished=finished)
    assert (code, reason) == (actual.code, actual.finish.reason if actual.finish else None)
    assert (ids[name] if code is Code.SUCCESS else None) == (
        actual.status.id if actual.status else None
    )
    if actual.finish:
        ended = finish.at if finish else facts.due_at if to_due <= 0 else NOW
        assert ended == actual.finish.at


@given(model=status_models(), data=st.data())
def test_a_process_ends_with_all_mandatory_statuses_or_a_stop(
    model: StatusModel, data: st.DataObject
) -> None:
    """Whatever order the calls come in, an instance is open exactly as long as the rules say."""
    ids = {status.name: number for number, status in enumerate(model.statuses)}
    compiled = compile_model(model, ids)
    stops = {s.name for s in model.statuses if s.type is STOP}
    facts = Facts((), NOW + SECOND)
    names: list[str] = []
    for name in data.draw(st.lists(st.sampled_from(sorted(ids)), max_size=20)):
        given_verdict = verdict(compiled, facts, name, NOW)
        if given_verdict.status:
            names.append(name)
            facts = Facts(
                (*facts.set_ids, given_verdict.status.id), NOW + SECOND, given_verdict.finish
            )
    ended = bool(names) and (set(model.mandatory) <= set(names) or bool(stops & set(names)))
    assert ended == (facts.finish is not None)
    assert len(names) == len(set(names))


LINE = StatusModel(
    "LINE", [Status("A"), Status("B", OPTIONAL, after=("A",)), Status("C", after=("A", "B"))]
)


def test_compiling() -> None:
    """Previous statuses become needs by their type, next ones prohibitions of an optional one."""
    compiled = compile_model(LINE, {"A": 1, "B": 2, "C": 3})
    c, b = compiled.statuses["C"], compiled.statuses["B"]
    assert (frozenset({1}), frozenset(), frozenset()) == (c.need_all, c.need_any, c.forbid)
    assert (frozenset({1}), frozenset(), frozenset({3})) == (b.need_all, b.need_any, b.forbid)
    assert frozenset({1, 3}) == compiled.mandatory


def test_a_stop_status_before_counts_as_not_mandatory() -> None:
    """One previous status suffices where none is MANDATORY, and a STOP-STATUS is none."""
    model = StatusModel(
        "M", [Status("O", OPTIONAL), Status("S", STOP), Status("E", after=("O", "S")), Status("F")]
    )
    compiled = compile_model(model, {"O": 1, "S": 2, "E": 3, "F": 4})
    assert frozenset({1, 2}) == compiled.statuses["E"].need_any
    assert Code.SUCCESS is verdict(compiled, Facts((1,), NOW + SECOND), "E", NOW).code


@given(st.integers(-3, 3))
@example(0)
def test_due_from_the_first_moment_on(to_due: int) -> None:
    """An instance is finished at the very moment it is due, with that moment as its end."""
    facts = Facts((), NOW + to_due * SECOND)
    expected = Finish(facts.due_at, FinishReason.TIMEOUT) if to_due <= 0 else None
    assert expected == finish_of(facts, NOW)
    life = sign_of_life(facts, NOW)
    assert (expected, Code.INSTANCE_IS_FINISHED if expected else Code.SUCCESS) == (
        life.finish,
        life.code,
    )


@given(silence=st.none() | st.integers(1, 100), left=st.integers(0, 100))
def test_silence_never_prolongs_a_life(silence: int | None, left: int) -> None:
    """The due time is the end of the silence, but never after the deadline."""
    deadline = NOW + left * SECOND
    expected = left if silence is None else min(left, silence)
    assert NOW + expected * SECOND == due_at(deadline, silence, NOW)
