"""Keys: who may what, the file of keys, the commands that keep it, and what callers are told."""

from __future__ import annotations

import pickle
import string
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from statusek_server import Settings, create_app
from statusek_server.access import scope_of_resource
from statusek_server.answers import Call
from statusek_server.errors import KeyFileError
from statusek_server.key_commands import keys as command
from statusek_server.key_file import KeyFile, entry, read_keys, write_keys
from statusek_server.keys import SCOPES, Key, Keyring, Scope, digest_of, new_key
from strategies.server_kit import database_url, running

NOW = datetime(2027, 1, 1, tzinfo=UTC)
UNAUTHORIZED_FLAT = {"code": "UNAUTHORIZED", "message": "ERROR: Unauthorized", "status": False}
UNAUTHORIZED_DATA = {
    "status": False,
    "message": "ERROR: Unauthorized",
    "code": "UNAUTHORIZED",
    "data": {},
}


def key(secret: str, *scopes: str, name: str = "k", expires: datetime | None = None) -> Key:
    return Key(name, digest_of(secret), frozenset(map(Scope, scopes)), expires)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
keyrings = st.lists(
    st.builds(
        Key,
        names,
        st.text("0123456789abcdef", min_size=64, max_size=64),
        st.frozensets(st.sampled_from(Scope), min_size=1),
        st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    unique_by=lambda made: made.name,
    max_size=4,
).map(lambda made: Keyring(tuple(made)))


def test_new_keys_are_hard_to_guess() -> None:
    """A new key is random, long, and made of what a header can carry."""
    made = {new_key() for _ in range(100)}
    assert 100 == len(made)
    assert {47} == {len(secret) for secret in made}
    assert set("".join(made)) <= set(string.ascii_letters + string.digits + "-_")


def test_each_call_needs_one_scope() -> None:
    """There is no call for which no scope is needed."""
    assert set(Call) == set(SCOPES)


@pytest.mark.parametrize(
    ("has", "may"),
    [("create", {"create"}), ("set", {"set"}), ("read", {"read"}), ("admin", set(Scope))],
)
def test_scopes(has: str, may: set[str]) -> None:
    """A scope allows what it is named after, and admin everything."""
    assert may == {scope for scope in Scope if key("s", has).allows(scope)}


def test_keys_that_are_found() -> None:
    """A key is found by itself only, and until it ends."""
    old = key("old", "read", expires=NOW)
    new = key("new", "read", name="n", expires=NOW + timedelta(seconds=1))
    ring = Keyring((old, new, key("ever", "set", name="e")))
    assert [None, new, "e", None, None] == [
        ring.find("old", NOW),
        ring.find("new", NOW),
        getattr(ring.find("ever", NOW), "name", None),
        ring.find("", NOW),
        ring.find(new.sha256, NOW),
    ]


def test_a_key_does_not_show_itself() -> None:
    """What may end in a log has neither the key nor its digest."""
    assert digest_of("s3cret") not in repr(Keyring((key("s3cret", "read"),)))


@given(keyrings)
def test_files_come_back(tmp_path_factory: pytest.TempPathFactory, ring: Keyring) -> None:
    """What is written is read again, whatever the names are."""
    path = tmp_path_factory.mktemp("keys") / "keys.toml"
    write_keys(path, ring)
    assert ring == read_keys(path)


GOOD = entry(key("s", "read", name="good"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[", "is not TOML: Invalid initial character for a key part (at end of document)"),
        ("a = 1", "has a; expected only [[key]] tables"),
        ("key = 1", "has key; expected only [[key]] tables"),
        ("key = [1]", "key number 1 is not a table"),
        (
            GOOD + "\ncolour = 'red'",
            "key number 1 has colour; expected name, sha256, scopes and expires",
        ),
        (GOOD.replace('"good"', "1"), "key number 1 has no name"),
        (
            GOOD.replace('sha256 = "', 'sha256 = "x'),
            "key number 1 (good) has no sha256 of 64 hexadecimal digits",
        ),
        (
            GOOD.replace("read", "write"),
            "key number 1 (good) has wrong scopes; expected some of create, set, read, admin",
        ),
        (
            GOOD.replace('["read"]', '"read"'),
            "key number 1 (good) has wrong scopes; expected some of create, set, read, admin",
        ),
        (
            GOOD.replace('["read"]', "1"),
            "key number 1 (good) has wrong scopes; expected some of create, set, read, admin",
        ),
        (
            GOOD + "expires = 5",
            "key number 1 has a wrong expires; expected a TOML date or date-time",
        ),
        (GOOD + GOOD, "two keys have the name 'good'; expected one name for each"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, what: str) -> None:
    """What is wrong with a file is told with its place."""
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(KeyFileError) as caught:
        read_keys(path)
    assert f"{path}: {what}" == str(caught.value) == str(pickle.loads(pickle.dumps(caught.value)))


def test_a_date_is_its_first_moment(tmp_path: Path) -> None:
    """A date or a time without a zone is one of UTC."""
    path = tmp_path / "keys.toml"
    path.write_text(GOOD + "expires = 2027-01-01")
    [found] = read_keys(path).keys
    assert NOW == found.expires


class Seconds:
    """A clock of seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_file_is_read_again_when_it_has_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A change counts a second later; a broken one is logged and changes nothing."""
    path, clock = tmp_path / "keys.toml", Seconds()
    write_keys(path, Keyring((key("a", "read", name="a"),)))
    file = KeyFile(path, clock)
    seen: list[Sequence[str]] = []

    def look(after: float) -> None:
        clock.now += after
        seen.append([found.name for found in file.keyring().keys])

    look(5)
    write_keys(path, Keyring((key("b", "read", name="bb"),)))
    look(0.5)
    look(0.5)
    path.write_text("[")
    look(1)
    path.unlink()
    look(1)
    look(1)
    write_keys(path, Keyring(()))
    look(1)
    assert [["a"], ["a"], ["bb"], ["bb"], ["bb"], ["bb"], []] == seen
    assert [
        f"{path} was read again: 1 keys",
        (
            f"the keys stay as they were: {path}: is not TOML: "
            "Invalid initial character for a key part (at end of document)"
        ),
        f"the keys stay as they were: {path}: the keys cannot be read: No such file or directory",
        f"{path} was read again: 0 keys",
    ] == [record.getMessage() for record in caplog.records]


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    """A server does not start without the file that it is told to use."""
    with pytest.raises(KeyFileError, match="the keys cannot be read: No such file"):
        create_app(Settings(keys=tmp_path / "missing.toml"))


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_the_life_of_a_key(tmp_path: Path) -> None:
    """A key is printed once, kept as a hash, listed by name and taken back."""
    path = tmp_path / "keys.toml"
    file = ("--keys", str(path))
    code, secret, said = run("create", "billing", "--scope", "set", "--scope", "read", *file)
    assert (0, "") == (code, said)
    assert 0 == run("create", "nightly", "--scope", "create", "--expires", "2027-01-01", *file)[0]
    assert "set" in {scope.value for scope in read_keys(path).keys[0].scopes}
    found = read_keys(path).find(secret.strip(), NOW)
    assert found is not None
    assert "billing" == found.name
    assert secret.strip() not in path.read_text()
    assert 0o600 == path.stat().st_mode & 0o777
    path.chmod(0o640)
    listed = "billing\tset read\tfor ever\nnightly\tcreate\tuntil 2027-01-01T00:00:00+00:00\n"
    assert (0, listed, "") == run("list", *file)
    assert (0, "", "") == run("revoke", "billing", *file)
    assert (0, listed.split("\n")[1] + "\n", "") == run("list", *file)
    assert 0o640 == path.stat().st_mode & 0o777


def test_a_key_without_a_file() -> None:
    """Without a file the entry to be added is printed beside the key."""
    code, secret, said = run("create", "billing", "--scope", "read")
    assert (0, entry(key(secret.strip(), "read", name="billing"))) == (code, said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("create", "taken", "--scope", "read", "--keys", "{}"),
            "has a key of the name 'taken' already",
        ),
        (("create", "", "--scope", "read"), "a key needs a name"),
        (("create", "x"), "Missing option '--scope'"),
        (("create", "x", "--scope", "read", "--keys", "{}/no/where"), "the keys cannot be written"),
        (("revoke", "other", "--keys", "{}"), "has no key of the name 'other'"),
        (("list",), "name the file: --keys FILE or STATUSEK_KEYS"),
        (("list", "--keys", "{}.missing"), "the keys cannot be read: No such file or directory"),
    ],
)
def test_wrong_uses(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """What a command cannot do is a wrong use, told in a sentence."""
    path = tmp_path / "keys.toml"
    write_keys(path, Keyring((key("s", "read", name="taken"),)))
    before = path.read_text()
    code, out, error = run(*(part.format(path) for part in arguments))
    assert (2, "", True, before) == (code, out, said in error, path.read_text())


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/v1/instances/x", "read"),
        ("HEAD", "/api/v1/models", "read"),
        ("POST", "/api/v1/instances", "create"),
        ("POST", "/api/v1/instances/x/events", "set"),
        ("POST", "/api/v1/models", "admin"),
        ("DELETE", "/api/v1/anything", "admin"),
    ],
)
def test_what_requests_to_resources_need(method: str, path: str, scope: str) -> None:
    """Reading needs read, writing what is written, and all that is new to this table admin."""
    assert scope == scope_of_resource(method, path)


SECRETS = {scope.value: f"the-{scope}-key" for scope in Scope}


@pytest.fixture
async def server(tmp_path: Path) -> httpx2.AsyncClient:
    path = tmp_path / "keys.toml"
    old = key("ended", "admin", name="ended", expires=datetime(2020, 1, 1, tzinfo=UTC))
    made = [key(secret, scope, name=scope) for scope, secret in SECRETS.items()]
    write_keys(path, Keyring((*made, old)))
    app = create_app(Settings(database=database_url(tmp_path), keys=path))
    app.state.context = app.router.lifespan_context(app)
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://statusek")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("unknown"),
        bearer("ended"),
        bearer(""),
        {"Authorization": SECRETS["admin"]},
        {"Authorization": f"Basic {SECRETS['admin']}"},
        {"Authorization": "Bearer \xff\xfe"},
        bearer(SECRETS["admin"] + "x"),
    ],
)
async def test_without_a_good_key(server: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """Without a key, with a wrong and with an ended one the answers are the same."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answers = [
        (await server.post(path, content=b"no JSON", headers=raw))
        for path in ("/status/setStatus", "/v2/instance/checkIsFinished", "/v2/about")
    ]
    assert [200] * 3 == [answer.status_code for answer in answers]
    assert [UNAUTHORIZED_FLAT, UNAUTHORIZED_DATA, UNAUTHORIZED_DATA] == [
        answer.json() for answer in answers
    ]
    created = await server.post("/instance/create", content=b"{}", headers=raw)
    assert {**UNAUTHORIZED_FLAT, "instance_token": ""} == created.json()
    for path in ("/api/v1/models", "/metrics"):
        problem = await server.get(path, headers=raw)
        assert (401, 'Bearer realm="statusek"', "application/problem+json") == (
            problem.status_code,
            problem.headers["www-authenticate"],
            problem.headers["content-type"],
        )
        assert {
            "title": "Unauthorized",
            "status": 401,
            "detail": "A valid key is needed: Authorization: Bearer KEY.",
            "code": "UNAUTHORIZED",
        } == problem.json()


@pytest.mark.anyio
async def test_what_needs_no_key(server: httpx2.AsyncClient) -> None:
    """Who only wants to know if the server is alive, or which one it is not, needs no key."""
    assert [200, 200, 404] == [
        (await server.get(path)).status_code for path in ("/", "/healthz", "/nothing")
    ]


@pytest.mark.anyio
async def test_with_a_key_for_something_else(server: httpx2.AsyncClient) -> None:
    """A good key that does not allow a call is refused, and told what it lacks where HTTP can."""
    answer = await server.post("/instance/create", headers=bearer(SECRETS["read"]))
    assert {**UNAUTHORIZED_FLAT, "instance_token": ""} == answer.json()
    problem = await server.get("/api/v1/models", headers=bearer(SECRETS["set"]))
    assert (403, 'Bearer realm="statusek", error="insufficient_scope", scope="read"') == (
        problem.status_code,
        problem.headers["www-authenticate"],
    )
    assert "The key lacks the scope 'read'." == problem.json()["detail"]


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/instance/create", "/v2/instance/create", "/api/v1/instances"])
async def test_idempotency_keys_of_two_callers(tmp_path: Path, path: str) -> None:
    """Two callers that happen to choose the same idempotency key do not see each other's answers,
    and do not hinder each other."""
    file = tmp_path / "keys.toml"
    write_keys(file, Keyring(tuple(key(name, "create", name=name) for name in ("one", "two"))))
    app = create_app(Settings(database=database_url(tmp_path), keys=file))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://s") as server,
    ):

        async def create(secret: str, seconds: int) -> object:
            body = {"object_name": "TASK", "instance_timeout": seconds}
            if path.startswith("/api"):
                body = {"object": "TASK", "timeout": seconds}
            headers = {**bearer(secret), "Idempotency-Key": "1"}
            answer = (await server.post(path, json=body, headers=headers)).json()
            return answer.get("token") or answer.get("instance_token") or answer["data"]

        one, two = await create("one", 60), await create("two", 61)
        assert one
        assert two
        assert one != two
        assert (one, two) == (await create("one", 60), await create("two", 61))


def test_keys_come_and_go_without_a_restart(tmp_path: Path) -> None:
    """A new key works and a revoked one stops working while every process goes on serving."""
    path = tmp_path / "keys.toml"
    write_keys(path, Keyring(()))
    flags = ("--keys", str(path), "--workers", "2")
    body = {"object_name": "TASK", "instance_timeout": 60}

    def codes(secret: str) -> set[str]:
        calls = [
            httpx2.post(f"{process.url}/instance/create", json=body, headers=bearer(secret))
            for _ in range(10)
        ]
        return {call.json()["code"] for call in calls}

    with running(tmp_path, *flags) as process:
        made = key("secret", "create")
        assert {"UNAUTHORIZED"} == codes("secret")
        write_keys(path, Keyring((made,)))
        while codes("secret") != {"SUCCESS"}:
            pass
        write_keys(path, Keyring(()))
        while codes("secret") != {"UNAUTHORIZED"}:
            pass
        code, said = process.stop()
    assert 0 == code
    assert "secret" not in said
