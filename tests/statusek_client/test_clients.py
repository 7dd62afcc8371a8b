"""The two clients and their handles: the same surface, and what it does."""

import inspect
import pickle
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import httpx2
import pytest

from csm import GeneralComponent, Note, Status
from statusek_client import (
    About,
    AsyncInstance,
    AsyncStatusekClient,
    Event,
    Finish,
    Instance,
    Readiness,
    StatusekClient,
    errors,
)
from statusek_client.failures import failure
from statusek_client.run import AsyncRun, Plan, Run
from strategies.client_kit import TOKEN, FakeStatusek, async_client, sync_client

PAIRS = [(StatusekClient, AsyncStatusekClient), (Instance, AsyncInstance), (Run, AsyncRun)]
RENAMED = {"__enter__": "__aenter__", "__exit__": "__aexit__", "close": "aclose"}
# A name or word of the async surface, and what it is in the sync one.
WORDS = (
    (r"AsyncStatusekClient", "StatusekClient"),
    (r"Async(Instance|Run|Client|Iterator)", r"\1"),
    (r"(?:collections\.abc\.)?Awaitable\[([^\[\]]+)\]", r"\1"),
    (r"for one event loop", "safe to share between threads"),
    (r"coroutine function", "function"),
    (r"this task is running", "this thread is running"),
    (r"an httpx2", "the httpx2"),
)


def surface(kind: type, names: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return what users see of a class: names, signatures, docstrings, in words of sync code."""
    found = {}
    for name, member in vars(kind).items():
        if name.startswith("_") and name not in ("__init__", "__call__", *names):
            continue
        function = member.fget if isinstance(member, property) else member
        if not callable(function):
            continue
        seen = (str(inspect.signature(function)), inspect.getdoc(function) or "")
        found[names.get(name, name)] = seen
    return found


def in_sync_words(seen: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    def reworded(text: str) -> str:
        for pattern, replacement in WORDS:
            text = re.sub(pattern, replacement, text)
        return text

    return {name: (reworded(one), reworded(two)) for name, (one, two) in seen.items()}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].__name__)
def test_the_two_surfaces_are_one(pair: tuple[type, type]) -> None:
    """Names, signatures and docstrings of sync and async code differ in nothing but async."""
    sync, other = pair
    assert set(vars(sync)) - {"__enter__"}
    backwards = {name: plain for plain, name in RENAMED.items()}
    expected = surface(sync, {name: name for name in RENAMED})
    assert len(expected) > 2
    assert expected == in_sync_words(surface(other, backwards))


@pytest.mark.parametrize("pair", PAIRS[:2], ids=lambda pair: pair[0].__name__)
def test_what_the_classes_say_of_themselves_agrees(pair: tuple[type, type]) -> None:
    """The docstrings of the classes agree as well."""
    sync, other = (inspect.getdoc(one) or "" for one in pair)
    assert sync == in_sync_words({"": ("", other)})[""][1]


def lacking(call: Callable[[], object]) -> str:
    with pytest.raises(errors.AnswerError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("dialect", ["flat", "data"])
def test_a_process_through_the_sync_client(dialect: str) -> None:
    """Create, set in a chain, ask, wait, watch: in either dialect, without being told which."""
    with sync_client(FakeStatusek(dialect)) as client:
        task = client.create("TASK", instance_timeout=600)
        assert (TOKEN, "TASK") == (task.token, task.object_name)
        assert not task.check_is_finished()
        same = client.instance(task.token)
        assert same is same.set("RUN", "17 files").set("END")
        assert same.is_set("END")
        assert not same.is_set("MAYBE")
        reason = None if dialect == "flat" else "ALL_MANDATORY_STATUSES_ARE_SET"
        finish = task.wait(timeout=5)
        assert (True, reason) == (bool(finish), finish.reason and finish.reason.value)
        expected: list[tuple[str, str | None]] = [("RUN", None), ("END", None)]
        if dialect == "data":
            expected = [("RUN", "17 files"), ("END", "")]
        assert expected == [(event.status_name, event.message) for event in task.events()]
        assert expected == [(event.status_name, event.message) for event in task.watch()]


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["flat", "data"])
async def test_a_process_through_the_async_client(dialect: str) -> None:
    """The same process in async code."""
    async with async_client(FakeStatusek(dialect)) as client:
        task = await client.create("TASK", instance_timeout=600)
        assert not await task.check_is_finished()
        same = client.instance(task.token)
        assert same is await same.set("RUN", "17 files")
        await same.set("END")
        assert (True, False) == (await same.is_set("END"), await same.is_set("MAYBE"))
        assert await task.wait(timeout=5)
        assert ["RUN", "END"] == [event.status_name for event in await task.events()]
        assert ["RUN", "END"] == [event.status_name async for event in task.watch(timeout=5)]


def test_what_only_newer_servers_have() -> None:
    """Readiness, the global status, about, models: there in data, a clear error in flat."""
    with sync_client(FakeStatusek()) as client:
        why = "Not all previos mandatory statuses are set for status 'END'"
        assert Readiness(is_ready=False, description=why) == client.instance(TOKEN).is_ready("END")
        client.set_global_status("MAINTENANCE")
        assert About(db_version="2.7.2", home_page="https://example.org") == client.about()
        assert "TASK" == client.model("TASK").name
        task = client.instance(TOKEN).set("END")
        assert ["RUN"] == [status.name for status in task.missing()]
        assert ["RUN"] == [status.name for status in client.create("TASK").missing()]
    with sync_client(FakeStatusek("flat")) as client:
        task = client.instance(TOKEN)
        older: list[Callable[[], object]] = [
            lambda: task.is_ready("END"),
            client.about,
            lambda: client.set_global_status("X"),
        ]
        for call in older:
            assert "this server is older than 2023 and lacks this call" in lacking(call)
        silent: list[Callable[[], object]] = [lambda: client.model("TASK"), task.missing]
        for call in silent:
            assert "cannot be known from this server" in lacking(call)


@pytest.mark.anyio
async def test_what_only_newer_servers_have_in_async_code() -> None:
    """The same calls through the async client."""
    async with async_client(FakeStatusek()) as client:
        assert not await client.instance(TOKEN).is_ready("END")
        await client.set_global_status("MAINTENANCE")
        assert "<AsyncStatusekClient http://h>" == repr(client)
        assert "2.7.2" == (await client.about()).db_version
        assert "TASK" == (await client.model("TASK")).name
        assert ["RUN", "END"] == [status.name for status in await client.instance(TOKEN).missing()]


def test_a_handle_shows_no_token_and_cannot_take_foreign_connections_along() -> None:
    """A handle whose client was given its connections says what travels instead."""
    with sync_client(FakeStatusek()) as client:
        task = client.instance(TOKEN)
        assert "<Instance 1d36bcdf…>" == repr(task)
        assert "<StatusekClient http://h>" == repr(client)
        with pytest.raises(TypeError, match=r"send the \.token instead"):
            pickle.dumps(task)


CALLS: list[Callable[[Any, Any], object]] = [
    lambda client, given: client.create_instance("TASK", **given),
    lambda client, given: client.create("TASK", **given),
    lambda client, given: client.set_status(TOKEN, "RUN", **given),
    lambda client, given: client.check_is_finished(TOKEN, **given),
    lambda client, given: client.check_status_is_set(TOKEN, "RUN", **given),
    lambda client, given: client.check_status_is_ready_to_set(TOKEN, "RUN", **given),
    lambda client, given: client.get_events(TOKEN, **given),
    lambda client, given: client.set_global_status("RUN", **given),
    lambda client, given: client.about(**given),
    lambda client, given: client.beat(TOKEN, **given),
    lambda client, given: client.model("TASK", **given),
    lambda client, given: client.instance(TOKEN).set("RUN", **given),
    lambda client, given: client.instance(TOKEN).is_set("RUN", **given),
    lambda client, given: client.instance(TOKEN).is_ready("RUN", **given),
    lambda client, given: client.instance(TOKEN).check_is_finished(**given),
    lambda client, given: client.instance(TOKEN).events(**given),
    lambda client, given: client.instance(TOKEN).beat(**given),
    lambda client, given: client.instance(TOKEN).missing(**given),
]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_has_a_timeout_of_its_own(call: Callable[[Any, Any], object]) -> None:
    """`timeout=` bounds one call, in seconds, whatever the client was told; it is checked first."""
    bounds: list[float] = []
    fake = FakeStatusek()

    def handle(request: httpx2.Request) -> httpx2.Response:
        bounds.append(request.extensions["timeout"]["read"])
        return fake(request)

    async def in_async_code(given: dict[str, Any]) -> None:
        own = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
        async with AsyncStatusekClient("http://h", http_client=own) as client:
            coroutine: Any = call(client, given)
            await coroutine

    anyio.run(in_async_code, {"timeout": 99.0})
    assert all(90 < bound <= 99 for bound in bounds)
    sent = len(bounds)
    assert sent
    for wrong, error in (("5", TypeError), (0, ValueError), (float("nan"), ValueError)):
        with pytest.raises(error):
            anyio.run(in_async_code, {"timeout": wrong})
        with sync_client(fake) as client, pytest.raises(error):
            call(client, {"timeout": wrong})
    assert sent == len(bounds)


def test_waiting_tells_each_event() -> None:
    """A wait calls back with each event, in order, and then returns the end."""
    fake = FakeStatusek()
    names: list[str] = []
    with sync_client(fake) as client:
        task = client.instance(TOKEN).set("RUN").set("END")
        assert task.wait(timeout=5, on_event=lambda event: names.append(event.status_name))
    assert ["RUN", "END"] == names


@pytest.mark.anyio
async def test_waiting_in_async_code_tells_each_event() -> None:
    """There, the callback may be a function or a coroutine function."""
    names: list[str] = []

    async def note(event: Event) -> None:
        await anyio.lowlevel.checkpoint()
        names.append(event.status_name)

    async with async_client(FakeStatusek()) as client:
        task = client.instance(TOKEN)
        await task.set("RUN")
        await task.set("END")
        assert await task.wait(timeout=5, on_event=note)
        assert await task.wait(timeout=5, on_event=lambda event: names.append(event.status_name))
    assert ["RUN", "END"] * 2 == names


@pytest.mark.parametrize("timeout", ["5", None, True, -1, float("nan"), 10.0**9])
def test_a_wait_is_checked_before_it_begins(timeout: object) -> None:
    """What is no time to wait is refused before anything is sent, and at the call."""
    task: Any = StatusekClient("http://h").instance(TOKEN)
    with pytest.raises((TypeError, ValueError)):
        task.wait(timeout=timeout)
    if timeout is not None:
        with pytest.raises((TypeError, ValueError)):
            task.watch(timeout=timeout)


def test_a_handle_is_of_a_text() -> None:
    """A token that is no text is refused when the handle is made."""
    for client in (StatusekClient("http://h"), AsyncStatusekClient("http://h")):
        with pytest.raises(TypeError, match="token is a NoneType"):
            client.instance(None)  # type: ignore[arg-type]


def test_generators_are_not_decorated() -> None:
    """The body of a generator runs outside of its call, so a run around the call would lie."""

    def generator() -> Iterator[None]:
        yield

    async def async_generator() -> AsyncIterator[None]:
        yield

    for client in (StatusekClient("http://h"), AsyncStatusekClient("http://h")):
        for function in (generator, async_generator):
            with pytest.raises(TypeError, match="is a generator"):
                client.run("TASK")(function)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="redact is a str"):
            client.run("TASK", redact="***")  # type: ignore[arg-type]


def test_a_client_of_the_caller_stays_open() -> None:
    """Only an own connection pool is closed with the client."""
    own = httpx2.Client(transport=httpx2.MockTransport(FakeStatusek()))
    with StatusekClient("http://h", http_client=own) as client:
        client.about()
    assert not own.is_closed
    with StatusekClient("http://h") as client:
        inner = client._http
    assert inner.is_closed


def test_a_run_tells_start_and_end() -> None:
    """A body that ends well sets start and done."""
    fake = FakeStatusek()
    with sync_client(fake) as client:
        task = client.instance(TOKEN)
        with task.run(start="RUN", done="END", fail="FAILED") as running:
            assert running is task
            fake.posts.append(("body", None))
        with task.run():
            pass
    assert [("RUN", None), ("body", None), ("END", None)] == fake.posts


class OddError(Exception):
    """An error of a body."""


def test_a_run_that_fails_says_why_without_secrets() -> None:
    """The failure's message is a CSM with the error's class, and its text without secrets."""
    fake = FakeStatusek()
    with sync_client(fake) as client:
        with pytest.raises(OddError), client.run("TASK", start="RUN", fail="FAILED"):
            raise OddError("password=hunter2")
        (_, failed) = client.instance(TOKEN).events()
    message = failed.csm
    assert message is not None
    assert (
        Status.ERROR,
        GeneralComponent(component_name="TASK"),
        (Note(title=f"{__name__}.OddError", detail="password=***"),),
    ) == (message.status, message.component, message.notes)
    assert "hunter2" not in (failed.message or "")
    assert "ValueError" == failure(ValueError("x"), None).notes[0].title


def test_a_run_never_masks_the_error_of_its_body() -> None:
    """Where the failure cannot be told, the body's error goes on, with a note."""
    fake = FakeStatusek()
    fake.refusing.add("FAILED")
    with sync_client(fake, retry=lambda _attempt, _outcome: None) as client:
        with pytest.raises(OddError) as caught, client.instance(TOKEN).run(fail="FAILED"):
            raise OddError
        assert (
            "The status 'FAILED' could not be set: no answer from http://h: refused"
            in caught.value.__notes__[0]
        )
        with pytest.raises(KeyboardInterrupt), client.instance(TOKEN).run(done="END"):
            raise KeyboardInterrupt
    assert [] == fake.posts


def test_a_run_whose_end_cannot_be_told_fails() -> None:
    """A body that ended well and could not say so is an error: nobody else would know."""
    fake = FakeStatusek()
    fake.refusing.add("END")
    with (
        sync_client(fake, retry=lambda _attempt, _outcome: None) as client,
        pytest.raises(errors.TransportError),
        client.instance(TOKEN).run(done="END"),
    ):
        pass


def test_a_decorated_function_has_a_new_run_each_time() -> None:
    """Each call of the function is an instance of its own; its result and name stay."""
    fake = FakeStatusek()
    with sync_client(fake) as client:

        @client.run("TASK", instance_timeout=600, start="RUN", done="END", fail="FAILED")
        def job(depth: int) -> int:
            """Work."""
            return depth if depth == 0 else job(depth - 1) + 1

        assert (2, "job", "Work.") == (job(2), job.__name__, job.__doc__)
        with pytest.raises(TypeError, match="AsyncStatusekClient"):

            @client.run("TASK")
            async def coroutine() -> None: ...

    assert ["RUN", "RUN", "RUN", "END", "END", "END"] == [name for name, _ in fake.posts]


@pytest.mark.anyio
async def test_runs_in_async_code() -> None:
    """Runs around async bodies: good end, bad end, decorator, and no masking."""
    fake = FakeStatusek()
    async with async_client(fake, retry=lambda _attempt, _outcome: None) as client:
        async with client.instance(TOKEN).run(start="RUN", done="END") as task:
            assert TOKEN == task.token
        async with client.instance(TOKEN).run():
            pass

        @client.run("TASK", start="RUN", fail="FAILED")
        async def job() -> None:
            raise OddError

        with pytest.raises(OddError):
            await job()
        fake.refusing.add("FAILED")
        with pytest.raises(OddError) as caught:
            await job()
        assert "could not be set" in caught.value.__notes__[0]
        with pytest.raises(TypeError, match="is not async"):
            client.run("TASK")(len)  # type: ignore[arg-type]
    assert ["RUN", "END", "RUN", "FAILED", "RUN"] == [name for name, _ in fake.posts]


def test_a_run_that_threads_share_mixes_nothing() -> None:
    """One Run entered by two threads at once ends the instance that each of them began."""
    ended: dict[str, str] = {}
    handles = iter(["one", "two"])
    first_is_in, second_is_in = threading.Event(), threading.Event()
    with sync_client(FakeStatusek()) as client:
        run = Run(lambda: client.instance(next(handles)), Plan(done="END"))
        client.set_status = lambda token, *_, **__: ended.update(  # type: ignore[method-assign]
            {threading.current_thread().name: token}
        )

        def first() -> None:
            with run:
                first_is_in.set()
                assert second_is_in.wait(30)

        def second() -> None:
            assert first_is_in.wait(30)
            with run:
                second_is_in.set()
                threads[0].join(30)

        threads = [threading.Thread(target=one, name=one.__name__) for one in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert {"first": "one", "second": "two"} == ended
        handles = iter(["three"])
        run.__enter__()
        other = threading.Thread(target=run.__exit__, args=(None, None, None), name="other")
        other.start()
        other.join(30)
    assert "three" == ended["other"]


@pytest.mark.anyio
async def test_a_run_that_tasks_share_mixes_nothing() -> None:
    """One AsyncRun entered by two tasks at once ends the instance that each of them began."""
    ended: dict[str, str] = {}
    names = iter(["one", "two"])
    events = {"one": anyio.Event(), "two": anyio.Event()}
    async with async_client(FakeStatusek()) as client:

        async def opened() -> AsyncInstance:
            return client.instance(next(names))

        async def end(token: str, name: str, _: object = None, **__: object) -> None:
            ended[token] = name

        client.set_status = end  # type: ignore[method-assign,assignment]
        run = AsyncRun(opened, Plan(done="END", fail="FAILED"))

        async def body(mine: str, other: str) -> None:
            async with run as task:
                assert mine == task.token
                events[mine].set()
                await events[other].wait()
                assert mine == "two" or not ended
                if mine == "two":
                    await anyio.lowlevel.checkpoint()
                    raise OddError

        async def both() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(body, "one", "two")
                group.start_soon(body, "two", "one")

        with pytest.raises(ExceptionGroup):
            await both()
    assert {"one": "END", "two": "FAILED"} == ended


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"start": 5}, TypeError),
        ({"done": b"END"}, TypeError),
        ({"fail": "\ud800"}, ValueError),
        ({"object_name": None}, TypeError),
        ({"instance_timeout": "600"}, TypeError),
        ({"instance_timeout": 0}, ValueError),
    ],
)
def test_arguments_of_a_run_are_checked_when_it_is_made(
    settings: dict[str, object], error: type[Exception]
) -> None:
    """A run that could not tell its end does not begin."""
    given: dict[str, Any] = {"object_name": "TASK", **settings}
    for client in (StatusekClient("http://h"), AsyncStatusekClient("http://h")):
        with pytest.raises(error):
            client.run(**given)
        if set(settings) & {"start", "done", "fail"}:
            with pytest.raises(error):
                client.instance(TOKEN).run(**{key: given[key] for key in settings})


def test_a_finish_is_true_when_it_is() -> None:
    """`while not client.check_is_finished(token)` does what it says."""
    assert [True, False, True, False] == [
        bool(value)
        for value in (
            Finish(is_finished=True),
            Finish(is_finished=False),
            Readiness(is_ready=True),
            Readiness(is_ready=False),
        )
    ]
