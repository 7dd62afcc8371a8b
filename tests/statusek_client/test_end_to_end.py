"""Both clients against the real server, over a real socket, in both dialects."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from csm import MajorComponent, StatusMessage
from statusek_client import (
    AsyncStatusekClient,
    Finish,
    FinishReason,
    Outbox,
    StatusekClient,
    errors,
)
from strategies.server_kit import running

ALL_SET = FinishReason.ALL_MANDATORY_STATUSES_ARE_SET


@pytest.fixture(scope="module", params=["flat", "data"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("server")
    with running(folder, "--dialect", request.param) as server:
        yield server.url


@pytest.mark.parametrize("prefix", ["", "/", "/v1", "/v2/"])
def test_a_whole_process(url: str, prefix: str) -> None:
    """A process from its creation to its end, at every address that the server has."""
    flat = prefix == "/v1"
    message = StatusMessage(component=MajorComponent(component_name="SIA"))
    with StatusekClient(url + prefix) as client:
        task = client.create("2-POINT LINE TASK", instance_timeout=600)
        assert not task.check_is_finished()
        assert () == task.events()
        with pytest.raises(errors.PreviousStatusMissingError):
            task.set("FINISHED")
        task.set("RUN", "it's <b> & 17 files").set("FINISHED", message)
        assert Finish(is_finished=True, reason=None if flat else ALL_SET) == task.wait(timeout=5)
        run, finished = task.watch(timeout=5)
        assert ("RUN", "FINISHED") == (run.status_name, finished.status_name)
        assert run.created <= finished.created
        if not flat:
            assert ("it's <b> & 17 files", message) == (run.message, finished.csm)


def test_every_refusal_has_its_class(url: str) -> None:
    """What the server refuses arrives as the error that says why."""
    with StatusekClient(url) as client:
        with pytest.raises(errors.ObjectNotFoundError):
            client.create("NO SUCH 'OBJECT'", instance_timeout=600)
        with pytest.raises(errors.InstanceNotFoundError):
            client.instance("no-such-token").set("RUN")
        task = client.create("TASK", instance_timeout=600)
        with pytest.raises(errors.StatusNotFoundError):
            task.set("NO SUCH")
        task.set("RUN")
        with pytest.raises(errors.AlreadySetError):
            task.set("RUN")
        task.set("FAILED")
        with pytest.raises(errors.InstanceFinishedError):
            task.set("FINISHED")
        assert Finish(is_finished=True, reason=FinishReason.STOP_STATUS_IS_SET) == (
            task.check_is_finished()
        )
        early = client.create("4-POINT ROMB TASK", instance_timeout=600)
        early.set("START").set("NODE 1 RUN")
        assert not early.is_ready("START")
        assert early.is_ready("NODE 2 RUN")


def test_what_the_server_tells_of_itself(url: str) -> None:
    """Models, what is missing, about, the global status: all of it through the client."""
    with StatusekClient(url) as client:
        model = client.model("EXAMPLE_3")
        assert ["CALLED", "RUNNED", "START SAVING", "RESULTS SAVED"] == [
            status.name for status in model.mandatory
        ]
        assert {"RUNNED": ("CALLED",), "CALLED": ()}.items() <= {
            status.name: status.after for status in model.statuses
        }.items()
        with pytest.raises(errors.ObjectNotFoundError):
            client.model("NO/SUCH ОБЪЕКТ?")
        task = client.create("TASK", instance_timeout=600).set("RUN")
        same = client.instance(task.token)
        for handle in (task, same):
            assert ["FINISHED"] == [status.name for status in handle.missing()]
        with pytest.raises(errors.InstanceNotFoundError):
            client.instance("no-such-token").missing()
        assert client.about().db_version
        client.set_global_status("MAINTENANCE")


def test_silence_ends_what_nobody_hears_of(url: str) -> None:
    """A silence timeout finishes an instance, unless somebody gives a sign of life."""
    with StatusekClient(url) as client:
        silent, heard = (
            client.create("TASK", instance_timeout=600, instance_silence=1) for _ in range(2)
        )
        with heard.run(beat=0.2):
            assert Finish(is_finished=True, reason=FinishReason.TIMEOUT) == silent.wait(timeout=10)
            assert not heard.check_is_finished()
        heard.set("RUN").set("FINISHED")
        with pytest.raises(errors.InstanceFinishedError):
            heard.beat()


def test_a_success_that_is_read_back(url: str) -> None:
    """A client that verifies finds what it has set."""
    with StatusekClient(url, verify=True) as client:
        task = client.create("TASK", instance_timeout=600).set("RUN").set("FAILED", verify=True)
        assert task.check_is_finished()


def test_waiting_while_another_service_works(url: str) -> None:
    """A wait ends when the other service sets the last status."""
    with StatusekClient(url) as client:
        task = client.create("1-POINT TASK", instance_timeout=600)
        other = threading.Timer(0.2, client.instance(task.token).set, ("FINISHED",))
        other.start()
        assert Finish(is_finished=True, reason=ALL_SET) == task.wait(timeout=10)
        other.join()
        late = client.create("1-POINT TASK", instance_timeout=1)
        assert Finish(is_finished=True, reason=FinishReason.TIMEOUT) == late.wait(timeout=10)
        with pytest.raises(errors.WaitTimeoutError):
            client.create("TASK", instance_timeout=600).wait(timeout=0.1)


@pytest.mark.anyio
async def test_a_whole_process_in_async_code(url: str) -> None:
    """The same in async code, with a run around the work."""
    async with AsyncStatusekClient(url) as client:

        @client.run("TASK", instance_timeout=600, start="RUN", done="FINISHED", fail="FAILED")
        async def job() -> str:
            return "done"

        assert "done" == await job()
        task = await client.create("TASK", instance_timeout=600)
        with pytest.raises(ZeroDivisionError):
            async with task.run(start="RUN", done="FINISHED", fail="FAILED"):
                raise ZeroDivisionError
        assert FinishReason.STOP_STATUS_IS_SET == (await task.wait(timeout=5)).reason
        *_, failed = [event async for event in task.watch()]
        assert failed.csm is not None
        assert "ZeroDivisionError" == failed.csm.notes[0].title


def test_a_server_that_was_away_gets_its_statuses(url: str, tmp_path: Path) -> None:
    """Statuses set while nobody listened are delivered when somebody does."""
    with StatusekClient(url) as client:
        token = client.create("2-POINT LINE TASK", instance_timeout=600).token
    with Outbox(tmp_path / "outbox.db") as outbox:
        old = "http://127.0.0.1:9"
        with StatusekClient(old, timeout=1, outbox=outbox) as away:
            away.instance(token).set("RUN").set("FINISHED")
        with StatusekClient(url) as client:
            assert 0 == outbox.flush(client).delivered  # it belongs to another server
            assert 2 == outbox.flush(client, kept_for=old).delivered
            assert client.check_is_finished(token)
