"""The outbox: what could not be delivered is kept, in order, and delivered later."""

import json
from pathlib import Path

import httpx2
import pytest

from csm import MajorComponent, StatusMessage
from statusek_client import Outbox, RetryPolicy, StatusekClient, errors
from statusek_client.outbox import Flushed
from strategies.client_kit import TOKEN, FakeStatusek, async_client, data, sync_client

OTHER = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
ONCE = RetryPolicy(retries=0)


def box(folder: Path, *, limit: int = 10_000, limit_bytes: int = 10**6) -> Outbox:
    return Outbox(
        folder / "outbox.db",
        limit=limit,
        limit_bytes=limit_bytes,
        background=False,
        drain=0,
        clock=lambda: 1_700_000_000.5,
    )


def test_what_is_not_delivered_is_kept_in_order(tmp_path: Path) -> None:
    """A set without an answer is kept, the later ones of its instance wait behind it."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    message = StatusMessage(component=MajorComponent(component_name="SIA"))
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.instance(TOKEN).set("RUN", "17 files").set("END", message)
        client.set_status(OTHER, "END")
        assert [("END", None)] == fake.posts  # of the other instance
        pending = outbox.pending()
        assert [(TOKEN, "RUN", "17 files"), (TOKEN, "END", pending[1].status_message)] == [
            (post.token, post.status_name, post.status_message) for post in pending
        ]
        assert (1_700_000_000.5, False, None) == (
            pending[0].made,
            pending[0].is_doubtful,
            pending[0].refusal,
        )
        assert '"SIA"' in (pending[1].status_message or "")
        assert pending[0].key not in repr(pending[0])


def test_a_flush_delivers_in_order(tmp_path: Path) -> None:
    """When the server is back, a flush delivers everything, each with the key of its first try."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.instance(TOKEN).set("RUN", "17 files").set("END")
        assert Flushed(delivered=0, refused=0, pending=2) == outbox.flush(client)
        fake.refusing = set()
        assert Flushed(delivered=2, refused=0, pending=0) == outbox.flush(client)
        assert [("RUN", "17 files"), ("END", None)] == fake.posts
        client.set_status(TOKEN, "MORE")
        assert () == outbox.pending()


def test_a_try_that_may_have_arrived_is_asked_about_first(tmp_path: Path) -> None:
    """A post of unknown fate that is there already is delivered without being sent again."""
    fake = FakeStatusek()
    fake.losing = {"RUN", "END"}
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.set_status(TOKEN, "RUN")
        assert [True] == [post.is_doubtful for post in outbox.pending()]
        fake.losing = set()
        fake.posts.append(("RUN", None))
        assert Flushed(delivered=1, refused=0, pending=0) == outbox.flush(client)
        assert [("RUN", None)] == fake.posts


def test_a_flush_that_loses_an_answer_remembers_the_doubt(tmp_path: Path) -> None:
    """A delivery whose own fate is unknown stays, and is asked about the next time."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.set_status(TOKEN, "RUN")
        fake.refusing, fake.losing = set(), {"RUN"}
        assert Flushed(delivered=0, refused=0, pending=1) == outbox.flush(client)
        assert [True] == [post.is_doubtful for post in outbox.pending()]


def test_what_the_server_refuses_is_kept_aside(tmp_path: Path) -> None:
    """A refusal is a verdict: the post leaves the queue and stays with its reason."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.instance(TOKEN).set("RUN").set("END")
        fake.refusing, fake.denying = set(), {"RUN"}
        assert Flushed(delivered=1, refused=1, pending=0) == outbox.flush(client)
        (refused,) = outbox.refused()
        assert "RUN" == refused.status_name
        assert "Status 'RUN' is already set" in (refused.refusal or "")
        outbox.discard(refused)
        assert () == outbox.refused()


def test_words_that_no_file_can_hold_lose_no_status(tmp_path: Path) -> None:
    """What a server says may hold lone surrogates, in its troubles and in its refusals."""
    said = "Database error: \ud800"

    def answered(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, text=json.dumps(data(said)))

    http = httpx2.Client(transport=httpx2.MockTransport(answered))
    with box(tmp_path) as outbox:
        client = StatusekClient("http://h", http_client=http, outbox=outbox, retry=ONCE)
        client.set_status(TOKEN, "RUN")
        assert 1 == outbox.flush(client).pending
        (kept,) = outbox.pending()
        assert r"Database error: \ud800" in (kept.trouble or "")
        said = "No one previos optional statuses are sets for status '\ud800'"
        assert Flushed(delivered=0, refused=1, pending=0) == outbox.flush(client)
        (refused,) = outbox.refused()
        assert r"are sets for status '\ud800'" in (refused.refusal or "")


def test_storage_trouble_is_no_verdict(tmp_path: Path) -> None:
    """A server that cannot store leaves the queue as it is."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.set_status(TOKEN, "RUN")
        fake.refusing, fake.broken = set(), True
        assert Flushed(delivered=0, refused=0, pending=1) == outbox.flush(client)
        assert 1 == len(outbox.pending())


def test_a_refusal_is_not_kept(tmp_path: Path) -> None:
    """With an outbox too, what the server refuses is the caller's error."""
    fake = FakeStatusek()
    fake.denying = {"RUN"}
    with (
        box(tmp_path) as outbox,
        sync_client(fake, outbox=outbox) as client,
        pytest.raises(errors.AlreadySetError),
    ):
        client.set_status(TOKEN, "RUN")
    with box(tmp_path) as outbox:
        assert () == outbox.pending()


def test_a_full_outbox_says_so(tmp_path: Path) -> None:
    """When it is full, setting a status fails as it does without an outbox."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path, limit=1) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.set_status(TOKEN, "RUN")
        for token, fate in ((TOKEN, "not sent"), (OTHER, "not sent")):
            with pytest.raises(
                errors.TransportError, match=r"is full \(1 posts, 1000000"
            ) as caught:
                client.set_status(token, "RUN")
            assert fate == caught.value.fate
        assert 1 == len(outbox.pending())


def test_the_queue_survives_its_process(tmp_path: Path) -> None:
    """What is kept is in the file, for whoever opens it next."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path) as outbox, sync_client(fake, outbox=outbox, retry=ONCE) as client:
        client.set_status(TOKEN, "RUN")
        kept = outbox.pending()
    with box(tmp_path) as again:
        assert kept == again.pending()


@pytest.mark.anyio
async def test_an_outbox_of_an_async_client(tmp_path: Path) -> None:
    """The async client keeps and delivers the same way."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with box(tmp_path) as outbox:
        async with async_client(fake, outbox=outbox, retry=ONCE) as client:
            await (await client.instance(TOKEN).set("RUN")).set("END")
            fake.refusing = set()
            assert Flushed(delivered=2, refused=0, pending=0) == await outbox.flush(client)
        assert () == outbox.pending()
    assert [("RUN", None), ("END", None)] == fake.posts


@pytest.mark.anyio
async def test_without_an_outbox_the_error_reaches_the_caller() -> None:
    """Nobody keeps anything that was not asked to."""
    fake = FakeStatusek()
    fake.refusing = {"RUN"}
    with sync_client(fake, retry=ONCE) as client, pytest.raises(errors.TransportError):
        client.set_status(TOKEN, "RUN")
    async with async_client(fake, retry=ONCE) as other:
        with pytest.raises(errors.TransportError):
            await other.set_status(TOKEN, "RUN")
