"""Routes: which applications a question came through, and who is still asked then."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from csm import GeneralComponent, MajorComponent, Status, StatusMessage
from csm.checks import StatusReporter
from csm.checks.roster import MOST_ROUTES
from csm.checks.route import ASKING, MOST_STEPS, Asking, route_name

LEFT_OUT = "Left out: checks that ask other applications"


def named(name: str) -> GeneralComponent:
    return GeneralComponent(component_name=name)


class Asks:
    """A check that asks another application, here: another reporter of the same process."""

    asks_others = True

    def __init__(self, target: Callable[[tuple[str, ...]], StatusMessage]) -> None:
        self._target = target
        self.routes: list[tuple[str, ...]] = []

    def __call__(self) -> StatusMessage:
        asking = ASKING.get()
        assert asking is not None
        self.routes.append(asking.route)
        return self._target(asking.route)


def names(message: StatusMessage) -> list[str]:
    return [str(each.component.component_name) for each in message.sub_statuses]


@pytest.mark.parametrize(
    ("component", "name"),
    [
        (named("shop"), "GENERAL/shop"),
        (named("a/b, ü"), "GENERAL/a%2Fb%2C%20%C3%BC"),
        (MajorComponent(component_name="SIA", tertiary_id="x"), "MAJOR/SIA//x"),
    ],
)
def test_the_name_of_an_application_fits_into_a_header(
    component: GeneralComponent | MajorComponent, name: str
) -> None:
    """Type, name and ids are told apart, whatever letters they have."""
    assert name == route_name(component)


def test_long_names_stay_short_and_different() -> None:
    """A name of any length takes a bounded part of a header, and is not taken for another."""
    one, other = route_name(named("x" * 5_000)), route_name(named("x" * 5_000 + "y"))
    assert one != other
    assert len(one) < 200


def test_a_check_knows_who_asks() -> None:
    """Plain and coroutine functions see the component of the report and the route so far."""
    seen: list[Asking | None] = []
    reporter = StatusReporter(named("shop"))

    @reporter.check("plain")
    def plain() -> None:
        seen.append(ASKING.get())

    @reporter.check("coroutine")
    async def coroutine() -> None:
        seen.append(ASKING.get())

    reporter.report()
    assert [Asking(named("shop"), ("GENERAL/shop",))] * 2 == seen
    assert ASKING.get() is None


def test_a_question_that_comes_round_asks_nobody_else() -> None:
    """Who is asked by way of itself tells what it knows by itself, and says so."""
    reporter = StatusReporter(named("shop"))
    asks = Asks(lambda _: StatusMessage(component=named("stock")))
    reporter.add_check("stock", asks)
    reporter.add_check("cellar", lambda: True)
    report = reporter.report(route=["GENERAL/a", "GENERAL/shop", "GENERAL/b"])
    assert (["cellar"], [LEFT_OUT]) == (names(report), [note.title for note in report.notes])
    assert [] == asks.routes
    assert ["stock", "cellar"] == names(reporter.report(route=["GENERAL/a"]))
    assert [("GENERAL/a", "GENERAL/shop")] == asks.routes


def test_a_long_route_ends() -> None:
    """After so many applications nobody else is asked, loop or not."""
    reporter = StatusReporter(named("shop"))
    reporter.add_check("stock", Asks(lambda _: StatusMessage(component=named("stock"))))
    assert ["stock"] == names(reporter.report(route=list("abcdefgh")[: MOST_STEPS - 1]))
    assert [] == names(reporter.report(route=list("abcdefgh")[:MOST_STEPS]))


def test_who_asks_nobody_answers_every_route_alike() -> None:
    """Without checks that ask others the report is shared, and held, whatever the route."""
    reporter = StatusReporter(named("shop"), cache=60.0)
    reporter.add_check("cellar", lambda: True)
    assert reporter.report() is reporter.report(route=["GENERAL/a"])


def test_two_that_ask_each_other_at_once_do_not_wait_for_each_other() -> None:
    """Both are asked by a user at the same moment; each hears of the other what that knows."""
    both_ask = threading.Barrier(2)

    def asked(other: Callable[[], StatusReporter]) -> Asks:
        def ask(route: tuple[str, ...]) -> StatusMessage:
            if len(route) == 1:
                both_ask.wait(30)
            return other().report(route=route)

        return Asks(ask)

    shop = StatusReporter(named("shop"), deadline=60.0)
    stock = StatusReporter(named("stock"), deadline=60.0)
    shop.add_check("stock", asked(lambda: stock))
    shop.add_check("cellar", lambda: True)
    stock.add_check("shop", asked(lambda: shop))
    reports: list[StatusMessage] = []
    other = threading.Thread(target=lambda: reports.append(stock.report()))
    other.start()
    report = shop.report()
    other.join()
    assert {Status.OK} == {report.status, *(each.status for each in reports)}
    [branch, _] = report.sub_statuses
    assert [LEFT_OUT] == [note.title for note in branch.sub_statuses[0].notes]


def test_an_error_does_not_go_round() -> None:
    """When two ask each other and one recovers, both do, although each tells of the other."""
    is_well = False
    shop, stock = StatusReporter(named("shop")), StatusReporter(named("stock"))
    shop.add_check("stock", Asks(lambda route: stock.report(route=route)))
    shop.add_check("cellar", lambda: is_well)
    stock.add_check("shop", Asks(lambda route: shop.report(route=route)))
    assert (Status.ERROR, Status.ERROR) == (shop.report().status, stock.report().status)
    is_well = True
    assert (Status.OK, Status.OK) == (shop.report().status, stock.report().status)


def test_invented_routes_cost_a_bounded_number_of_questions() -> None:
    """While others are asked on many routes, one route more is answered without asking."""
    arrived, goes_on = threading.Semaphore(0), threading.Event()
    reporter = StatusReporter(named("shop"), deadline=60.0)

    def wait(_: tuple[str, ...]) -> StatusMessage:
        arrived.release()
        goes_on.wait(60)
        return StatusMessage(component=named("stock"))

    asks = Asks(wait)
    reporter.add_check("stock", asks)
    askers = [
        threading.Thread(target=reporter.report, kwargs={"route": [f"GENERAL/{number}"]})
        for number in range(MOST_ROUTES)
    ]
    for asker in askers:
        asker.start()
    assert all(arrived.acquire(timeout=60) for _ in askers)
    assert [] == names(reporter.report(route=["GENERAL/one more"]))
    goes_on.set()
    for asker in askers:
        asker.join()
    assert ["stock"] == names(reporter.report(route=["GENERAL/one more"]))
    assert MOST_ROUTES + 1 == len(asks.routes)
