"""What every store promises, on files and on Azurite."""

import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lineage.errors import Conflict, LeaseLost, StoreError
from lineage.store import Store
from tests.store.other_process import SHORTEST_LEASE, count, opened, replace, whole

ROOT = Path(__file__).parents[2]

ODD_KEYS = (
    "a",
    "a/b",
    "a b/c d",
    " lead and trail ",
    "100%/%2F/%00",
    "what?#frag&x=1",
    "..",
    "../../etc/passwd",
    "a/../b",
    "a/./b",
    "...",
    "a/.../b",
    "trailing./dots...",
    ".hidden/.git",
    "/absolute",
    "//server/share",
    "ends/with/",
    "a//b",
    "back\\slash\\..",
    "tab\tnew\nline\x00nul\x7f",
    "~tilde/~~/.~~/x",
    "!bang![",
    "Grüße/日本語/😀",
    "\ufb01/\ue000/\U0001f600",
    "UPPER/lower",
    "upper/LOWER",
    "CON/aux.txt",
    "con:stream",
    'it\'s "quoted" & <xml>',
    "x" * 199,
    "x" * 200,
    "x" * 200 + "/y",
    "x" * 200 + "-y",
    "x" * 201,
    "x" * 1024,
    "é" * 170,
)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a store is, so that other processes can open it, too."""

    url: str
    connection: str

    def open(self) -> Store:
        return opened(self.url, self.connection)

    @contextmanager
    def other_process(self, verb: str, argument: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.other_process", self.url, self.connection, verb, argument],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": "function"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


@pytest.fixture(params=["files", pytest.param("blobs", marks=pytest.mark.azurite)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    if request.param == "files":
        return Where(str(tmp_path / "store"), "")
    azurite = request.getfixturevalue("azurite")
    return Where(f"{azurite.blob}/{uuid.uuid4().hex}", azurite.connection)


@pytest.fixture
def store(where: Where) -> Store:
    return where.open()


def value(store: Store, key: str) -> bytes:
    stored = store.get(key)
    assert stored is not None, key
    return stored.value


def in_order(keys: tuple[str, ...], prefix: str = "") -> list[str]:
    return sorted((key for key in keys if key.startswith(prefix)), key=lambda key: key.encode())


def side_by_side(threads: int, work: Callable[[int], object]) -> list[object]:
    """The results of ``work``, which ``threads`` threads begin at the same moment."""
    barrier = threading.Barrier(threads)

    def begin(number: int) -> object:
        barrier.wait(30)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


# Values and versions


def test_an_absent_key_is_none(store):
    assert store.get("nothing/here") is None
    assert list(store.list("nothing/")) == []


def test_put_if_absent_writes_once(store):
    assert store.put_if_absent("k", b"first") is True
    assert store.put_if_absent("k", b"second") is False
    assert value(store, "k") == b"first"


def test_put_replaces_whatever_is_there(store):
    first = store.put("k", b"first")
    second = store.put("k", b"second")
    assert store.get("k").value == b"second"
    assert store.get("k").etag == second != first


def test_replace_takes_the_version_that_was_read_and_no_other(store):
    read = store.put("k", b"read")
    etag = store.replace("k", b"mine", read)
    assert store.get("k").etag == etag
    with pytest.raises(Conflict):
        store.replace("k", b"late", read)
    assert value(store, "k") == b"mine"


def test_replace_of_an_absent_key_is_a_conflict(store):
    etag = store.put("k", b"there")
    store.delete("k")
    with pytest.raises(Conflict):
        store.replace("k", b"late", etag)
    assert store.get("k") is None


def test_replace_without_etag_only_creates(store):
    etag = store.replace("k", b"new", None)
    assert store.get("k").etag == etag
    with pytest.raises(Conflict):
        store.replace("k", b"again", None)
    assert value(store, "k") == b"new"


def test_no_two_versions_share_an_etag_though_the_value_is_the_same(store):
    etags = []
    for _ in range(10):
        etags.append(store.put("k", b"same"))
        etags.append(store.replace("k", b"same", etags[-1]))
        store.delete("k")
        store.put_all([("k", b"same")])
        etags.append(store.get("k").etag)
        store.delete("k")
    assert len(set(etags)) == len(etags)


def test_delete_is_idempotent_and_leaves_the_neighbours(store):
    store.put_all([("a", b"1"), ("a/b", b"2"), ("a/c/d", b"3")])
    for _ in range(2):
        store.delete("a/b")
    assert list(store.list("")) == ["a", "a/c/d"]
    store.delete("a/c/d")
    assert list(store.list("")) == ["a"]
    assert value(store, "a") == b"1"


def test_put_all_writes_what_is_absent_and_leaves_the_rest(store):
    store.put("b", b"there")
    store.put_all([("a", b"1"), ("b", b"2"), ("deep/er/c", b""), ("a", b"twice")])
    assert [value(store, key) for key in ("a", "b", "deep/er/c")] == [b"1", b"there", b""]
    store.put_all([])


def test_put_all_shows_a_key_only_after_those_before_it(store):
    seen_too_early = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for mark in store.list("marks/"):
                if store.get(f"payloads/{mark.removeprefix('marks/')}") is None:
                    seen_too_early.append(mark)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(40):
        store.put_all([(f"payloads/{number}", b"x" * 50_000), (f"marks/{number}", b"")])
    done.set()
    watcher.join()
    assert seen_too_early == []


@pytest.mark.parametrize("size", [0, 1, 30_000_000])
def test_values_of_any_size_come_back_whole(store, size):
    body = random.Random(size).randbytes(size)
    store.put_if_absent("k", body)
    assert store.get("k").value == body
    etag = store.replace("k", body[::-1], store.get("k").etag)
    assert (store.get("k").value, store.get("k").etag) == (body[::-1], etag)


# Keys


def test_odd_keys_are_told_apart_and_come_back_as_they_were(store):
    for key in ODD_KEYS:
        assert store.put_if_absent(key, key.encode()), key
    assert list(store.list("")) == in_order(ODD_KEYS)
    assert [value(store, key) for key in ODD_KEYS] == [key.encode() for key in ODD_KEYS]
    for key in ODD_KEYS[::2]:
        store.delete(key)
    assert list(store.list("")) == in_order(ODD_KEYS[1::2])


@pytest.mark.parametrize(
    "prefix", ["a", "a/", "a/.", "..", "../", "x" * 150, "x" * 200, "x" * 200 + "/", "Gr", "UP", "zz"]
)
def test_list_yields_the_keys_of_a_prefix_in_order(store, prefix):
    keys = (*ODD_KEYS, "a-", "a0", "a/a", "a/0/1", "a.b")
    for key in keys:
        store.put_if_absent(key, b"")
    assert list(store.list(prefix)) == in_order(keys, prefix)


def test_a_key_that_is_too_long_is_an_error_of_the_store(store):
    with pytest.raises(StoreError, match="1025 characters"):
        store.put("x" * 1025, b"")


# Races


def test_of_many_that_put_if_absent_exactly_one_wins(store):
    for _ in range(10):
        won = side_by_side(8, lambda number: store.put_if_absent("race", b"%d" % number * 10_000))
        assert won.count(True) == 1
        assert value(store, "race") == b"%d" % won.index(True) * 10_000
        store.delete("race")


def test_of_many_that_create_by_either_verb_exactly_one_wins(store):
    def attempt(number: int) -> bool:
        if number % 2:
            return bool(store.put_if_absent("race", b"%d" % number))
        try:
            store.replace("race", b"%d" % number, None)
        except Conflict:
            return False
        return True

    for _ in range(20):
        won = side_by_side(8, attempt)
        assert won.count(True) == 1
        assert value(store, "race") == b"%d" % won.index(True)
        store.delete("race")


def test_of_many_that_replace_one_version_exactly_one_wins(store):
    def attempt(number: int) -> bool:
        try:
            store.replace("k", b"%d" % number, etag)
        except Conflict:
            return False
        return True

    for _ in range(10):
        etag = store.put("k", b"start")
        won = side_by_side(8, attempt)
        assert won.count(True) == 1
        assert value(store, "k") == b"%d" % won.index(True)


def test_no_replacement_is_lost_between_threads_and_processes(where, store):
    with where.other_process("replace", "15") as one, where.other_process("replace", "15") as two:
        side_by_side(3, lambda _: replace(store, "15"))
        assert (one.wait(120), two.wait(120)) == (0, 0)
    assert value(store, "counter") == b"75"


def test_keys_of_one_folder_come_and_go_at_once(store):
    """Files: folders are pruned while others write into them."""

    def come_and_go(number: int) -> None:
        for _ in range(25):
            store.put_if_absent(f"deep/er/folder/{number}", b"x")
            assert value(store, f"deep/er/folder/{number}") == b"x"
            store.put_all([(f"deep/er/{number}", b"")])
            store.delete(f"deep/er/folder/{number}")
            store.delete(f"deep/er/{number}")

    side_by_side(4, come_and_go)
    assert list(store.list("")) == []


# Leases


def test_a_lease_has_one_holder(store):
    with store.lease("qualified://name/1"):
        with store.lease("qualified://name/2"):
            pass
        with pytest.raises(LeaseLost), store.lease("qualified://name/1", wait=0.2):
            pass
    with store.lease("qualified://name/1", wait=0.2):
        assert list(store.list("")) == []


def test_a_lease_is_freed_when_its_block_fails(store):
    with pytest.raises(ZeroDivisionError), store.lease("k"):
        raise ZeroDivisionError
    with store.lease("k", wait=0.2):
        pass


def test_a_lease_excludes_threads_and_processes(where, store):
    with where.other_process("count", "10") as one, where.other_process("count", "10") as two:
        side_by_side(3, lambda _: count(store, "10"))
        assert (one.wait(120), two.wait(120)) == (0, 0)
    assert value(store, "counter") == b"50"


def test_the_lease_of_a_killed_holder_is_freed(where, store):
    with where.other_process("hold", "k") as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LeaseLost), store.lease("k", wait=0.2):
            pass
        holder.kill()
        holder.wait()
        with store.lease("k", wait=5 if where.connection == "" else 2 * SHORTEST_LEASE):
            pass


# Death


def test_what_a_killed_writer_acknowledged_is_there_and_all_is_whole(where):
    rng = random.Random(uuid.uuid4().hex)
    acknowledged: set[str] = set()
    for _ in range(6 if where.connection else 25):
        with where.other_process("write", uuid.uuid4().hex) as writer:
            first = [writer.stdout.readline() for _ in range(rng.randint(5, 30))]
            time.sleep(rng.random() / 20)  # so that it is killed anywhere within a write
            writer.kill()
            acknowledged.update(("".join(first) + writer.stdout.read()).splitlines())
    store = where.open()
    keys = list(store.list(""))
    assert len(acknowledged) > 25
    assert acknowledged <= set(keys)
    assert [key for key in keys if not whole(value(store, key))] == []
