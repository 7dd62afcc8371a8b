"""The board in a real browser: click, filter, follow live, by keyboard, on a phone, in the dark.

These run with `make test-browser`, where chromium is installed; elsewhere they are skipped. With
STATUSEK_PICTURES set they keep the pictures that the documents use.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from csm import GeneralComponent, MajorComponent, Note, StatusMessage
from statusek_client import StatusekClient
from strategies.server_kit import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]

sync_api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """One browser for all tests."""
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, url: str) -> Generator[Page]:  # noqa: ARG001 - it outlives the page
    """A page that takes every complaint of the browser for a failure."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    here = opened.url.split("/")[2]
    context.close()
    assert [] == complaints
    assert [] == [each for each in asked if each.split("/")[2] != here]


@pytest.fixture
def url(tmp_path: Path) -> Generator[str]:
    """The URL of a real server."""
    with running(tmp_path) as server:
        yield server.url


@pytest.fixture
def statusek(url: str) -> Generator[StatusekClient]:
    """A client of it."""
    with StatusekClient(url) as client:
        yield client


def picture(page: Page, name: str) -> None:
    """Keep what is to be seen, where pictures are wanted."""
    if folder := os.environ.get("STATUSEK_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def report() -> StatusMessage:
    """A status message with something to do."""
    return StatusMessage(
        component=MajorComponent(component_name="SIA", secondary_id="eu-1"),
        status="WARN",
        notes=[
            Note(
                title="2 of 17 files were empty",
                action_importance="LOW",
                action_to_take="Look at the upload",
            )
        ],
        sub_statuses=[
            StatusMessage(component=GeneralComponent(component_name="Disk")),
            StatusMessage(
                component=GeneralComponent(component_name="Queue"),
                status="ERROR",
                notes=[Note(title="3 messages are stuck", detail="since 12:00")],
            ),
        ],
    )


def test_a_visitor_filters_clicks_and_follows_an_instance_live(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """From the list to one instance, which changes while it is looked at, without a reload."""
    task = statusek.create("EXAMPLE_3", instance_timeout=600).set("CALLED", "17 files")
    statusek.create("TASK", instance_timeout=600).set("RUN").set("FINISHED")
    statusek.create("TASK", instance_timeout=600).set("RUN").set("FAILED", report())
    page.goto(url)
    sync_api.expect(page.locator("tbody tr")).to_have_count(3)
    picture(page, "board-instances")
    page.get_by_label("Object").select_option("EXAMPLE_3")
    page.get_by_role("button", name="Filter").click()
    sync_api.expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=task.token).click()
    sync_api.expect(page.locator(".timeline")).to_contain_text("17 files")
    sync_api.expect(page.locator("svg .next title")).to_contain_text(["WRONG PARAMS", "RUNNED"])
    loads = page.evaluate("performance.timeOrigin")
    task.set("RUNNED", report())
    sync_api.expect(page.locator(".timeline .csm")).to_contain_text("3 messages are stuck")
    sync_api.expect(page.locator("#news")).to_have_text("RUNNED is set")
    picture(page, "board-instance")
    task.set("FAILED")
    sync_api.expect(page.locator(".headline")).to_contain_text("a stop status was set")
    sync_api.expect(page.locator("svg .missing")).to_have_count(2)
    assert loads == page.evaluate("performance.timeOrigin")


def test_the_list_is_live_and_a_token_is_found(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """A new status appears in the list by itself; the search goes to the instance."""
    task = statusek.create("TASK", instance_timeout=600)
    page.goto(url)
    sync_api.expect(page.locator("tbody tr")).to_have_count(1)
    task.set("RUN")
    sync_api.expect(page.locator("tbody")).to_contain_text("last: RUN")
    page.get_by_label("Token of an instance").fill(task.token)
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("h1")).to_have_text("TASK")


def test_reading_needs_no_script(browser: Browser, statusek: StatusekClient, url: str) -> None:
    """Without JavaScript all is there, with times in UTC."""
    task = statusek.create("TASK", instance_timeout=600).set("RUN")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}/board/instance?token={task.token}")
    sync_api.expect(page.locator(".timeline")).to_contain_text("UTC")
    sync_api.expect(page.locator(".timeline")).to_contain_text("RUN")
    context.close()


def test_the_keyboard_reaches_the_content_first(page: Page, url: str) -> None:
    """The first stop of the tabulator jumps over the header."""
    page.goto(url)
    page.keyboard.press("Tab")
    sync_api.expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_nobody_is_left_out(
    browser: Browser, statusek: StatusekClient, url: str, scheme: Scheme, width: int
) -> None:
    """No page has a violation that axe finds, on a phone or a desk, in light or dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    done = statusek.create("TASK", instance_timeout=600).set("RUN").set("FAILED", report())
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
