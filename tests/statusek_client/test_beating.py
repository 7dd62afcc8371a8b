"""Signs of life: by hand, and from behind while a body runs."""

import threading

import anyio
import anyio.to_thread
import pytest

from statusek_client import errors
from strategies.client_kit import TOKEN, FakeStatusek, async_client, sync_client


class Beaten(FakeStatusek):
    """A server that tells when it has been beaten so often."""

    def __init__(self, often: int, dialect: str = "data") -> None:
        super().__init__(dialect)
        self.enough = threading.Event()
        self._often = often

    def __call__(self, request: object) -> object:  # type: ignore[override]
        answer = super().__call__(request)  # type: ignore[arg-type]
        if len(self.beats) >= self._often:
            self.enough.set()
        return answer


def beating_threads() -> int:
    return sum(thread.name == "statusek-beat" for thread in threading.enumerate())


def test_a_beat_by_hand() -> None:
    """A handle and a client beat; a finished instance refuses, an original does not know how."""
    fake = FakeStatusek()
    with sync_client(fake) as client:
        task = client.instance(TOKEN)
        assert task is task.beat()
        client.beat(TOKEN)
        assert [TOKEN, TOKEN] == fake.beats
        task.set("END")
        with pytest.raises(errors.InstanceFinishedError):
            task.beat()
    with (
        sync_client(FakeStatusek("flat")) as client,
        pytest.raises(errors.AnswerError, match="is an original, or older"),
    ):
        client.beat(TOKEN)


def test_a_run_beats_while_its_body_runs() -> None:
    """The beats begin with the body and end with it; nothing is left running."""
    fake = Beaten(3)
    with sync_client(fake) as client, client.run("TASK", beat=0.001, done="END"):
        assert 1 == beating_threads()
        assert fake.enough.wait(30)
    assert 0 == beating_threads()


def test_a_decorated_function_beats_and_reaches_its_instance() -> None:
    """Inside of the function, the run knows the instance of this very call."""
    fake = Beaten(2)
    with sync_client(fake) as client:
        run = client.run("TASK", beat=0.001)

        @run
        def job() -> str:
            assert fake.enough.wait(30)
            return run.instance.token

        assert TOKEN == job()
        with pytest.raises(LookupError, match="no body of this run"):
            _ = run.instance
    assert 0 == beating_threads()


@pytest.mark.parametrize("dialect", ["flat", "data"])
def test_beats_that_are_refused_end(dialect: str) -> None:
    """Where the instance is finished, or the server has no beats, one question is enough."""
    fake = FakeStatusek(dialect)
    fake.posts.append(("END", None))
    with sync_client(fake) as client, client.run("TASK", beat=0.001):
        while beating_threads():
            threading.Event().wait(0.001)
    assert [] == fake.beats


def test_trouble_with_a_beat_is_left_to_the_next() -> None:
    """A beat that gets no answer ends neither the body nor the beats."""
    fake = Beaten(1)
    fake_beat, losses = fake.beat, iter([True, True, True, False])

    def beat(token: str) -> object:
        if next(losses, False):
            raise fake.lost()
        return fake_beat(token)

    fake.beat = beat  # type: ignore[method-assign,assignment]
    with sync_client(fake, retry=lambda *_: None) as client, client.run("TASK", beat=0.001):
        assert fake.enough.wait(30)


@pytest.mark.anyio
async def test_an_async_run_beats_while_its_body_runs() -> None:
    """The same from a task, of which nothing is left; a body that fails is not masked."""
    fake = Beaten(3)
    async with async_client(fake) as client:
        run = client.run("TASK", beat=0.001, fail="FAILED")

        @run
        async def job() -> None:
            await anyio.to_thread.run_sync(fake.enough.wait, 30)
            assert TOKEN == run.instance.token
            raise KeyError

        with pytest.raises(KeyError):
            await job()
        assert {anyio.get_current_task().id} >= {
            task.id for task in anyio.get_running_tasks() if "beat" in repr(task.coro)
        }
        before = len(fake.beats)
        await anyio.sleep(0.01)
        assert before == len(fake.beats)
    assert ["FAILED"] == [name for name, _ in fake.posts]


@pytest.mark.anyio
async def test_an_async_beat_by_hand_and_one_that_is_refused() -> None:
    """The handle beats; beats behind a body end when the instance has."""
    fake = FakeStatusek()
    async with async_client(fake) as client:
        task = client.instance(TOKEN)
        assert task is await task.beat()
        await task.set("END")
        async with task.run(beat=0.001):
            await anyio.sleep(0.02)
    assert [TOKEN] == fake.beats


@pytest.mark.parametrize("beat", ["5", True, 0, -1])
def test_a_rhythm_is_seconds(beat: object) -> None:
    """What is no time is refused before the run begins."""
    with sync_client(FakeStatusek()) as client, pytest.raises((TypeError, ValueError)):
        client.run("TASK", beat=beat)  # type: ignore[arg-type]
