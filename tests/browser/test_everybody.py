"""The board for everybody: by keyboard, by ear, on a phone, in the dark, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest

from csm import StatusMessage
from statusek_client import StatusekClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
expect = sync_api.expect

STOP = """() => {
    const here = document.activeElement, style = getComputedStyle(here);
    return [here.textContent.trim() || here.name,
            style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
}"""
"""What has the focus, and whether one sees it."""

PAPER = "getComputedStyle(document.body).backgroundColor"


def test_reading_needs_no_script(browser: Browser, statusek: StatusekClient, url: str) -> None:
    """Without JavaScript all is there: list, filter, search, an instance with times in UTC."""
    statusek.create("EXAMPLE_3", instance_timeout=600)
    task = statusek.create("TASK", instance_timeout=600).set("RUN")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Object").select_option("TASK")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody .token")).to_have_text([task.token])
    page.get_by_label("Token of an instance").fill(task.token)
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".timeline")).to_contain_text("UTC")
    expect(page.locator(".timeline")).to_contain_text("RUN")
    expect(page.locator("svg .set title")).to_have_text("RUN: MANDATORY, set")
    context.close()


def test_the_keyboard_reaches_the_content_first(page: Page, url: str) -> None:
    """The first stop of the tabulator jumps over the header."""
    page.goto(url)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """Every stop of the tabulator is seen; the instance is one, and opens."""
    task = statusek.create("TASK", instance_timeout=600)
    page.goto(url)
    stops: list[str] = []
    while task.token not in stops:
        page.keyboard.press("Tab")
        name, is_seen = page.evaluate(STOP)
        assert is_seen, name
        stops.append(name)
        assert len(stops) < 30, stops
    assert {"Models", "Server", "Find", "Filter", "status", "max_age"} <= set(stops)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("TASK")


def test_the_focus_stays_while_the_page_changes(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """Who stands on a link when news come stands on it afterwards, and hears the news."""
    statusek.create("TASK", instance_timeout=600)
    task = statusek.create("TASK", instance_timeout=600)
    page.goto(url)
    page.get_by_role("link", name=task.token).focus()
    statusek.create("EXAMPLE_3", instance_timeout=600)
    task.set("RUN")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator(":focus")).to_have_text(task.token)
    expect(page.get_by_role("status")).to_have_text("RUN is set")


def test_the_dark_is_dark(browser: Browser, url: str) -> None:
    """Who prefers a dark page gets one."""
    papers = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(url)
        papers.append(page.evaluate(PAPER))
        context.close()
    assert ["rgb(251, 250, 248)", "rgb(20, 25, 26)"] == papers


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_nobody_is_left_out(
    browser: Browser,
    statusek: StatusekClient,
    url: str,
    scheme: Literal["light", "dark"],
    width: int,
    report: StatusMessage,
    picture: Callable[[Page, str], None],
) -> None:
    """No page has a violation that axe finds, on a phone or a desk, in light or dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    done = statusek.create("TASK", instance_timeout=600).set("RUN").set("FAILED", report)
    running_one = statusek.create("EXAMPLE_3", instance_timeout=600).set("CALLED", "17 files")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,  # axe is put into the page
    )
    page = context.new_page()
    for path in (
        "/",
        f"/board/instance?token={done.token}",
        f"/board/instance?token={running_one.token}",
        "/board/models",
        "/board/model?name=TASK",
        "/board/server",
        "/board/nothing",
    ):
        page.goto(url + path)
        found = axe.run(page)
        assert 0 == found.violations_count, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    if (scheme, width) == ("dark", 390):
        page.goto(f"{url}/board/instance?token={done.token}")
        picture(page, "board-phone")
    context.close()
