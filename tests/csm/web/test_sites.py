"""Every driver and framework, asked over real sockets: the same answers everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from csm import GeneralComponent, MajorComponent, Note, Status, StatusMessage, from_json_string
from csm.checks import StatusReporter
from strategies.web_kit import KEY, PREFIX, SITES, Site


@attrs.define
class Shop:
    """What the checks say, and where they are asked."""

    site: Site
    database: Status = Status.OK


@pytest.fixture(scope="module", params=SITES)
def running(request: pytest.FixtureRequest) -> Iterator[Shop]:
    reporter = StatusReporter(GeneralComponent(component_name="shop"))
    with SITES[request.param](reporter) as site:
        shop = Shop(site)

        @reporter.check("database", tags=("readiness",))
        async def database() -> Status:
            return shop.database

        @reporter.check("process", tags=("liveness",))
        def process() -> None:
            return None

        @reporter.check(
            "broker", component=MajorComponent(component_name="SIA", secondary_id="eu/1")
        )
        def broker() -> StatusMessage:
            return StatusMessage(
                component=MajorComponent(component_name="SIA", secondary_id="eu/1"),
                notes=[Note(title="queue <1>")],
                sub_statuses=[StatusMessage(component=GeneralComponent(component_name="über all"))],
            )

        yield shop


@pytest.fixture
def shop(running: Shop) -> Shop:
    running.database = Status.OK
    return running


def test_the_whole_without_details(shop: Shop) -> None:
    """Whoever asks gets component, status and time, as JSON, and nothing else."""
    reply = shop.site.ask("/status", Accept="*/*")
    assert (200, "application/json") == (reply.code, reply.headers["content-type"])
    told = from_json_string(reply.body)
    assert (
        StatusMessage(
            component=GeneralComponent(component_name="shop"),
            epoch_seconds_timestamp=told.epoch_seconds_timestamp,
        )
        == told
    )
    assert "private, no-cache" == reply.headers["cache-control"]
    assert "Accept, Csm-Route, Authorization, Cookie" == reply.headers["vary"]
    assert "nosniff" == reply.headers["x-content-type-options"]
    again = from_json_string(shop.site.ask("/status/").body)
    assert again == told.replace(epoch_seconds_timestamp=again.epoch_seconds_timestamp)


def test_the_whole_with_details(shop: Shop) -> None:
    """Whom the application lets see details gets the tree."""
    told = from_json_string(shop.site.ask("/status", X_Key=KEY).body)
    assert ["database", "process", "SIA"] == [
        getattr(each.component.component_name, "name", each.component.component_name)
        for each in told.sub_statuses
    ]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/status/SIA/eu/1", ["queue <1>"]),
        ("/status/SIA/eu%2F1/", ["queue <1>"]),
        ("/status/SIA/eu/1/%C3%BCber%20all", []),
        ("/status/database", []),
    ],
)
def test_one_component_by_its_path(shop: Shop, path: str, title: list[str]) -> None:
    """Names and ids lead to a component, also where they hold slashes and other letters."""
    reply = shop.site.ask(path, X_Key=KEY)
    assert 200 == reply.code
    assert title == [note.title for note in from_json_string(reply.body).notes]


@pytest.mark.parametrize("path", ["/status/SIA", "/status/cellar", "/status/database/x"])
def test_what_is_not_there_is_not_found(shop: Shop, path: str) -> None:
    """A component that does not exist is answered 404, in a sentence."""
    reply = shop.site.ask(path, X_Key=KEY)
    assert (404, True) == (reply.code, reply.body.startswith(b"There is nothing to tell here."))


def test_the_answer_about_it_names_the_prefix(shop: Shop, request: pytest.FixtureRequest) -> None:
    """What there is has the prefix before it, unless that was set where the endpoint is put in."""
    put_in = {"starlette_mount", "flask_blueprint", "django", "django_asgi"}
    prefix = "" if request.node.callspec.params["running"] in put_in else PREFIX
    body = shop.site.ask("/status/cellar", X_Key=KEY).body.decode()
    assert f" Ask {prefix}/status, {prefix}/live, " in body


def test_what_is_not_to_be_seen_is_not_found(shop: Shop) -> None:
    """A component is a detail: the answer does not tell whether it exists."""
    hidden, missing = shop.site.ask("/status/database"), shop.site.ask("/status/cellar")
    assert (404, 404, hidden.body) == (hidden.code, missing.code, missing.body)


def test_probes_ask_for_groups(shop: Shop) -> None:
    """A bad database takes readiness away and leaves the process alive and started."""
    shop.database = Status.ERROR
    paths = ("/status", "/live", "/ready", "/started")
    assert [503, 200, 503, 200] == [shop.site.ask(path).code for path in paths]
    told = from_json_string(shop.site.ask("/live", X_Key=KEY).body)
    assert ["process"] == [each.component.component_name for each in told.sub_statuses]


def test_a_warning_is_visible_and_a_success(shop: Shop) -> None:
    """WARN is answered 200, and says so in the body."""
    shop.database = Status.WARN
    reply = shop.site.ask("/ready")
    assert (200, Status.WARN) == (reply.code, from_json_string(reply.body).status)


def test_head_is_answered_like_get_without_the_body(shop: Shop) -> None:
    """HEAD has the headers of GET, the length included."""
    get, head = shop.site.ask("/ready"), shop.site.ask("/ready", method="HEAD")
    assert (200, b"") == (head.code, head.body)
    assert get.headers["content-length"] == head.headers["content-length"]
    assert get.headers["content-type"] == head.headers["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(shop: Shop, method: str) -> None:
    """The answer says which methods there are."""
    reply = shop.site.ask("/status", method=method)
    assert (405, "GET, HEAD") == (reply.code, reply.headers["allow"])


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/health+json", "application/health+json"),
        ("text/html, */*;q=0.1", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"),
    ],
)
def test_the_format_is_negotiated(shop: Shop, accept: str, content_type: str) -> None:
    """Who asks says what they can read."""
    reply = shop.site.ask("/status", Accept=accept, X_Key=KEY)
    assert (200, content_type) == (reply.code, reply.headers["content-type"])
    assert b"queue <1>" not in reply.body or not content_type.startswith("text/html")


def test_an_unknown_format_is_not_acceptable(shop: Shop) -> None:
    """The answer says what there is."""
    reply = shop.site.ask("/status", Accept="image/png")
    assert (406, True) == (reply.code, b"application/health+json" in reply.body)


def test_a_browser_is_told_to_run_nothing(shop: Shop) -> None:
    """The page comes with a policy that allows its own style and nothing else."""
    policy = shop.site.ask("/status", Accept="text/html").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")


def test_who_has_the_answer_does_not_get_it_again(shop: Shop) -> None:
    """With the entity tag of an unchanged answer, 304 comes without a body."""
    while True:  # the same second of the clock, twice
        first = shop.site.ask("/ready")
        again = shop.site.ask("/ready", If_None_Match=f'"x", W/{first.headers["etag"]}')
        if again.code == 304:
            break
        assert first.headers["etag"] != again.headers["etag"]
    assert (b"", first.headers["etag"]) == (again.body, again.headers["etag"])
    assert 200 == shop.site.ask("/ready", If_None_Match='"x"').code


def test_a_failure_is_never_answered_with_unchanged(shop: Shop) -> None:
    """A probe that has the answer learns of the failure all the same."""
    shop.database = Status.CRITICAL
    reply = shop.site.ask("/ready")
    etag = reply.headers["etag"]
    assert 503 == shop.site.ask("/ready", If_None_Match=f"*, {etag}").code
