"""The command ``statusek purge``: flags, summary, progress, exit codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from statusek_server import StatusModel
from statusek_server.answers import Created
from statusek_server.errors import StorageError
from statusek_server.models import Status
from statusek_server.purge_command import Tally, purge, purge_all
from statusek_server.service import Service
from statusek_server.storage.protocol import Storage
from statusek_server.storage.purging import Old, Purged
from statusek_server.storage.sqlite import open_sqlite
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import FakeClock

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))])


def invoked(*args: str) -> Result:
    return CliRunner().invoke(purge, args, env={"STATUSEK_DATABASE": "", "STATUSEK_CONFIG": ""})


async def filled(place: Place, count: int) -> None:
    """Instances that have ended, some years ago."""
    async with place.open() as storage:
        service = Service(storage, await storage.publish([LINE]))
        for _ in range(count):
            answer = await service.create("LINE", 10)
            assert isinstance(answer, Created)
            for status in ("RUN", "END"):
                await service.set_status(answer.token, status)


@pytest.mark.parametrize("kind", KINDS)
def test_purging(kind: str, tmp_path: Path) -> None:
    """A dry run tells what would go; a real one removes just that, and tells."""
    with place_of(kind, tmp_path) as place:  # type: ignore[arg-type]
        place.clock.step(-400 * 86_400)
        asyncio.run(filled(place, 3))
        place.clock.step(400 * 86_400)
        asyncio.run(filled(place, 1))
        url = ("--database", place.url)
        answers = [
            invoked("--older-than", "30d", *url, *more)
            for more in (["--dry-run"], ["--json"], ["--dry-run", "--json"])
        ]
    assert [
        (0, "would remove 3 instances with 6 events\n"),
        (
            0,
            '{"dry_run": false, "older_than_seconds": 2592000, "instances": 3, "events": 6}\n',
        ),
        (0, '{"dry_run": true, "older_than_seconds": 2592000, "instances": 0, "events": 0}\n'),
    ] == [(answer.exit_code, answer.output) for answer in answers]


def test_the_database_comes_from_a_file(tmp_path: Path) -> None:
    """The file of the server tells the database here, too."""
    with place_of("sqlite", tmp_path) as place:
        asyncio.run(filled(place, 1))
        config = tmp_path / "statusek.toml"
        config.write_text(f'database = "{place.url}"\n', encoding="utf-8")
        answer = invoked("--older-than", "4w", "--config", str(config), "--json")
    assert 0 == json.loads(answer.output)["instances"]


@pytest.mark.parametrize(
    "age", ["", "30", "d", "-1d", "0s", "1.5h", "30 d", "30y", "36526d", "9999999999w", "²d"]
)
def test_what_is_no_age(age: str) -> None:
    """An age is a number and a unit; whatever else is refused before anything is opened."""
    answer = invoked("--older-than", age)
    assert 2 == answer.exit_code
    assert "is no age; expected a number and a unit, as in 30d" in answer.output


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (
            "sqlite:///no-such-folder/statusek.db",
            "error: the setting 'database' is 'sqlite:///no-such-folder/statusek.db'; expected a ",
        ),
        ("mysql://x", "error: the flag --database is 'mysql://x'; expected sqlite:///"),
        ("postgresql://u:secret@127.0.0.1:1/x", "error: the database postgresql://u:***@127.0.0.1"),
    ],
)
def test_a_database_that_cannot_be_opened(url: str, error: str) -> None:
    """One line says what is wrong, without the password; nothing is created."""
    answer = invoked("--older-than", "30d", "--database", url)
    assert 2 == answer.exit_code
    assert answer.output.startswith(error)
    assert "secret" not in answer.output


class Stops:
    """A storage that removes something, and then ends in another way."""

    def __init__(self, end: BaseException) -> None:
        self.end = end

    async def purge(self, old: Old, limit: int, *, is_dry: bool) -> AsyncGenerator[Purged]:
        yield Purged(min(old.age, limit), 14)
        if not is_dry:
            raise self.end


@pytest.mark.parametrize(
    ("end", "code", "output"),
    [
        (StorageError("it is gone"), 2, "removed 7 instances with 14 events\nerror: it is gone\n"),
        (KeyboardInterrupt(), 130, "removed 7 instances with 14 events\n"),
    ],
)
def test_an_early_end(
    end: BaseException, code: int, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is interrupted learns what has been removed until then."""

    async def stopping(_: str, __: object, tally: Tally) -> None:
        await purge_all(Stops(end), Old(7), tally, lambda _: None)  # type: ignore[arg-type]

    monkeypatch.setattr("statusek_server.purge_command._purge", stopping)
    answer = invoked("--older-than", "7s", "--database", "postgresql://nobody@nowhere/x")
    assert (code, output) == (answer.exit_code, answer.output)


@pytest.mark.anyio
async def test_rests_between_steps(tmp_path: Path) -> None:
    """After each step that removed something servers get as much time as it took."""
    clock = FakeClock()
    rests: list[float] = []
    seen: list[int] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    async with open_sqlite(str(tmp_path / "statusek.db"), clock) as opened:
        storage: Storage = opened
        service = Service(storage, await storage.publish([LINE]))
        for _ in range(5):
            await service.create("LINE", 1)
        clock.step(60)
        tally = Tally()
        await purge_all(
            storage, Old(10), tally, lambda t: seen.append(t.instances), batch=2, sleep=rest
        )
    assert Tally(5, 0) == tally
    assert [2, 4, 5] == seen[:3]
    assert 3 == len(rests)
    assert all(seconds > 0 for seconds in rests)
