"""What type checkers are to know about `statusek_client`: checked by both, never run."""

from datetime import datetime
from typing import assert_type

from csm import MajorComponent, StatusMessage
from statusek_client import (
    AsyncInstance,
    AsyncStatusekClient,
    Event,
    Finish,
    FinishReason,
    Instance,
    Outbox,
    Readiness,
    StatusekClient,
    errors,
)


def sync_calls(statusek: StatusekClient) -> None:
    token = statusek.create_instance("TASK", instance_timeout=600)
    assert_type(token, str)
    assert_type(statusek.check_is_finished(token), Finish)
    assert_type(statusek.check_is_finished(token).reason, FinishReason | None)
    assert_type(statusek.check_status_is_set(token, "RUN"), bool)
    assert_type(statusek.check_status_is_ready_to_set(token, "RUN"), Readiness)
    assert_type(statusek.get_events(token), tuple[Event, ...])
    task = statusek.create("TASK", instance_timeout=600)
    message = StatusMessage(component=MajorComponent(component_name="SIA"))
    assert_type(task.set("RUN").set("FINISHED", message), Instance)
    assert_type(task.wait(timeout=1), Finish)
    assert_type(task.events()[-1].csm, StatusMessage | None)
    assert_type(task.events()[-1].created, datetime)
    statusek.create("TASK", instance_timeout="600")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def outboxes(outbox: Outbox, statusek: StatusekClient) -> None:
    assert_type(outbox.flush(statusek, timeout=1).delivered, int)
    assert_type(outbox.pending()[0].status_message, str | None)


async def async_outboxes(outbox: Outbox, statusek: AsyncStatusekClient) -> None:
    assert_type((await outbox.flush(statusek)).pending, int)


async def async_calls() -> None:
    async with AsyncStatusekClient("http://localhost:8080") as statusek:
        task = await statusek.create("TASK", instance_timeout=600)
        assert_type(task, AsyncInstance)
        assert_type(await task.set("RUN"), AsyncInstance)
        async for event in task.watch():
            assert_type(event, Event)


def refused(error: errors.RefusedError) -> None:
    assert_type(error.message, str)
    assert_type(error.code, str | None)
