"""Visitors with keys: who signs in reads; only who may set finds the form, and uses it live."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from statusek_client import StatusekClient
from statusek_server.key_file import write_keys
from statusek_server.keys import Key, Keyring, Scope, digest_of
from strategies.server_kit import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
expect = sync_api.expect

ALL = "stk_" + "a" * 43
READER = "stk_" + "b" * 43


@pytest.fixture
def url(tmp_path: Path) -> Generator[str]:
    """The URL of a server with two keys: one may do everything, one may only read."""
    reader = Key("reader", digest_of(READER), frozenset({Scope.READ}), None)
    keys = Keyring((Key("all", digest_of(ALL), frozenset(Scope), None), reader))
    write_keys(tmp_path / "keys.toml", keys)
    with running(tmp_path, "--keys", str(tmp_path / "keys.toml")) as server:
        yield server.url


@pytest.fixture
def statusek(url: str) -> Generator[StatusekClient]:
    """A client that may do everything."""
    with StatusekClient(url, api_key=ALL) as client:
        yield client


@pytest.fixture
def page(browser: Browser) -> Generator[Page]:
    """A page of a visitor whom the server does not know yet."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def sign_in(page: Page, url: str, key: str) -> None:
    """Show a key to the board."""
    page.goto(url)
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def test_a_visitor_signs_in_reads_and_signs_out(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """A wrong key is refused in words; a reader follows live, and finds nothing to set."""
    task = statusek.create("TASK", instance_timeout=600)
    sign_in(page, url, "stk_wrong")
    expect(page.get_by_role("alert")).to_contain_text("This key is not known")
    sign_in(page, url, READER)
    page.get_by_role("link", name=task.token).click()
    task.set("RUN")
    expect(page.locator(".timeline")).to_contain_text("RUN")
    expect(page.locator("main form")).to_have_count(0)
    assert "" == page.evaluate("document.cookie")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")


def test_who_may_set_sets_with_the_form_which_follows_what_others_set(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """The form offers what can come next, also after news, and keeps what is being typed."""
    task = statusek.create("TASK", instance_timeout=600)
    sign_in(page, url, ALL)
    page.get_by_role("link", name=task.token).click()
    choice = page.get_by_role("combobox", name="Status")
    expect(choice.locator("option")).to_have_text(["RUN"])
    page.get_by_label("Message").fill("all is well")
    task.set("RUN")
    expect(choice.locator("option")).to_have_text(["FINISHED", "FAILED"])
    page.get_by_role("button", name="Set").click()  # what was chosen has gone: nothing is sent
    expect(choice).to_be_focused()
    choice.select_option("FAILED")
    expect(page.get_by_label("Message")).to_have_value("all is well")
    page.get_by_role("button", name="Set").click()
    expect(page.locator(".headline")).to_contain_text("a stop status was set")
    expect(page.locator("main form")).to_have_count(0)
    assert ["", "all is well"] == [event.message for event in task.events()]


def test_the_form_goes_when_an_instance_ends(
    page: Page, statusek: StatusekClient, url: str
) -> None:
    """Where nothing can be set any more, there is nothing to set it with."""
    task = statusek.create("TASK", instance_timeout=600).set("RUN")
    sign_in(page, url, ALL)
    page.get_by_role("link", name=task.token).click()
    expect(page.locator("main form")).to_have_count(1)
    task.set("FINISHED")
    expect(page.locator("main form")).to_have_count(0)
