"""The board in a real browser: click, filter, find, follow live; graphs; what may be loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from csm import StatusMessage
from statusek_client import StatusekClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
expect = sync_api.expect

LOOK = """boxes => boxes.map(box => {
    const shape = box.querySelector("rect, polygon"), style = getComputedStyle(shape);
    return [box.classList[1], box.querySelector(".sign").textContent,
            `${style.strokeDasharray} ${style.strokeWidth}`];
})"""
"""How each status of a graph is drawn, but for its colours: its state, its sign, its line."""

INTRUDE = """elsewhere => {
    window.stopped = [];
    const told = event => window.stopped.push(event.effectiveDirective);
    document.addEventListener("securitypolicyviolation", told);
    const add = (tag, what) => document.body.append(
        Object.assign(document.createElement(tag), what));
    add("script", {textContent: "window.intruder = true"});
    add("script", {src: elsewhere});
    add("style", {textContent: "body { display: none }"});
    add("img", {src: elsewhere});
    add("iframe", {src: elsewhere});
    fetch(elsewhere).catch(() => {});
}"""


def test_a_visitor_filters_clicks_and_follows_an_instance_live(
    page: Page,
    statusek: StatusekClient,
    url: str,
    report: StatusMessage,
    picture: Callable[[Page, str], None],
) -> None:
    """From the list to one instance, which changes while it is looked at, without a reload."""
    task = statusek.create("EXAMPLE_3", instance_timeout=600).set("CALLED", "17 files")
    statusek.create("TASK", instance_timeout=600).set("RUN").set("FINISHED")
    statusek.create("TASK", instance_timeout=600).set("RUN").set("FAILED", report)
    page.goto(url)
    expect(page.locator("tbody tr")).to_have_count(3)
    picture(page, "board-instances")
    page.get_by_label("Object").select_option("EXAMPLE_3")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=task.token).click()
    expect(page.locator(".timeline")).to_contain_text("17 files")
    expect(page.locator("svg .next title")).to_contain_text(["WRONG PARAMS", "RUNNED"])
    loads = page.evaluate("performance.timeOrigin")
    task.set("RUNNED", report)
    expect(page.locator(".timeline .csm")).to_contain_text("3 messages are stuck")
    expect(page.locator("#news")).to_have_text("RUNNED is set")
    picture(page, "board-instance")
    task.set("FAILED")
    expect(page.locator(".headline")).to_contain_text("a stop status was set")
    expect(page.locator("svg .missing")).to_have_count(2)
    assert loads == page.evaluate("performance.timeOrigin")


def test_the_list_is_live_and_a_token_is_found(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """A new status appears in the list by itself; the search goes to the instance."""
    task = statusek.create("TASK", instance_timeout=600)
    page.goto(url)
    expect(page.locator("tbody tr")).to_have_count(1)
    task.set("RUN")
    expect(page.locator("tbody")).to_contain_text("last: RUN")
    page.get_by_label("Token of an instance").fill(f" {task.token} ")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("TASK")


def test_a_filtered_list_stays_filtered_while_it_changes(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """What leaves the filter leaves the list; what never was in it does not come."""
    task = statusek.create("TASK", instance_timeout=600).set("RUN")
    page.goto(url)
    page.get_by_label("State").select_option("open")
    page.get_by_label("Has the status").fill("RUN")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    other = statusek.create("TASK", instance_timeout=600).set("RUN")
    expect(page.locator("tbody tr")).to_have_count(2)
    statusek.create("EXAMPLE_1", instance_timeout=600)
    task.set("FINISHED")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .token")).to_have_text(other.token)


def test_statuses_are_told_apart_without_colours(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """Set, next, still to come, stopped, never came: each has a sign and a line of its own."""
    task = statusek.create("EXAMPLE_3", instance_timeout=600).set("CALLED")
    looks: dict[str, tuple[str, str]] = {}
    for status in ("RUNNED", "FAILED", None):
        page.goto(f"{url}/board/instance?token={task.token}")
        legend = page.get_by_role("list", name="Legend").inner_text()
        for state, sign, line in page.locator("svg .box").evaluate_all(LOOK):
            looks[state] = (sign, line)
            assert sign in legend
        if status:
            task.set(status)
    assert {"set", "next", "expected", "stopped", "missing"} <= set(looks)
    assert len(looks) == len({sign for sign, _ in looks.values()})
    lines = [line for state, (_, line) in looks.items() if state not in ("possible", "unused")]
    assert len(lines) == len(set(lines))


def test_nothing_from_elsewhere_gets_in(browser: Browser, url: str) -> None:
    """The browser refuses scripts, styles, pictures, frames and requests that are not ours."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.url))
    page.goto(url)
    page.evaluate(INTRUDE, "http://127.0.0.1:9/elsewhere")
    page.wait_for_function("window.stopped.length >= 6")
    assert [
        "connect-src",
        "frame-src",
        "img-src",
        "script-src-elem",
        "script-src-elem",
        "style-src-elem",
    ] == sorted(page.evaluate("window.stopped"))
    assert page.evaluate("window.intruder") is None
    assert [] == [each for each in asked if "elsewhere" in each]
    context.close()
