"""The file of an outbox: what is in it stays in it, whatever happens to the file or the process."""

from __future__ import annotations

import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from statusek_client.errors import OutboxError
from statusek_client.outbox.post import DELIVERED, NewPost, Outcome
from statusek_client.outbox.store import Store

SERVER = "http://h"
GARBAGE = b"not a database at all, and not short either " * 100

ADDING = """
import sys
from pathlib import Path
from statusek_client.outbox.post import NewPost
from statusek_client.outbox.store import Store

store = Store(Path(sys.argv[1]), limit=10**6, limit_bytes=10**9)

def add(name, size=0):
    post = NewPost(
        server="http://h", token="t", status_name=name, status_message="x" * size, key="k"
    )
    return store.add(post, made=0.0, is_doubtful=False, trouble=None)
"""


def opened(path: Path, *, limit: int = 10**6, limit_bytes: int = 10**9) -> Store:
    return Store(path, limit=limit, limit_bytes=limit_bytes)


def add(store: Store, name: str, token: str = "t", text: str = "") -> bool:
    post = NewPost(server=SERVER, token=token, status_name=name, status_message=text, key="k")
    return store.add(post, made=0.0, is_doubtful=False, trouble=None)


def names(store: Store) -> list[str]:
    return [post.status_name for post in store.pending()]


def program(path: Path, body: str) -> list[str]:
    return [sys.executable, "-c", ADDING + body, str(path)]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Tokens are in it: the file and those that SQLite puts beside it are private."""
    store = opened(tmp_path / "outbox.db")
    add(store, "RUN")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert {"outbox.db": 0o600, "outbox.db-wal": 0o600, "outbox.db-shm": 0o600} == modes
    store.close()


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    """Whoever discards a number that was listed before meets no other post."""
    store = opened(tmp_path / "outbox.db")
    add(store, "RUN")
    assert store.discard(1)
    assert not store.discard(1)
    add(store, "NEXT")
    assert [2] == [post.id for post in store.pending()]
    store.close()


def test_it_is_bounded(tmp_path: Path) -> None:
    """In posts and in bytes, refused ones included; what leaves makes room."""
    store = opened(tmp_path / "outbox.db", limit=2, limit_bytes=100)
    assert [True, False] == [add(store, "RUN", text="x" * size) for size in (60, 60)]
    assert [True, False] == [add(store, name) for name in ("A", "B")]
    post = store.begin(SERVER, "t")
    assert post is not None
    store.settle(post, Outcome(kind="refused", reason="no " * 1000), go_on=False)
    assert not add(store, "B")
    assert ["A"] == names(store)
    assert store.discard(post.id)
    assert add(store, "B", text="é" * 30)
    store.close()


def test_what_is_begun_is_doubtful_until_it_is_settled(tmp_path: Path) -> None:
    """A crash between the two leaves a post that has to be asked about."""
    store = opened(tmp_path / "outbox.db")
    for name in ("A", "B", "C"):
        add(store, name)
    first = store.begin(SERVER, "t")
    assert first is not None
    assert not first.is_doubtful
    assert [True, False, False] == [post.is_doubtful for post in store.pending()]
    second = store.settle(first, DELIVERED, go_on=True)
    assert second is not None
    kept = Outcome(kind="kept", reason="away", is_doubtful=False, missing_since=3.0)
    assert store.settle(second, kept, go_on=False) is None
    assert [("B", False, "away", 3.0), ("C", False, None, None)] == [
        (post.status_name, post.is_doubtful, post.trouble, post.missing_since)
        for post in store.pending()
    ]
    store.close()


def foreign(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


def newer(path: Path) -> None:
    opened(path).close()
    foreign(path, "pragma user_version = 2")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(GARBAGE), "It is another program's file"),
        (lambda path: foreign(path, "create table user (name)"), "another program's database"),
        (lambda path: foreign(path, "pragma application_id = 7"), "another program's database"),
        (newer, "made by a newer version"),
        (lambda path: path.mkdir(), "Its folder has to exist"),
    ],
    ids=["garbage", "tables", "application", "newer", "folder"],
)
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, make: object, said: str) -> None:
    """The error names the file and says what to do; not a byte of it changes."""
    path = tmp_path / "outbox.db"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(OutboxError, match=said) as caught:
        opened(path)
    assert str(path) in str(caught.value)
    assert before == (path.read_bytes() if path.is_file() else None)


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is said, and not made."""
    with pytest.raises(OutboxError, match="No such file or directory"):
        opened(tmp_path / "none" / "outbox.db")
    assert [] == list(tmp_path.iterdir())


def test_a_damaged_file(tmp_path: Path) -> None:
    """Damage is said, with what may bring the posts back, and nothing is removed."""
    path = tmp_path / "outbox.db"
    store = opened(path)
    for number in range(200):
        add(store, f"S{number}", text="x" * 100)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    damaged = opened(path)
    with pytest.raises(OutboxError, match=r"malformed.*\.recover"):
        names(damaged)
    damaged.close()
    assert len(whole) == path.stat().st_size


READ_ONLY = """
import os, sys
from statusek_client.errors import OutboxError
if os.geteuid() == 0:
    os.setuid(65534)  # to whom the modes mean something
try:
    Store(Path(sys.argv[2]), limit=1, limit_bytes=1)
except OutboxError as error:
    print(error)
"""


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    """It is found when the outbox is opened, not at the first outage."""
    with tempfile.TemporaryDirectory() as name:  # where another user may look, too
        folder = Path(name)
        opened(folder / "outbox.db").close()
        for path, mode in ((folder / "outbox.db", 0o444), (folder, 0o555)):
            path.chmod(mode)
        arguments = [*program(tmp_path / "other.db", READ_ONLY), str(folder / "outbox.db")]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        folder.chmod(0o755)
    assert f"the outbox {folder / 'outbox.db'}: " in done.stdout
    assert "writable for this user" in done.stdout


FULL = """
import resource, sys
from statusek_client.errors import OutboxError
kept = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
try:
    while add(f"S{kept}", 1000):
        kept += 1
except OutboxError as error:
    print(error, file=sys.stderr)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
add("LATER")
print(kept)
"""


def test_a_disk_without_room(tmp_path: Path) -> None:
    """Keeping fails, what was kept before stays, and goes on when there is room again."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    path = tmp_path / "outbox.db"
    done = subprocess.run(program(path, FULL), capture_output=True, text=True, check=True)
    kept = int(done.stdout)
    assert kept > 10
    assert f"the outbox {path}: disk I/O error" in done.stderr
    assert "whether it is full" in done.stderr
    store = opened(path)
    assert [*(f"S{number}" for number in range(kept)), "LATER"] == names(store)
    store.close()


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """What SQLite calls full reads like it, too."""
    store = opened(tmp_path / "outbox.db")
    assert add(store, "RUN")
    assert store._database is not None
    store._database.execute("pragma max_page_count = 1")
    with pytest.raises(OutboxError, match="Make room on its disk"):
        add(store, "BIG", text="x" * 100_000)
    assert ["RUN"] == names(store)
    store.close()


def test_a_file_that_was_removed_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is kept in a file that has no name any more."""
    path = tmp_path / "outbox.db"
    store = opened(path)
    add(store, "LOST")
    for each in tmp_path.iterdir():
        each.unlink()
    add(store, "RUN")
    assert "was removed or replaced" in caplog.text
    store.close()
    again = opened(path)
    assert ["RUN"] == names(again)
    again.close()


def test_a_closed_one_says_so(tmp_path: Path) -> None:
    """After the end there is an error, not a new file."""
    store = opened(tmp_path / "outbox.db")
    store.close()
    store.close()
    with pytest.raises(OutboxError, match="is closed"):
        names(store)


def test_many_threads_and_files(tmp_path: Path) -> None:
    """Each thread's posts are all there, in its own order."""
    path = tmp_path / "outbox.db"
    stores = [opened(path) for _ in range(2)]

    def adding(number: int) -> None:
        for count in range(20):
            add(stores[number % 2], f"S{count}", token=f"t{number}")

    threads = [threading.Thread(target=adding, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = stores[0].pending()
    assert {f"t{number}": [f"S{count}" for count in range(20)] for number in range(6)} == {
        token: [post.status_name for post in kept if post.token == token]
        for token in stores[0].tokens(SERVER)
    }
    for store in stores:
        store.close()


FORKING = """
import os, sys, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # the fork of a process with threads
def adding(name):
    for number in range(30):
        add(f"{name}{number}")
threads = [threading.Thread(target=adding, args=(f"thread{n}-",)) for n in range(2)]
for thread in threads:
    thread.start()
children = []
for n in range(4):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            adding(f"child{n}-")
            code = 0
        finally:
            os._exit(code)
    children.append(child)
for thread in threads:
    thread.join()
store.close()  # while the children go on
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
"""


def test_a_fork_takes_no_open_file_along(tmp_path: Path) -> None:
    """Parent and children write at once, and nothing of any of them is lost."""
    path = tmp_path / "outbox.db"
    subprocess.run(program(path, FORKING), check=True, timeout=100)
    store = opened(path)
    kept = names(store)
    for who in ("thread0", "thread1", "child0", "child1", "child2", "child3"):
        mine = [name for name in kept if name.startswith(f"{who}-")]
        assert [f"{who}-{number}" for number in range(30)] == mine
    assert 180 == len(kept)
    store.close()


def test_what_was_kept_survives_kill(tmp_path: Path) -> None:
    """What `add` has returned for is there after kill -9."""
    path = tmp_path / "outbox.db"
    adding = "n = 0\nwhile add(f'S{n}'):\n    print(n, flush=True)\n    n += 1\n"
    with subprocess.Popen(program(path, adding), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "20\n":
            pass
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().splitlines()
    last = int(said[-1]) if said else 20
    store = opened(path)
    kept = names(store)
    assert [f"S{number}" for number in range(len(kept))] == kept
    assert len(kept) in (last + 1, last + 2)
    store.close()
