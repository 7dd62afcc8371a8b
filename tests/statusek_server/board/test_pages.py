"""The pages, in process: who gets them, what they show, what they refuse."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from html import unescape
from pathlib import Path

import httpx2
import pytest

from csm import GeneralComponent, Note, Status, StatusMessage, to_json_string
from statusek_server import Settings, create_app
from statusek_server.board.visitors import HEADERS
from statusek_server.key_file import write_keys
from statusek_server.keys import Key, Keyring, Scope, digest_of
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import client, database_url, running

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SECRET = "stk_" + "a" * 43
READER = "stk_" + "b" * 43

pytestmark = pytest.mark.anyio


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty database of each kind."""
    with place_of(request.param, tmp_path) as found:
        yield found


def client_of(place: Place) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
    """A client of a server in process on that database, whose clock the test steps."""
    return client(Path(), clock=place.clock, database=place.url)


@asynccontextmanager
async def keyed(folder: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    """A server with two keys: one may do everything, one may only read."""
    file = folder / "keys.toml"
    write_keys(
        file,
        Keyring(
            (
                Key("all", digest_of(SECRET), frozenset(Scope), None),
                Key("reader", digest_of(READER), frozenset({Scope.READ}), None),
            )
        ),
    )
    app = create_app(Settings(database=database_url(folder), keys=file))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://statusek"
        ) as talking,
    ):
        yield talking


async def created(talking: httpx2.AsyncClient, name: str = "TASK", seconds: int = 600) -> str:
    body = {"object_name": name, "instance_timeout": seconds}
    answer = await talking.post("/instance/create", json=body)
    return str(answer.json()["instance_token"])


async def set_status(
    talking: httpx2.AsyncClient, token: str, status: str, message: str = ""
) -> None:
    body = {"instance_token": token, "status_name": status, "status_message": message}
    assert (await talking.post("/status/setStatus", json=body)).json()["status"]


def words(answer: httpx2.Response) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<head>.*</head>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


async def test_only_browsers_get_the_pages(tmp_path: Path) -> None:
    """Who does not ask for HTML by name is welcomed as ever."""
    async with client(tmp_path) as talking:
        for accept in ("*/*", "application/json", "application/vnd.statusek.data+json"):
            plain = await talking.get("/", headers={"accept": accept})
            assert "Welcome home!" == plain.text
        page = await talking.get("/", headers=HTML)
        assert "There are no instances yet" in words(page)
        assert HEADERS.items() <= dict(page.headers).items()


async def test_without_the_extra_a_browser_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server whose pages are not installed says so to a browser, and to nobody else."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "statusek_server.doors.find_spec", lambda name: name != "jinja2" and find(name)
    )
    async with client(tmp_path) as talking:
        assert "pip install 'csm-statusek[board]'" in (await talking.get("/", headers=HTML)).text
        assert "Welcome home!" == (await talking.get("/")).text


async def test_the_list_shows_how_instances_stand(place: Place) -> None:
    """Open, finished, stopped and timed out are told apart in words."""
    async with client_of(place) as talking:
        tokens = [await created(talking) for _ in range(3)]
        late = await created(talking, "4-POINT ROMB TASK", 1)
        await set_status(talking, tokens[1], "RUN")
        await set_status(talking, tokens[1], "FINISHED")
        await set_status(talking, tokens[2], "RUN")
        await set_status(talking, tokens[2], "FAILED")
        place.clock.step(61)
        said = words(await talking.get("/", headers=HTML))
        for token in (*tokens, late):
            assert token in said
        for phrase in (
            "● open",
            "✓ all mandatory statuses are set",
            "■ a stop status was set",
            "✗ timed out",
            "8 min 59 s left",
            "0 of 2",
            "2 of 2",
        ):
            assert phrase in said


async def test_the_list_is_filtered_and_goes_on(place: Place) -> None:
    """A filter holds on the pages behind the first; empty fields of the form say nothing."""
    async with client_of(place) as talking:
        for _ in range(3):
            await created(talking)
        other = await created(talking, "EXAMPLE_1")
        first = await talking.get("/?object=TASK&state=&status=&max_age=&limit=2", headers=HTML)
        assert other not in first.text
        [older] = re.findall(r'href="(\?[^"]*cursor[^"]*)"', first.text)
        second = await talking.get("/" + unescape(older), headers=HTML)
        assert 1 == words(second).count("● open")
        assert 'data-stream="board/stream?known=' in first.text
        assert "data-stream" not in second.text  # older pages stand still
        none = await talking.get("/?object=EXAMPLE_2", headers=HTML)
        assert "No instance fits this filter." in words(none)
        wrong = await talking.get("/?state=lost", headers=HTML)
        assert (400, True) == (wrong.status_code, "expected open or finished" in words(wrong))


async def test_an_instance_shows_its_graph_its_time_line_and_its_messages(place: Place) -> None:
    """Set, next, missing; durations; a status message as a tree, anything else as it came."""
    message = StatusMessage(
        component=GeneralComponent(component_name="Upload <1>", secondary_id="eu"),
        status=Status.WARN,
        notes=[Note(title="2 files were empty", action_to_take="Look at it", detail="of 17")],
        sub_statuses=[
            StatusMessage(
                component=GeneralComponent(component_name="Disk"),
                status_message_type="EXTERNAL_DEPENDENCY",
                notes=[Note(title="full", action_importance="LOW", data="{}")],
            )
        ],
    )
    async with client_of(place) as talking:
        token = await created(talking, "EXAMPLE_3")
        await set_status(talking, token, "CALLED", "<b>17</b> files")
        place.clock.step(2.5)
        await set_status(talking, token, "RUNNED", to_json_string(message))
        page = await talking.get(f"/board/instance?token={token}", headers=HTML)
        said = words(page)
        for phrase in (
            "CALLED: MANDATORY, set",
            "WRONG PARAMS: STOP-STATUS, can be set next",
            "RESULTS SAVED: MANDATORY, must still come",
            "Still missing: START SAVING, RESULTS SAVED",
            "<b>17</b> files",
            "+2.5 s, 2.5 s since the start",
            "! WARN Upload <1> eu",
            "To do: Look at it",
            "✓ OK Disk external dependency",
            "low full",
        ):
            assert phrase in said
        assert "<b>17</b>" not in page.text
        place.clock.step(600)
        said = words(await talking.get(f"/board/instance?token={token}", headers=HTML))
        assert "Never came: START SAVING, RESULTS SAVED" in said
        assert "WRONG PARAMS: STOP-STATUS, did not come" in said
        unknown = await talking.get("/board/instance?token=%3Cx%3E", headers=HTML)
        assert (404, True) == (unknown.status_code, "No instance has this token." in words(unknown))


async def test_an_instance_without_events_and_a_text_that_is_nearly_a_message(place: Place) -> None:
    """What is not a status message is shown as it came."""
    async with client_of(place) as talking:
        token = await created(talking)
        page = await talking.get(f"/board/instance?token={token}", headers=HTML)
        assert "No status has been set yet." in words(page)
        await set_status(talking, token, "RUN", '{"component": 1}')
        page = await talking.get(f"/board/instance?token={token}", headers=HTML)
        assert '{"component": 1}' in words(page)


async def test_a_model_shows_its_graph_and_what_its_newest_instances_tell(place: Place) -> None:
    """Counts by state, and the median and the longest time between two statuses."""
    async with client_of(place) as talking:
        assert "There are none yet." in words(
            await talking.get("/board/model?name=TASK", headers=HTML)
        )
        for seconds in (1, 2, 9):
            token = await created(talking)
            await set_status(talking, token, "RUN")
            place.clock.step(seconds)
            await set_status(talking, token, "FINISHED")
        await created(talking)
        said = words(await talking.get("/board/model?name=TASK", headers=HTML))
        assert "RUN FINISHED 3 2.0 s 9.0 s" in said
        assert "created RUN 3 0 ms 0 ms" in said
        assert "all mandatory statuses are set 3" in said
        assert "open 1" in said
        models = words(await talking.get("/board/models", headers=HTML))
        assert "2-POINT LINE TASK RUN, FINISHED" in models
        assert 404 == (await talking.get("/board/model?name=X", headers=HTML)).status_code


async def test_a_large_model_has_no_drawing(tmp_path: Path) -> None:
    """What is no picture any more is still a table."""
    models = tmp_path / "models.toml"
    statuses = "".join(f'[[model.status]]\nname = "S{number}"\n' for number in range(201))
    models.write_text(f'[[model]]\nname = "BIG"\n{statuses}', "utf-8")
    async with client(tmp_path, models=models) as talking:
        page = await talking.get("/board/model?name=BIG", headers=HTML)
        assert "<svg" not in page.text
        assert "too many statuses for a drawing" in words(page)


async def test_the_server_shows_itself(tmp_path: Path) -> None:
    """What the server says about itself is a tree, too."""
    async with client(tmp_path) as talking:
        said = words(await talking.get("/board/server", headers=HTML))
        assert "✓ OK statusek" in said
        assert "✓ OK database" in said


async def test_static_files_are_kept_for_ever_and_nothing_else_is_there(tmp_path: Path) -> None:
    """A browser keeps a file under the name that changes with it."""
    async with client(tmp_path) as talking:
        page = await talking.get("/", headers=HTML)
        found = re.findall(r'(?:href|src)="(board/static/[^"]*)"', page.text)
        assert 4 == len(found)
        for url in found:
            file = await talking.get("/" + url)
            assert (200, "public, max-age=31536000, immutable") == (
                file.status_code,
                file.headers["cache-control"],
            )
        assert "no-cache" == (await talking.get("/board/static/board.css")).headers["cache-control"]
        for path in ("/board/static/..%2fpages.py", "/board/nothing", "/board/"):
            assert 404 == (await talking.get(path)).status_code
        assert 404 == (await talking.post("/board/models")).status_code
        assert 200 == (await talking.head("/board/models")).status_code


async def test_links_hold_behind_a_prefix(tmp_path: Path) -> None:
    """Every link is relative, so a proxy may put the pages anywhere."""
    async with client(tmp_path) as talking:
        token = await created(talking)
        for path in ("/", f"/board/instance?token={token}", "/board/model?name=TASK", "/board/x"):
            page = await talking.get(path, headers=HTML)
            links = re.findall(r'(?:href|src|action|data-stream)="([^"]*)"', page.text)
            assert links
            assert [] == [link for link in links if link.startswith(("/", "http"))]


async def test_without_a_key_there_is_only_the_form_for_one(tmp_path: Path) -> None:
    """Pages need the scope to read; the key lives in a cookie that no script can see."""
    async with keyed(tmp_path) as talking:
        page = await talking.get("/", headers=HTML)
        assert (401, True) == (page.status_code, "Sign in" in words(page))
        wrong = await talking.post("/board/sign-in", data={"key": "stk_wrong"})
        assert (401, True) == (wrong.status_code, "This key is not known" in words(wrong))
        good = await talking.post("/board/sign-in", data={"key": READER})
        assert (303, "../") == (good.status_code, good.headers["location"])
        cookie = good.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        page = await talking.get("/", headers=HTML)
        assert (200, True) == (page.status_code, "Sign out" in words(page))
        assert READER not in page.text
        gone = await talking.post("/board/sign-out")
        assert 303 == gone.status_code
        assert 401 == (await talking.get("/", headers=HTML)).status_code


async def test_only_a_key_that_may_set_finds_the_form(tmp_path: Path) -> None:
    """Reading is all that other visitors do, whatever they send."""
    async with keyed(tmp_path) as talking:
        bearer = {"authorization": f"Bearer {SECRET}"}
        answer = await talking.post(
            "/instance/create",
            json={"object_name": "TASK", "instance_timeout": 60},
            headers=bearer,
        )
        token = answer.json()["instance_token"]
        place, form = f"/board/instance?token={token}", {"token": token, "status": "RUN"}
        talking.cookies.set("statusek_key", READER)
        assert "Set a status" not in words(await talking.get(place, headers=HTML))
        refused = await talking.post("/board/instance/set", data=form)
        assert (403, True) == (refused.status_code, "may not set" in words(refused))
        talking.cookies.set("statusek_key", SECRET)
        assert "Set a status" in words(await talking.get(place, headers=HTML))
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"origin": "http://elsewhere"},
        ):
            foreign = await talking.post("/board/instance/set", data=form, headers=headers)
            assert 403 == foreign.status_code
        done = await talking.post(
            "/board/instance/set", data=form, headers={"origin": "http://statusek"}
        )
        assert (303, f"../instance?token={token}") == (done.status_code, done.headers["location"])
        again = await talking.post("/board/instance/set", data=form)
        assert (409, True) == (again.status_code, "This status is set already." in words(again))


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"\xff=%", 400), (b"&".join([b"a=1"] * 20), 400), (b"key=" + b"x" * 2_000_000, 400)],
)
async def test_a_form_that_no_page_sends_is_refused(
    tmp_path: Path, body: bytes, status: int
) -> None:
    """Too large, too many fields, not text: refused in words."""
    async with keyed(tmp_path) as talking:
        answer = await talking.post("/board/sign-in", content=body)
        assert (status, True) == (answer.status_code, "form" in words(answer))


async def test_a_broken_cookie_is_no_key(tmp_path: Path) -> None:
    """Whatever a cookie says, at worst it is not a key."""
    async with keyed(tmp_path) as talking:
        for cookie in ("statusek_key", "a[b=c", "statusek_key=\xe9"):
            headers = [(b"accept", b"text/html"), (b"cookie", cookie.encode("latin-1"))]
            assert 401 == (await talking.get("/", headers=headers)).status_code


async def test_a_storage_in_trouble_is_said_on_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page takes a trouble for a fact."""
    from statusek_server.outcomes import Code, Refusal
    from statusek_server.service import Service

    async with client(tmp_path) as talking:
        token = await created(talking)

        async def down(*_: object) -> Refusal:
            return Refusal(Code.DATABASE_ERROR)

        monkeypatch.setattr(Service, "look", down)
        model = await talking.get("/board/model?name=TASK", headers=HTML)
        one = await talking.get(f"/board/instance?token={token}", headers=HTML)
        stream = await talking.get(f"/board/instance/stream?token={token}")
        monkeypatch.setattr(Service, "list_instances", down)
        rest = [await talking.get(path, headers=HTML) for path in ("/", "/board/model?name=TASK")]
        for page in (model, one, *rest):
            assert (503, True) == (page.status_code, "Nothing is lost" in words(page))
        assert 204 == stream.status_code


async def test_a_page_follows_an_instance_until_it_is_finished(tmp_path: Path) -> None:
    """The stream of a page ends with the instance, also where that ended before it was opened."""
    async with client(tmp_path) as talking:
        token = await created(talking)
        await set_status(talking, token, "RUN")
        await set_status(talking, token, "FAILED")
        url = f"/board/instance/stream?token={token}"
        for known in ("0", "x", "1", "2", "9999999999999"):
            heard = (await talking.get(f"{url}&known={known}")).text
            assert ["finished"] == re.findall("event: (finished)", heard)
        again = await talking.get(f"{url}&known=1", headers={"last-event-id": "end"})
        assert 204 == again.status_code


async def test_nothing_is_missed_between_a_list_and_its_stream(place: Place) -> None:
    """A page hears what was set after it was made and before it listened."""
    with running(Path(), "--database", place.url) as server:
        async with httpx2.AsyncClient(base_url=server.url, timeout=20) as talking:
            token = await created(talking)
            page = await talking.get("/", headers=HTML)
            [stream] = re.findall('data-stream="([^"]*)"', page.text)
            await set_status(talking, token, "RUN")
            async with talking.stream("GET", f"/{unescape(stream)}") as news:
                async for line in news.aiter_lines():
                    if line.startswith("data: {"):
                        assert '"status": "RUN"' in line
                        break


async def test_every_page_lets_a_browser_load_from_this_server_only(tmp_path: Path) -> None:
    """The policy is as strict as it was meant to be, on every page, good or bad."""
    async with keyed(tmp_path) as talking:
        pages = [await talking.get("/", headers=HTML)]
        talking.cookies.set("statusek_key", READER)
        paths = ("", "board/models", "board/model?name=TASK", "board/server", "board/no")
        pages += [await talking.get(f"/{path}", headers=HTML) for path in paths]
        pages.append(await talking.post("/board/instance/set", data={}))
    assert [401, 200, 200, 200, 200, 404, 403] == [page.status_code for page in pages]
    own = dict.fromkeys(
        ("style-src", "script-src", "img-src", "connect-src", "form-action"), "'self'"
    )
    none = dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), "'none'")
    for page in pages:
        policy = page.headers["content-security-policy"].split("; ")
        assert own | none == dict(rule.split(" ", 1) for rule in policy)


async def test_a_page_hears_news(tmp_path: Path) -> None:
    """Of one instance, from where the page stands; and of all of them."""
    with running(tmp_path) as server:
        async with httpx2.AsyncClient(base_url=server.url, timeout=20) as talking:
            token = await created(talking)
            await set_status(talking, token, "RUN")
            one = f"/board/instance/stream?token={token}&known=1"
            async with (
                talking.stream("GET", one) as of_one,
                talking.stream("GET", "/board/stream") as of_all,
            ):
                await set_status(talking, token, "FINISHED")
                for stream in (of_one, of_all):
                    async for line in stream.aiter_lines():
                        if line.startswith("data: {"):
                            assert '"status": "FINISHED"' in line
                            break
