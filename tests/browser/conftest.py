"""One browser, a page that complains, a real server; skipped where there is no chromium.

These tests run with `make test-browser`. With STATUSEK_PICTURES set they keep the pictures that
the documents use.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csm import GeneralComponent, MajorComponent, Note, StatusMessage
from statusek_client import StatusekClient
from strategies.server_kit import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """One browser for all tests of a file."""
    if CHROMIUM is None:
        pytest.skip("neither chromium nor google-chrome is installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
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


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps what is to be seen, where pictures are wanted."""

    def keep(page: Page, name: str) -> None:
        if folder := os.environ.get("STATUSEK_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
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
