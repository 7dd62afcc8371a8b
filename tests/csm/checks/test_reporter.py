"""The reporter: what is asked, by whom, and what the whole is."""

from __future__ import annotations

from csm import GeneralComponent, Status
from csm.checks import StatusReporter

SHOP = GeneralComponent(component_name="shop")


def test_a_report_has_every_check_below_its_component() -> None:
    """Plain functions and coroutine functions answer side by side."""
    reporter = StatusReporter(SHOP)

    @reporter.check("cellar")
    def cellar() -> bool:
        return True

    @reporter.check("shelf", critical=False)
    async def shelf() -> Status:
        return Status.CRITICAL

    report = reporter.report()
    assert (SHOP, Status.WARN) == (report.component, report.status)
    assert [("cellar", Status.OK), ("shelf", Status.CRITICAL)] == [
        (below.component.component_name, below.status) for below in report.sub_statuses
    ]
