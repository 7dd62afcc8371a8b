"""Importing from a database of the original: what was there is here, and stays what it was."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created, Done, Finished
from statusek_server.errors import SchemaError, StorageError
from statusek_server.importing.findings import Finding
from statusek_server.importing.importing import Import, Progress
from statusek_server.importing.original import open_original
from statusek_server.model_files import default_models, model_text, parse_models
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason, Refusal
from statusek_server.service import Service
from statusek_server.storage.protocol import Storage
from statusek_server.storage.taking_over import Taken
from strategies.databases import KINDS, Place, place_of
from strategies.original import BORN, OriginalStore, original_store, original_url

pytestmark = pytest.mark.anyio

ALL_SET = FinishReason.ALL_MANDATORY_STATUSES_ARE_SET
STOPPED = FinishReason.STOP_STATUS_IS_SET
TIMED_OUT = FinishReason.TIMEOUT


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        found.clock.step((BORN - found.clock.now).total_seconds())
        yield found


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


@pytest.fixture
def store() -> Iterator[OriginalStore]:
    with original_store() as made:
        yield made


async def imported(
    store: OriginalStore, storage: Storage, *, is_dry: bool = False, batch: int = 2
) -> Progress:
    progress = Progress()
    async with open_original(original_url(), store.schema) as source:
        run = Import(
            source, storage, default_models(), progress, lambda _: None, is_dry=is_dry, batch=batch
        )
        await run.run()
    return progress


async def seen(
    storage: Storage, token: str
) -> tuple[list[tuple[str, str, float]], FinishReason | None, float | None]:
    """The events of an instance, and how and when it was finished, in seconds from its birth."""
    found = await storage.look(token, events=True)
    assert found
    assert found.created_at == BORN
    statuses, finish = found.published.statuses, found.facts.finish
    events = [
        (statuses[e.status_id].name, e.message, (e.created_at - BORN).total_seconds())
        for e in found.events
    ]
    if finish is None:
        return events, None, None
    return events, finish.reason, (finish.at - BORN).total_seconds()


def findings(progress: Progress) -> dict[Finding, tuple[int, list[int]]]:
    return {finding: (place.count, place.ids) for finding, place in progress.findings}


async def test_what_is_kept(store: OriginalStore, storage: Storage, place: Place) -> None:
    """Tokens, times, statuses, messages and ends are those of the original."""
    task = store.model("TASK", "RUN", "END", "FAIL:STOP-STATUS", edges="RUN>END RUN>FAIL")
    done = store.instance("t-done", task[""], "ALL_MANDATORY_STATUSES_ARE_SET")
    store.event(done, task["RUN"], 1.5, message="<17 files> 'ä' \U0001f600")
    store.event(done, task["END"], 2)
    stopped = store.instance("t-stopped", task[""], "STOP_STATUS_IS_SET")
    store.event(stopped, task["RUN"], 1)
    store.event(stopped, task["FAIL"], 3.25, message=None)
    store.instance("t-timed-out", task[""], "TIMEOUT", updated_at=BORN + timedelta(seconds=604))
    running = store.instance("t-running", task[""])
    store.event(running, task["RUN"], 5)
    store.instance("t-new", task[""], instance_timeout=50)
    progress = await imported(store, storage)
    assert ("2.7.2", 5, 5, 5) == (
        progress.version,
        progress.total,
        progress.read,
        progress.taken[Taken.ADDED],
    )
    assert ({}, 5) == (findings(progress), progress.events)
    assert (
        [("RUN", "<17 files> 'ä' \U0001f600", 1.5), ("END", '{"after": 2}', 2.0)],
        ALL_SET,
        2.0,
    ) == await seen(storage, "t-done")
    assert (
        [("RUN", '{"after": 1}', 1.0), ("FAIL", "", 3.25)],
        STOPPED,
        3.25,
    ) == await seen(storage, "t-stopped")
    assert ([], TIMED_OUT, 600.0) == await seen(storage, "t-timed-out")
    assert ([("RUN", '{"after": 5}', 5.0)], None, None) == await seen(storage, "t-running")
    place.clock.step(100)
    assert ([], TIMED_OUT, 50.0) == await seen(storage, "t-new")
    service = Service(storage, {})
    assert Done() == await service.set_status("t-running", "END")
    assert Finished(ALL_SET) == await service.check_is_finished("t-running")
    changes = await storage.list_changes("0-0", 100)
    assert changes
    assert [("t-timed-out", TIMED_OUT), ("t-new", TIMED_OUT)] == [
        (change.token, change.finish.reason)
        for change in changes.changes
        if change.event is None and change.finish
    ]


async def test_twice(store: OriginalStore, storage: Storage) -> None:
    """A second run adds nothing; a later one adds what is new: instances, statuses, ends."""
    task = store.model("TASK", "RUN", "END", edges="RUN>END")
    done = store.instance("t-done", task[""], "ALL_MANDATORY_STATUSES_ARE_SET")
    store.event(done, task["RUN"], 1)
    store.event(done, task["END"], 2)
    running = store.instance("t-running", task[""])
    store.event(running, task["RUN"], 1)
    store.instance("t-silent", task[""])
    await imported(store, storage)
    before = [await seen(storage, token) for token in ("t-done", "t-running", "t-silent")]
    again = await imported(store, storage)
    assert {Taken.UNCHANGED: 3} == dict(again.taken)
    assert before == [await seen(storage, token) for token in ("t-done", "t-running", "t-silent")]
    store.event(running, task["END"], 9)
    store.change(
        "update instances set instance_is_finished = true, "
        "instance_is_finished_description = 'ALL_MANDATORY_STATUSES_ARE_SET' "
        f"where id = {running}"
    )
    store.change(
        "update instances set instance_is_finished = true, "
        "instance_is_finished_description = 'TIMEOUT' where instance_token = 't-silent'"
    )
    store.instance("t-later", task[""])
    later = await imported(store, storage)
    assert {Taken.UNCHANGED: 1, Taken.EXTENDED: 2, Taken.ADDED: 1} == dict(later.taken)
    assert (
        [("RUN", '{"after": 1}', 1.0), ("END", '{"after": 9}', 9.0)],
        ALL_SET,
        9.0,
    ) == await seen(storage, "t-running")
    assert ([], TIMED_OUT, 600.0) == await seen(storage, "t-silent")
    assert {Taken.UNCHANGED: 4} == dict((await imported(store, storage)).taken)


async def test_what_has_gone_on_here(store: OriginalStore, storage: Storage, place: Place) -> None:
    """What callers were told here stays, whatever the original does with it later."""
    task = store.model("TASK", "RUN", "MORE:OPTIONAL", "END")
    numbers = [store.instance(token, task[""]) for token in ("t-set", "t-due")]
    await imported(store, storage)
    service = Service(storage, {})
    await service.set_status("t-set", "MORE", "here")
    place.clock.step(600)
    await service.check_is_finished("t-due")
    for number in numbers:
        store.event(number, task["RUN"], 300)
    assert {Finding.GONE_ON: (2, numbers)} == findings(await imported(store, storage))
    assert ([("MORE", "here", 0.0)], TIMED_OUT, 600.0) == await seen(storage, "t-set")
    assert ([], TIMED_OUT, 600.0) == await seen(storage, "t-due")


async def test_a_token_of_another_instance(
    store: OriginalStore, storage: Storage, place: Place
) -> None:
    """An instance here keeps its token."""
    place.clock.step(1)
    service = Service(storage, await storage.publish(default_models()))
    created = await service.create("TASK", 60)
    assert isinstance(created, Created)
    task = store.model("TASK", "RUN", "END")
    number = store.instance(created.token, task[""])
    assert {Finding.TOKEN_TAKEN: (1, [number])} == findings(await imported(store, storage))


async def test_what_cannot_be_taken(store: OriginalStore, storage: Storage) -> None:
    """Each row that is not taken, or in another way, is told with why and where."""
    task = store.model("TASK", "RUN", "END", "FAIL:STOP-STATUS", edges="RUN>END RUN>FAIL")
    other = store.model("OTHER", "RUN")
    circle = store.model("CIRCLE", "A", "B", edges="A>B B>A")
    empty = store.model("EMPTY")
    gone = store.row("statuses", object_id=task[""], status_name="GONE", status_type="OPTIONAL")
    store.change(f"update statuses set deleted_at = now() where id = {gone}")
    at = {
        Finding.INSTANCE_DELETED: [store.instance("t-deleted", task[""], deleted_at=BORN)],
        Finding.TOKEN_UNUSABLE: [
            store.instance(token, task[""]) for token in (None, "", "a,b", "x" * 61, "a\nb")
        ],
        Finding.OBJECT_UNKNOWN: [store.instance("t-unknown", 999)],
        Finding.MODEL_UNUSABLE: [
            store.instance("t-circle", circle[""]),
            store.instance("t-empty", empty[""]),
        ],
        Finding.INSTANCE_WITHOUT_TIME: [
            store.instance("t-no-time", task[""], created_at=None),
            store.instance("t-endless", task[""], created_at="infinity"),
        ],
    }
    good = store.instance("t-good", task[""])
    at[Finding.TOKEN_TWICE] = [store.instance("t-good", task[""])]
    at[Finding.STATUS_UNKNOWN] = [
        store.event(good, status, 1) for status in (0, 999, other["RUN"], gone)
    ]
    at[Finding.AGAINST_THE_RULES] = [store.event(good, task["END"], 2)]
    store.event(good, task["RUN"], 3)
    at[Finding.EVENT_TWICE] = [store.event(good, task["END"], 4)]
    at[Finding.EVENT_DELETED] = [store.event(good, task["FAIL"], 5, deleted_at=BORN)]
    at[Finding.EVENT_WITHOUT_TIME] = [
        store.event(good, task["FAIL"], 6, event_creation_dt=None, created_at=None)
    ]
    at[Finding.EVENT_ALONE] = [
        store.event(instance, task["RUN"], 7)  # type: ignore[arg-type]
        for instance in (0, 998, 999_999, None)
    ]
    at[Finding.LEFT_OPEN] = [good]
    far, past = (
        store.instance(f"t-{name}", task[""], instance_timeout=timeout)
        for name, timeout in (("far", 9 * 10**18), ("past", -5))
    )
    at[Finding.TIMEOUT_CUT] = [far, past]
    progress = await imported(store, storage)
    assert {finding: (len(ids), sorted(ids)) for finding, ids in at.items()} == {
        finding: (count, sorted(ids)) for finding, (count, ids) in findings(progress).items()
    }
    assert progress.findings.has_losses
    assert {Taken.ADDED: 3} == dict(progress.taken)
    assert (
        [("END", '{"after": 2}', 2.0), ("RUN", '{"after": 3}', 3.0)],
        ALL_SET,
        3.0,
    ) == await seen(storage, "t-good")
    assert ([], TIMED_OUT, 0.0) == await seen(storage, "t-past")
    found = await storage.look("t-far")
    assert found
    assert timedelta(days=36_525) == found.deadline - BORN


@pytest.mark.parametrize(
    ("events", "reason", "expected"),
    [
        ("RUN END", "", (ALL_SET, 2.0)),
        ("RUN FAIL", "", (STOPPED, 2.0)),
        ("RUN", "", (TIMED_OUT, 600.0)),
        ("RUN", "something", (TIMED_OUT, 600.0)),
        ("", "STOP_STATUS_IS_SET", (STOPPED, 7.0)),
        ("RUN END", "TIMEOUT", (TIMED_OUT, 600.0)),
        ("RUN FAIL END", None, (ALL_SET, 3.0)),
    ],
)
async def test_how_an_end_is_told(
    store: OriginalStore,
    tmp_path: Path,
    events: str,
    reason: str | None,
    expected: tuple[FinishReason, float],
) -> None:
    """What the original says counts; what it does not say comes from statuses and the timeout."""
    task = store.model("TASK", "RUN", "END", "FAIL:STOP-STATUS", edges="RUN>END RUN>FAIL")
    number = store.instance("t", task[""], reason, updated_at=BORN + timedelta(seconds=7))
    for at, name in enumerate(events.split(), 1):
        store.event(number, task[name], at)
    with place_of("sqlite", tmp_path) as place:
        async with place.open() as storage:
            await imported(store, storage)
            _, *end = await seen(storage, "t")
    assert expected == tuple(end)


async def test_versions_of_models(store: OriginalStore, storage: Storage) -> None:
    """An imported instance follows the model that it had; the server's own keep their numbers, and
    what is deleted, or named twice, is there for its instances."""
    old = store.model("TASK", "STARTED", "FINISHED", edges="STARTED>FINISHED", deleted_at=BORN)
    new = store.model("TASK", "RUN", "FINISHED", edges="RUN>FINISHED")
    for token, numbers in (("t-old", old), ("t-new", new)):
        store.instance(token, numbers[""])
    progress = await imported(store, storage)
    catalogue = await storage.publish(default_models())
    assert (2, {"RUN": 2, "FINISHED": 3}) == (
        catalogue["2-POINT LINE TASK"].object_id,
        catalogue["2-POINT LINE TASK"].status_ids,
    )
    service = Service(storage, catalogue)
    for token, right, wrong in (("t-old", "STARTED", "RUN"), ("t-new", "RUN", "STARTED")):
        unknown = Refusal(Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT, token=token, status_name=wrong)
        assert unknown == await service.set_status(token, wrong)
        assert Done() == await service.set_status(token, right)
        assert Done() == await service.set_status(token, "FINISHED")
    found = await storage.look("t-new")
    assert found
    assert catalogue["TASK"].object_id == found.published.object_id
    model = StatusModel(
        "TASK",
        [
            Status("RUN", StatusType.MANDATORY, "It is RUN"),
            Status("FINISHED", StatusType.MANDATORY, "It is FINISHED", ("RUN",)),
        ],
    )
    assert (model,) == progress.found_models == parse_models(model_text(progress.found_models))


async def test_a_dry_run(store: OriginalStore, storage: Storage) -> None:
    """A dry run tells the same and stores nothing."""
    task = store.model("TASK", "RUN")
    store.instance("t-1", task[""])
    dry = await imported(store, storage, is_dry=True)
    assert None is await storage.look("t-1")
    assert dry.taken == (await imported(store, storage)).taken
    assert {Taken.UNCHANGED: 1} == dict((await imported(store, storage, is_dry=True)).taken)


async def test_a_model_that_has_grown(store: OriginalStore, storage: Storage) -> None:
    """An instance that is extended follows the model that the original has by then."""
    task = store.model("TASK", "RUN", "END")
    number = store.instance("t", task[""])
    await imported(store, storage)
    more = store.row(
        "statuses", object_id=task[""], status_name="MORE", status_type="OPTIONAL", status_desc=""
    )
    store.event(number, more, 1)
    await imported(store, storage)
    assert ([("MORE", '{"after": 1}', 1.0)], None, None) == await seen(storage, "t")


async def test_older_tables(store: OriginalStore, storage: Storage) -> None:
    """Versions of 2021 name the edges in another way, and have no messages."""
    store.change("alter table workflows rename status_prev_id to status_id_prev")
    store.change("alter table workflows rename status_next_id to status_id_next")
    store.change("alter table events drop message")
    objects = store.row("objects", object_name="TASK")
    run, end = (
        store.row("statuses", object_id=objects, status_name=name, status_type="MANDATORY")
        for name in ("RUN", "END")
    )
    store.row("workflows", status_id_prev=run, status_id_next=end)
    number = store.instance("t", objects)
    store.row("events", instance_id=number, status_id=run, event_creation_dt=BORN)
    await imported(store, storage)
    assert ([("RUN", "", 0.0)], None, None) == await seen(storage, "t")
    found = await storage.look("t")
    assert found
    assert (("RUN", "END"),) == found.published.model.edges


async def test_databases_that_are_no_original(store: OriginalStore) -> None:
    """What has not all of its tables is refused, with what to do."""
    for wanted, message in (
        ("nowhere", "has no tables .* in its schema 'nowhere': name another"),
        (None, r"has the tables in 2 schemas \(s.*, s.*\): name one with --schema"),
    ):
        with original_store(), pytest.raises(SchemaError, match=message):
            async with open_original(original_url(), wanted):
                pytest.fail("it must not open")
    async with open_original(original_url()) as found:
        assert store.schema == found.schema
    with pytest.raises(StorageError, match="cannot be opened"):
        async with open_original("postgresql://x:secret@127.0.0.1:1/x"):
            pytest.fail("it must not open")
