"""Models that change: a file counts as a whole or not at all, and never for what runs already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import httpx2
import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created, Done, Finished
from statusek_server.catalogue import Catalogue, ModelFile, reloading
from statusek_server.errors import ModelError, StorageError
from statusek_server.model_files import model_text
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason, Refusal
from statusek_server.service import Service
from statusek_server.storage.protocol import Storage
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import running

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))], timeout=60)
LONGER = StatusModel(
    "LINE", [Status("RUN"), Status("MIDDLE", after=("RUN",)), Status("END", after=("MIDDLE",))]
)
OTHER = StatusModel("OTHER", [Status("X", StatusType.STOP), Status("Y")], timeout=60)
DONE = FinishReason.ALL_MANDATORY_STATUSES_ARE_SET


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    write(path, LINE, OTHER)
    return path


def write(path: Path, *models: StatusModel) -> None:
    """A file that is another one each time, however fast it is written."""
    new = path.with_suffix(".new")
    new.write_text(model_text(models), encoding="utf-8")
    new.replace(path)


def spoil(path: Path, text: str | None) -> None:
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")


async def server(storage: Storage, path: Path) -> tuple[Service, ModelFile, Catalogue]:
    file = ModelFile(path)
    catalogue = Catalogue(await storage.publish(file.models))
    return Service(storage, catalogue), file, catalogue


async def created(service: Service, name: str = "LINE", key: str | None = None) -> str:
    answer = await service.create(name, 60, key=key)
    assert isinstance(answer, Created)
    return answer.token


async def follows_the_first(service: Service, token: str) -> None:
    unknown = Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT
    assert unknown is (await service.set_status(token, "MIDDLE")).code
    assert Done() == await service.set_status(token, "RUN")
    assert Done() == await service.set_status(token, "END")
    assert Finished(DONE) == await service.check_is_finished(token)


async def follows_the_second(service: Service, token: str) -> None:
    assert Done() == await service.set_status(token, "RUN")
    missing = Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET
    assert missing is (await service.set_status(token, "END")).code
    assert Done() == await service.set_status(token, "MIDDLE")
    assert Finished(None) == await service.check_is_finished(token)
    assert Done() == await service.set_status(token, "END")
    assert Finished(DONE) == await service.check_is_finished(token)


@pytest.mark.anyio
async def test_what_runs_stays_on_its_version(storage: Storage, place: Place, path: Path) -> None:
    """An instance follows the rules that it was created under: after a reload, on a server that
    has not reloaded, and after a restart."""
    service, file, catalogue = await server(storage, path)
    old = [await created(service) for _ in range(3)]
    write(path, LONGER, OTHER)
    await file.look(storage, catalogue)
    assert LONGER == service.catalogue["LINE"].model
    new = [await created(service) for _ in range(3)]
    await follows_the_first(service, old[0])
    await follows_the_second(service, new[0])
    async with place.open() as opened:
        another = Service(opened, await opened.publish([LINE]))
        await follows_the_first(another, old[1])
        await follows_the_second(another, new[1])
    async with place.open() as opened:
        restarted, _, _ = await server(opened, path)
        await follows_the_first(restarted, old[2])
        await follows_the_second(restarted, new[2])


@pytest.mark.anyio
async def test_a_bad_file(storage: Storage, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is wrong is told with every problem, once, and the models stay as they were."""
    _, file, catalogue = await server(storage, path)
    before = dict(catalogue)
    bad = '[[model]]\nname = "A"\n[[model.status]]\ntype = "SOME"\n'
    spoil(path, bad)
    for _ in range(2):
        await file.look(storage, catalogue)
    spoil(path, None)
    await file.look(storage, catalogue)
    assert before == dict(catalogue)
    head = f"the models stay as they were: {path}: "
    status = f"{head}model 'A', status number 1"
    assert [
        f"{status} has no name; expected a string",
        f"{status} has type = 'SOME'; expected one of MANDATORY, OPTIONAL, STOP-STATUS",
        f"{head}the model file cannot be read: No such file or directory",
    ] == [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    write(path, LONGER)
    await file.look(storage, catalogue)
    assert [LONGER] == [published.model for published in catalogue.values()]
    assert f"{path} was read again: 1 models" == caplog.records[-1].getMessage()


@pytest.mark.anyio
async def test_a_model_in_use(
    storage: Storage, place: Place, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that lacks a model with running instances counts once they have ended."""
    service, file, catalogue = await server(storage, path)
    await created(service, "OTHER")
    write(path, LONGER)
    for _ in range(2):
        await file.look(storage, catalogue)
    assert [LINE, OTHER] == [published.model for published in catalogue.values()]
    lacks = f"the models stay as they were: {path} lacks the model 'OTHER'"
    why = "which has running instances; put it back, or wait until they have ended"
    assert [f"{lacks}, {why}"] == [
        record.getMessage() for record in caplog.records if record.levelname == "ERROR"
    ]
    place.clock.step(60)
    await file.look(storage, catalogue)
    assert [LONGER] == [published.model for published in catalogue.values()]


@pytest.mark.anyio
async def test_a_create_again_of_a_model_that_is_gone(storage: Storage, path: Path) -> None:
    """A repeated create gets its first success again, also when its model has gone since or has no
    timeout of its own any more."""
    service, file, catalogue = await server(storage, path)
    answer = await service.create("OTHER", key="first")
    assert isinstance(answer, Created)
    await service.set_status(answer.token, "X")
    silent = await service.create("LINE", key="second")
    write(path, LONGER)
    await file.look(storage, catalogue)
    assert [answer, silent] == [
        await service.create("OTHER", key="first"),
        await service.create("LINE", key="second"),
    ]
    unknown = Refusal(Code.OBJECT_NAME_IS_NOT_FOUND, object_name="OTHER")
    assert [unknown] * 3 == [
        await service.create("OTHER"),
        await service.create("OTHER", key="third"),
        await service.create("OTHER", 7, key="first"),
    ]


class Away:
    """A storage that is away."""

    async def list_instances(self, *_: object) -> None:
        raise StorageError("it is away")

    async def publish(self, *_: object) -> None:
        raise StorageError("it is away")


@pytest.mark.anyio
async def test_a_storage_that_is_away(
    storage: Storage, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A change is put in force as soon as the storage is back."""
    _, file, catalogue = await server(storage, path)
    write(path, LONGER, OTHER)
    async with reloading(file, Away(), catalogue, period=0.01):  # type: ignore[arg-type]
        while "is not in force yet" not in caplog.text:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
    assert f"{path} is not in force yet: it is away" == caplog.records[-1].getMessage()
    async with reloading(file, storage, catalogue, period=0.01):
        while LONGER != catalogue["LINE"].model:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


def test_a_bad_file_stops_a_start(path: Path) -> None:
    """A file that is wrong from the beginning is none to begin with."""
    path.write_text("", encoding="utf-8")
    with pytest.raises(ModelError):
        ModelFile(path)


def test_all_processes_read_again(tmp_path: Path, path: Path) -> None:
    """Every process of a server takes the new models, while it goes on serving."""
    with running(tmp_path, "--models", str(path), "--workers", "2") as process:

        def names() -> set[tuple[str, ...]]:
            """What the processes say; each call is a connection of its own."""
            answers = [httpx2.get(f"{process.url}/api/v1/models") for _ in range(10)]
            return {tuple(model["name"] for model in one.json()["models"]) for one in answers}

        assert {("LINE", "OTHER")} == names()
        write(path, OTHER, LONGER, StatusModel("NEW", [Status("A")]))
        while names() != {("OTHER", "LINE", "NEW")}:
            pass
        code, said = process.stop()
    assert (0, 2) == (code, said.count("was read again: 3 models"))
