"""The server in process: real answers, a clock that only the test moves, outages at will."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Literal

import anyio
import pytest

from csm import GeneralComponent, Status, StatusMessage
from statusek_client import FinishReason, Outbox, RetryPolicy, errors
from statusek_client.testing import START, InProcessServer
from statusek_server.errors import ModelError

TIMEOUT = FinishReason.TIMEOUT
ONCE = RetryPolicy(retries=0)


def test_time_is_the_tests() -> None:
    """An instance lives exactly as long as the test lets time pass; events have that time."""
    with InProcessServer() as server, server.client() as statusek:
        task = statusek.create("TASK", instance_timeout=600).set("RUN")
        server.advance(599.999)
        assert not task.check_is_finished()
        server.advance(0.001)
        assert TIMEOUT == task.check_is_finished().reason
        assert START == task.events()[0].created
        assert START + timedelta(seconds=600) == server.now
        with pytest.raises(ValueError, match="time does not go back"):
            server.advance(-1)


@pytest.mark.parametrize("dialect", ["flat", "data"])
def test_a_wait_ends_when_time_is_moved(dialect: Literal["flat", "data"]) -> None:
    """Who waits in another thread is told at once, without real time."""
    with InProcessServer(dialect=dialect) as server, server.client() as statusek:
        task = statusek.create("TASK", instance_timeout=86_400)
        ends: list[FinishReason | None] = []
        waiter = threading.Thread(target=lambda: ends.append(task.wait(timeout=60).reason))
        waiter.start()
        server.advance(86_400)
        waiter.join(30)
        assert [TIMEOUT] == ends


@pytest.mark.anyio
async def test_async_clients_share_the_server() -> None:
    """Async and blocking clients see the same instances; a cancelled wait leaves nothing."""
    message = StatusMessage(component=GeneralComponent(component_name="db"), status=Status.WARN)
    with InProcessServer() as server, server.client() as blocking:
        async with server.async_client() as statusek:
            task = await statusek.create("TASK", instance_timeout=600)
            await task.set("RUN", message)
            assert message == blocking.instance(task.token).events()[0].csm
            with anyio.move_on_after(0.2) as scope:
                await task.wait(timeout=60)
            assert scope.cancelled_caught
            server.advance(600)
            assert TIMEOUT == (await task.wait(timeout=60)).reason
            with server.away(), pytest.raises(errors.TransportError, match="the server is away"):
                await task.check_is_finished()


def test_outages() -> None:
    """A server that is away is not sent to; one whose answers are lost has done what it said."""
    with InProcessServer() as server, server.client(retry=ONCE) as statusek:
        task = statusek.create("3-POINT LINE TASK", instance_timeout=600)
        with server.away(), pytest.raises(errors.TransportError) as away:
            task.set("RUN")
        with server.losing_answers(), pytest.raises(errors.TransportError) as lost:
            task.set("RUN")
        assert ("not sent", "unknown") == (away.value.fate, lost.value.fate)
        assert ["RUN"] == [event.status_name for event in task.events()]


def test_an_outbox_over_an_outage(tmp_path: Path) -> None:
    """What was set while the server was away is there once the client is closed."""
    with InProcessServer() as server, Outbox(tmp_path / "outbox.db") as outbox:
        with server.client() as statusek:
            task = statusek.create("TASK", instance_timeout=600)
        with server.client(outbox=outbox, retry=ONCE) as away, server.away():
            away.instance(task.token).set("RUN").set("FINISHED")
            assert ["RUN", "FINISHED"] == [post.status_name for post in outbox.pending()]
        assert () == outbox.pending()
        with server.client() as statusek:
            events = statusek.instance(task.token).events()
        assert ["RUN", "FINISHED"] == [event.status_name for event in events]


def test_models_of_ones_own(tmp_path: Path) -> None:
    """The server takes a file of models, and says what is wrong with one."""
    models = tmp_path / "models.toml"
    models.write_text('[[model]]\nname = "DEPLOY"\n[[model.status]]\nname = "DONE"\n')
    with InProcessServer(models=models) as server, server.client() as statusek:
        assert statusek.create("DEPLOY", instance_timeout=1).set("DONE").check_is_finished()
    models.write_text("[[model]]\n")
    with pytest.raises(ModelError):
        InProcessServer(models=models).__enter__()


def test_a_slow_answer_ends_in_time() -> None:
    """The time for a call holds here, too."""
    with InProcessServer() as server, server.client(timeout=0.05, retry=ONCE) as statusek:
        stuck = threading.Event()
        server._loop.call_soon_threadsafe(stuck.wait, 2)
        with pytest.raises(errors.TransportError) as caught:
            statusek.about()
        stuck.set()
        assert "unknown" == caught.value.fate


def test_without_the_server_one_sentence_says_what_to_install() -> None:
    """Without the extra, the import fails with the command that brings it."""
    program = (
        "import sys; sys.modules['starlette'] = None\n"
        "try:\n    import statusek_client.testing\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "statusek_server needs starlette: pip install 'csm-statusek[server]'\n" == done.stdout
