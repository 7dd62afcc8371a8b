"""Advice: what is odd about a model, told and never refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given

from statusek_server import StatusModel
from statusek_server.model_advice import advice
from statusek_server.model_files import default_models
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code
from statusek_server.rules import CompiledModel, Facts, compile_model, verdict
from strategies.server_kit import status_models

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)
MANDATORY, OPTIONAL, STOP = StatusType


def told(*statuses: Status) -> list[str]:
    return [str(problem) for problem in advice(StatusModel("M", statuses))]


def test_nothing_to_say() -> None:
    """A model without oddities gets no advice."""
    assert [] == told(Status("RUN"), Status("END", after=("RUN",)), Status("STOP", STOP))


def test_a_model_that_finishes_at_its_first_status() -> None:
    """A model whose first status finishes it is told so."""
    assert [
        "model 'M' finishes at its first status",
        "model 'M', status 'B' is unreachable: setting 'A' before it finishes the instance",
    ] == told(Status("A", OPTIONAL), Status("B", OPTIONAL, after=("A",)))


def test_a_stop_status_with_successors() -> None:
    """What follows a STOP-STATUS alone can never be set, nor what needs that."""
    assert [
        "model 'M', status 'STOP' is a STOP-STATUS, so that 'B' cannot follow it",
        "model 'M', status 'B' is unreachable: setting 'STOP' before it finishes the instance",
        "model 'M', status 'C' can never be set: 'B' before it cannot",
    ] == told(
        Status("A"),
        Status("STOP", STOP),
        Status("B", after=("STOP",)),
        Status("C", OPTIONAL, after=("B",)),
    )


def test_what_follows_the_last_mandatory_status() -> None:
    """An optional status behind all mandatory ones is told to be unreachable."""
    assert [
        "model 'M', status 'C' is unreachable: setting 'B' before it finishes the instance"
    ] == told(Status("A"), Status("B", after=("A",)), Status("C", OPTIONAL, after=("B",)))


def test_what_follows_mandatory_statuses_that_do_not_finish_one_by_one() -> None:
    """An optional status that needs all mandatory ones is unreachable, whichever is the last."""
    assert [
        "model 'M', status 'C' is unreachable: all MANDATORY statuses are set before it"
    ] == told(Status("A"), Status("B"), Status("C", OPTIONAL, after=("A", "B")))


def reached(model: StatusModel) -> set[str]:
    """Every status that some order of calls sets, found by trying all of them."""
    ids = {status.name: number for number, status in enumerate(model.statuses, 1)}
    compiled = compile_model(model, ids)
    return set(_tried(compiled, (), set()))


def _tried(
    model: CompiledModel, set_ids: tuple[int, ...], seen: set[frozenset[int]]
) -> Iterator[str]:
    if frozenset(set_ids) in seen:
        return
    seen.add(frozenset(set_ids))
    for name, status in model.statuses.items():
        given_verdict = verdict(model, Facts(set_ids, LATER), name, NOW)
        if given_verdict.code is Code.SUCCESS:
            yield name
            if given_verdict.finish is None:
                yield from _tried(model, (*set_ids, status.id), seen)


@given(status_models(most=5))
def test_what_is_called_unreachable_is(model: StatusModel) -> None:
    """No order of calls reaches a status that is told to be out of reach."""
    reachable = reached(model)
    for problem in advice(model):
        if "unreachable" in problem.what or "never" in problem.what:
            name = problem.where.partition("status '")[2].removesuffix("'")
            assert name not in reachable


@given(status_models(most=5))
def test_what_finishes_at_its_first_status_does(model: StatusModel) -> None:
    """A model is told to finish at its first status exactly if it does."""
    ids = {status.name: number for number, status in enumerate(model.statuses, 1)}
    compiled = compile_model(model, ids)
    firsts = [verdict(compiled, Facts((), LATER), name, NOW) for name in ids]
    finishes = all(v.finish is not None for v in firsts if v.code is Code.SUCCESS)
    assert finishes == any(p.what == "finishes at its first status" for p in advice(model))


@pytest.mark.parametrize("model", default_models(), ids=lambda model: str(model.name))
def test_the_default_catalogue_reaches_what_is_not_advised_against(model: StatusModel) -> None:
    """In the default catalogue the advice about reach is complete."""
    advised = {
        problem.where.partition("status '")[2].removesuffix("'")
        for problem in advice(model)
        if "unreachable" in problem.what
    }
    assert {s.name for s in model.statuses} - advised == reached(model)
    assert advised.isdisjoint(itertools.chain(model.mandatory))
