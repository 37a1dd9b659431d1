"""``make demo`` keeps to its folder: whatever the shell exports, and whoever else runs one."""

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from demo.folder import Refused, held
from lineage.store.files import FileStore
from local.server import HOST
from tests.atlas_dump import dump
from tests.demo.test_elsewhere import ROOT, catalogue, demo, told_to_type
from tests.line import PATIENCE, free_port

__all__ = ["catalogue"]

PLAIN = [sys.executable, "-m", "demo", "--port"]


def shell(**exported):
    """The environment of a shell in which only these settings are exported."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("LINEAGE_", "AZURE_"))}
    return given | {"PYTHONPATH": str(ROOT)} | exported


def plain(folder, *options, port=None, **exported):
    command = [*PLAIN, str(port or free_port()), "--once", *options]
    return subprocess.run(command, cwd=folder, env=shell(**exported), capture_output=True, text=True, timeout=300)


def known(store):
    """Everything that a store holds, by key."""
    opened = FileStore(store)
    return {key: opened.get(key).value for key in opened.list("")}


def test_settings_of_the_shell_are_not_those_of_the_demo(tmp_path, catalogue):
    url, client = catalogue
    before = dump(client)
    exported = {
        "LINEAGE_CATALOGUE": f"{url}/api/atlas/v2",
        "LINEAGE_STORE": str(tmp_path / "production"),
        "LINEAGE_COLLECTION": "Nowhere",
        "LINEAGE_COLLECTION_RULES": '[{"path": "*", "collection": "Nowhere"}]',
        "LINEAGE_IGNORE": '[{"path": "*"}]',
        "LINEAGE_QUEUE": "events",
        "LINEAGE_CATALOGUE_AUTH": "entra",
    }
    done = plain(tmp_path, **exported)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == plain(tmp_path).stdout
    assert dump(client) == before
    assert not (tmp_path / "production").exists()
    assert any(FileStore(tmp_path / "build/demo/store").list("processes/"))


def test_the_store_of_another_catalogue_is_a_folder_of_its_own(tmp_path, catalogue):
    url, _ = catalogue
    production = tmp_path / "production"
    FileStore(production).put("processes/theirs", b"{}")
    done = demo(tmp_path, url, "--yes", env={"LINEAGE_STORE": str(production), "LINEAGE_QUEUE": "events"})
    assert done.returncode == 0, done.stdout + done.stderr
    own = f"build/demo-{url.removeprefix('http://').replace(':', '-')}/store"
    assert told_to_type(done.stdout).startswith(f"LINEAGE_STORE={own} ")
    assert any(FileStore(tmp_path / own).list("processes/"))
    assert list(known(production)) == ["processes/theirs"]


def test_what_was_published_elsewhere_is_still_known_after_a_second_time(tmp_path, catalogue):
    url, _ = catalogue
    done = demo(tmp_path, url, "--yes")
    store = tmp_path / re.match(r"LINEAGE_STORE=(\S+)", told_to_type(done.stdout))[1]
    first = {key: value for key, value in known(store).items() if key.startswith("receipts/")}
    assert len(first) == 27
    FileStore(store).put("processes/of an earlier recording", b"{}")
    assert demo(tmp_path, url, "--yes").returncode == 0
    second = known(store)
    assert {key: second.get(key) for key in first} == first
    assert "processes/of an earlier recording" in second


@pytest.fixture
def serving(tmp_path):
    """A demo that serves; its process and port."""
    port = free_port()
    child = subprocess.Popen([*PLAIN, str(port)], cwd=tmp_path, env=shell(), stdout=subprocess.PIPE, text=True)
    try:
        for line in child.stdout:
            if "Ctrl-C ends" in line:
                break
        yield child, port
    finally:
        child.kill()
        child.wait(10)
        child.stdout.close()


@pytest.mark.timeout(300)
def test_a_second_demo_leaves_a_running_one_alone(tmp_path, serving):
    child, port = serving
    page = httpx.get(f"http://{HOST}:{port}/").text
    before = known(tmp_path / "build/demo/store")
    for taken in (free_port(), port):
        second = plain(tmp_path, port=taken)
        assert second.returncode == 2
        assert second.stdout == (
            "build/demo is in use by another `make demo`, on whichever port: end that one first (Ctrl-C)\n"
        )
    assert known(tmp_path / "build/demo/store") == before != {}
    assert httpx.get(f"http://{HOST}:{port}/").text == page
    child.kill()
    child.wait(10)
    assert plain(tmp_path).returncode == 0


@pytest.mark.unit
def test_a_folder_is_held_by_one_and_free_afterwards(tmp_path):
    with held(tmp_path / "demo"):
        with held(tmp_path / "demo-elsewhere"), pytest.raises(Refused, match="in use"), held(tmp_path / "demo"):
            pass
        with pytest.raises(Refused), held(tmp_path / "demo"):
            pass
    with pytest.raises(ZeroDivisionError), held(tmp_path / "demo"):
        _ = 1 / 0
    with held(tmp_path / "demo"):
        pass


def on_a_terminal(folder, columns):
    """The lines of a demo that writes to a terminal so wide."""
    ours, theirs = pty.openpty()
    given = shell(COLUMNS=str(columns), LINES="50", NO_COLOR="1", TERM="dumb")
    command = [*PLAIN, str(free_port()), "--once"]
    child = subprocess.Popen(command, cwd=folder, env=given, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said, deadline = b"", time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so where the other end is closed
                break
            if not piece:
                break
            said += piece
        assert child.wait(30) == 0, said.decode()
    finally:
        child.kill()
        child.wait(10)
        os.close(ours)
    return said.decode().replace("\r", "").splitlines()


def test_the_readme_shows_what_a_terminal_of_120_columns_shows(tmp_path):
    readme = Path(ROOT / "README.md").read_text()
    sample = re.search(r"^```\n(Replaying .*?)^```$", readme, re.M | re.S)[1].splitlines()
    printed = iter([line.rstrip() for line in on_a_terminal(tmp_path, 120)])
    for line in sample:
        assert line.strip(" │") == "…" or line in printed, line  # in this order
    assert any(line.endswith("…") and len(line) == 120 for line in sample)


def test_a_pipe_gets_whole_lines(tmp_path):
    done = plain(tmp_path, COLUMNS="80")
    assert "…" not in done.stdout
    assert "landing/products/products.csv  placeholder" in done.stdout
    assert max(map(len, done.stdout.splitlines())) > 120
