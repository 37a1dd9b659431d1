"""The file store beyond the contract: what is synced when, what is left behind, what a broken disk does."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lineage.errors import LeaseLost, StoreError
from lineage.store.files import FileStore
from tests.store.test_store_contract import value

ROOT = Path(__file__).parents[2]


class Disk:
    """Records what is synced and what is named, in order, as paths below the store's folder."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.done: list[tuple[str, str]] = []
        self.drafts: set[str] = set()
        self._fsync, self._link, self._rename = os.fsync, os.link, os.rename
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "link", self.link)
        monkeypatch.setattr(os, "rename", self.rename)

    def fsync(self, file: int) -> None:
        self._fsync(file)
        path = os.readlink(f"/proc/self/fd/{file}")
        if Path(path).is_dir():
            self.done.append(("sync", self.below(path)))
        else:
            self.drafts.add(path)

    def link(self, source: str, target: str) -> None:
        self.name(source, target)
        self._link(source, target)

    def rename(self, source: str, target: str) -> None:
        self.name(source, target)
        self._rename(source, target)

    def name(self, source: str, target: str) -> None:
        if not Path(target).parent.exists():
            return
        assert source in self.drafts or not os.stat(source).st_size, "it gets its name before it is durable"
        self.done.append(("name", self.below(target)))

    def below(self, path: str) -> str:
        return str(Path(path).relative_to(self.root)) if path.startswith(f"{self.root}/") else path

    def take(self) -> list[tuple[str, str]]:
        done, self.done = self.done, []
        return done


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to see what is synced")
    return Disk(root, monkeypatch)


def test_a_new_store_is_durable_with_the_folders_above_it(tmp_path, monkeypatch):
    disk = Disk(tmp_path, monkeypatch)
    FileStore(tmp_path / "not/yet/there")
    synced = {path for _, path in disk.done}
    assert {str(tmp_path), "not", "not/yet", "not/yet/there"} <= synced


def test_value_name_and_folders_are_synced_in_this_order(root, disk):
    store = FileStore(root)
    disk.take()
    store.put_if_absent("a/b/k", b"value")
    new = [("sync", "values/a~/b~"), ("sync", "values/a~"), ("sync", "values")]
    assert disk.take() == [("name", "values/a~/b~/k"), *new]
    store.put("a/b/k", b"other")
    assert disk.take() == [("name", "values/a~/b~/k"), ("sync", "values/a~/b~")]
    assert store.put_if_absent("a/b/k", b"third") is False
    assert disk.take() == [("sync", "values/a~/b~")]


def test_put_all_syncs_each_folder_once_after_all_names(root, disk):
    store = FileStore(root)
    store.put_all([("a/0", b"1"), ("b/0", b"2")])
    disk.take()
    store.put_all([("a/1", b"1"), ("b/1", b""), ("a/2", b"")])
    names = [("name", "values/a~/1"), ("name", "values/b~/1"), ("name", "values/a~/2")]
    assert disk.take() == [*names, ("sync", "values/a~"), ("sync", "values/b~")]


def test_a_folder_that_was_pruned_is_synced_anew(root, disk):
    stores = FileStore(root), FileStore(root)
    for pruning in stores:
        stores[0].put("a/k", b"value")
        pruning.delete("a/k")
        assert os.listdir(root / "values") == []
        disk.take()
        stores[0].put("a/k", b"value")
        assert ("sync", "values") in disk.take()
        pruning.delete("a/k")


def test_a_folder_that_another_made_again_is_synced_anew(root, disk):
    mine, others = FileStore(root), FileStore(root)
    mine.put("a/k", b"value")
    mine.delete("a/k")
    others.put("a/k", b"value")
    disk.take()
    mine.put("a/mine", b"value")
    assert ("sync", "values") in disk.take()


def test_a_lock_that_is_let_go_while_another_opens_it_still_has_one_holder(root, monkeypatch):
    store = FileStore(root)
    first = store.lease("k")
    first.__enter__()
    flock = fcntl.flock
    ends = [first]

    def end_first(file: int, how: int) -> None:
        while ends:
            ends.pop().__exit__(None, None, None)
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", end_first)
    with store.lease("k"), pytest.raises(LeaseLost), store.lease("k", wait=0):
        pass


def test_a_failing_sync_is_an_error_and_the_key_stays_absent(root, monkeypatch):
    store = FileStore(root)

    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    for write in (store.put, store.put_if_absent):
        with pytest.raises(StoreError, match=r"a/k: Input/output error"):
            write("a/k", b"value")
    assert store.get("a/k") is None
    assert os.listdir(root / "writing") == []


def test_a_full_disk_is_an_error_and_leaves_nothing(root):
    code = """if True:
        import resource, sys
        from lineage.errors import LeaseLost, StoreError
        from lineage.store.files import FileStore
        store = FileStore(sys.argv[1])
        store.put("k", b"small")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        for write in (store.put, store.put_if_absent):
            for key in ("k", "other"):
                try:
                    print(write(key, bytes(3_000_000)))
                except StoreError as error:
                    print(error)
    """
    said = subprocess.run([sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True).stdout
    assert said == "k: File too large\nother: File too large\nFalse\nother: File too large\n"
    store = FileStore(root)
    assert list(store.list("")) == ["k"]
    assert value(store, "k") == b"small"
    assert os.listdir(root / "writing") == []


def test_what_killed_writers_left_is_never_listed_and_removed_later(root):
    FileStore(root)
    for name, age in (("old", 4000), ("new", 10)):
        path = root / "writing" / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    store = FileStore(root)
    assert os.listdir(root / "writing") == ["new"]
    assert list(store.list("")) == []


def aged(folder: Path, hours: float) -> set[str]:
    """Make every file of the folder so old; their names."""
    then = time.time() - hours * 3600
    for path in folder.iterdir():
        os.utime(path, (then, then))
    return {path.name for path in folder.iterdir()}


def test_the_lock_that_a_killed_holder_left_goes_when_the_store_is_opened_later(root):
    holder = "from lineage.store.files import FileStore; import os, sys\n"
    holder += "lease = FileStore(sys.argv[1]).lease('k'); lease.__enter__(); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", holder, root], check=False).returncode == 9
    locks = root / "locks"
    assert len(aged(locks, hours=0.5)) == 1
    FileStore(root)
    assert len(aged(locks, hours=2)) == 1, "it may be of a moment ago"
    FileStore(root)
    assert aged(locks, hours=0) == set()


def test_a_lock_that_is_held_for_hours_stays_and_keeps_others_out(root):
    with FileStore(root).lease("k"):
        held = aged(root / "locks", hours=5)
        other = FileStore(root)
        assert aged(root / "locks", hours=5) == held
        with pytest.raises(LeaseLost), other.lease("k", wait=0.1):
            pass
    with other.lease("k", wait=0):
        pass


def test_who_may_only_read_can_read_though_something_was_left(root, monkeypatch):
    FileStore(root).put("k", b"value")
    for name in ("locks", "writing"):
        (root / name / "left").touch()
        aged(root / name, hours=2)

    def unlink(path: str) -> None:
        refused.append(Path(path).name)
        raise PermissionError(path)

    refused: list[str] = []
    monkeypatch.setattr(os, "unlink", unlink)
    stored = FileStore(root).get("k")
    assert refused == ["left", "left"]
    assert stored is not None
    assert stored.value == b"value"


def test_nothing_is_left_of_locks_and_drafts(root):
    store = FileStore(root)
    with store.lease("held"):
        store.replace("k", b"2", store.put("k", b"1"))
        assert len(os.listdir(root / "locks")) == 1
    store.delete("k")
    assert [os.listdir(root / name) for name in ("locks", "writing", "values")] == [[], [], []]


def test_no_key_leaves_the_folder_of_values(root):
    store = FileStore(root)
    before = {path for path in root.parent.rglob("*") if "values/" not in str(path)}
    for key in ("../out", "../../out", "/tmp/out", "a/../../../out", "..", "", "/", "\x00", "a\\..\\..\\out"):
        store.put(key, b"x")
    assert {path for path in root.parent.rglob("*") if "values/" not in str(path)} == before


def test_versions_differ_though_the_clock_stands_still_or_goes_back(root, monkeypatch):
    store = FileStore(root)
    times = iter([5, 5, 4, 4, 6, 6])
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    etags = [store.put("k", b"same") for _ in range(6)]
    stamps = [int(etag.split("-")[0], 16) for etag in etags]
    assert stamps == sorted(set(stamps))


def test_files_of_others_are_no_keys(root):
    store = FileStore(root)
    store.put("a/k", b"value")
    for name in ("a~/not a key", "a~/~FF", "not a folder"):
        (root / "values" / name).write_bytes(b"")
    (root / "values" / "empty~").mkdir()
    assert list(store.list("")) == ["a/k"]


def test_a_folder_that_cannot_be_is_an_error_of_the_store(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"file/store: Not a directory"):
        FileStore(tmp_path / "file/store")


def test_listing_goes_on_though_folders_vanish(root):
    store = FileStore(root)
    store.put_all([(f"{folder}/{number}", b"") for folder in "abc" for number in range(3)])
    keys = store.list("")
    assert next(keys) == "a/0"
    for number in range(3):
        store.delete(f"b/{number}")
    assert [key for key in keys if key.startswith("c/")] == ["c/0", "c/1", "c/2"]


@pytest.mark.parametrize("module", ["lineage.store", "lineage.store.files", "lineage.store.queue"])
def test_one_machine_loads_no_sdk(module):
    code = f"import sys, {module}; print([name for name in sys.modules if name.partition('.')[0] == 'azure'])"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": "function"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "[]\n"
