"""The way from a driver to the Function: what the init script and the notebook say of it, and that it harms nothing."""

import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from databricks_init.lineage_notebook import mounts, reach
from databricks_init.lineage_notebook.identity import _reached
from lineage.intake import Intake
from lineage.receive import HANDSHAKE, create_app
from lineage.settings import Settings
from lineage.store.files import FileStore
from lineage.store.queue import NoQueue
from tests.catalogue.test_reach import answering, listening
from tests.databricks_init.endpoint import endpoint
from tests.databricks_init.node import CONF, KEY, Node, Ran, node
from tests.receive.served import served

MODULE = Path(reach.__file__)
SIGN_IN = {"x-functions-key": KEY}


@contextlib.contextmanager
def function(folder: Path) -> Iterator[str]:
    """The door itself; its producer address."""
    door = create_app(Intake(FileStore(folder), NoQueue(), Settings()), max_body_bytes=1000)
    with served(door) as port:
        yield f"http://127.0.0.1:{port}/api/producer"


def test_the_function_answers(tmp_path):
    with function(tmp_path) as url:
        assert reach.look(url, SIGN_IN) == reach.look(f"{url}/", SIGN_IN) == "the Function answers"


@pytest.mark.parametrize(
    ("status", "sign_in", "said"),
    [
        (401, SIGN_IN, "does not take the key or token (401)"),
        (401, {}, "the Function answers, and asks for the sign-in"),
        (403, SIGN_IN, "refuses this network (403)"),
        (404, SIGN_IN, "no producer API at this address (404)"),
        (302, SIGN_IN, "the answer is 302"),
        (200, SIGN_IN, "something else answers in the Function's place"),
        (503, SIGN_IN, "the answer is 503"),
    ],
)
def test_an_answer_is_told_by_its_status(status, sign_in, said):
    with answering(status, b"", {"Location": "http://127.0.0.1:9/"}) as port:
        told = reach.look(f"http://127.0.0.1:{port}/api/producer", sign_in)
    assert said in told
    assert (reach.LOST in told) is not (status == 401 and not sign_in)
    assert KEY not in told


def test_without_an_answer_the_reason_is_told(monkeypatch):
    monkeypatch.setattr(reach, "PATIENCE_SECONDS", 0.3)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = reach.look(f"http://127.0.0.1:{closed.getsockname()[1]}", SIGN_IN)
    with listening() as port:
        silent = reach.look(f"http://127.0.0.1:{port}", SIGN_IN)
    with answering(200, b"", {}) as port:
        plain = reach.look(f"https://127.0.0.1:{port}", SIGN_IN)
    unknown = reach.look("https://function.invalid/api/producer", SIGN_IN)
    broken = reach.look("https://function.invalid:x", SIGN_IN)
    for told, reason in (
        (refused, "refused"),
        (silent, "no answer in time"),
        (plain, "TLS fails"),
        (unknown, "(DNS)"),
        (broken, "breaks"),
    ):
        assert told.startswith("the Function cannot be reached from this driver: "), told
        assert reason in told


def test_a_proxy_of_the_environment_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with function(tmp_path) as url:
        assert reach.look(url, SIGN_IN) == "the Function answers"


def with_module(root: Path) -> Node:
    made = node(root)
    folder = made.root / "Workspace/Shared/lineage/lineage_notebook"
    shutil.copy(MODULE, folder)
    return made


def attached(made: Node, ran: Ran) -> list[str]:
    """What the script says after it has attached the agent."""
    assert ran.code == 0
    assert (made.root / CONF).exists()
    assert KEY not in ran.output
    first, *more = ran.lines
    assert first.startswith("lineage: attached: ")
    return more


def test_the_init_script_says_that_the_function_answers(tmp_path):
    made = with_module(tmp_path / "node")
    with function(tmp_path / "store") as url:
        assert attached(made, made.run(LINEAGE_URL=url)) == ["lineage: the Function answers"]


def test_a_client_secret_is_not_sent_to_the_function_as_a_key(tmp_path):
    made = with_module(tmp_path)
    entra = {"LINEAGE_TOKEN_URL": "https://login.test/t", "LINEAGE_CLIENT_ID": "c", "LINEAGE_SCOPE": "api://s/.default"}
    with answering(401, b"", {}) as port:
        (said,) = attached(made, made.run(LINEAGE_URL=f"http://127.0.0.1:{port}/api/producer", **entra))
    assert said == "lineage: the Function answers, and asks for the sign-in that the agent has"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("raise SystemExit(1)", "lineage: the Function was not reached within 10 s"),
        ("import time; time.sleep(60)", "lineage: the Function was not reached within 10 s"),
        ("\0", "lineage: the Function was not reached within 10 s"),
    ],
)
def test_a_look_that_breaks_or_hangs_keeps_no_cluster(tmp_path, content, said):
    made = with_module(tmp_path)
    made.put("Workspace/Shared/lineage/lineage_notebook/reach.py", content)
    assert attached(made, made.run()) == [said]


def test_an_address_that_does_not_answer_keeps_no_cluster(tmp_path):
    made = with_module(tmp_path)
    with listening() as port:
        (said,) = attached(made, made.run(LINEAGE_URL=f"http://127.0.0.1:{port}/api/producer"))
    assert "no answer in time" in said


def test_the_key_comes_by_the_input_alone():
    done = subprocess.run(
        [sys.executable, "-I", str(MODULE), "http://127.0.0.1:9/api/producer"],
        input=KEY,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "the connection is refused" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_the_notebook_tells_it_too(tmp_path):
    with function(tmp_path) as url:
        assert _reached(mounts.Target(url, "adb-7.net", KEY)) == "the Function answers"
    assert _reached(mounts.Target()) == "its address is not known here"


def test_the_notebook_asks_with_the_agents_token(tmp_path):
    with endpoint("token") as entra, function(tmp_path) as url:
        assert _reached(mounts.Target(url, "adb-7.net", KEY, f"{entra.url}/token", "c", "s")) == "the Function answers"
    with endpoint("401") as entra:
        said = _reached(mounts.Target(url, "adb-7.net", KEY, f"{entra.url}/token", "c", "s"))
    assert said.startswith("Entra gives no token for it: HTTPError: HTTP Error 401")
    assert KEY not in said


def test_each_text_is_explained():
    page = Path("docs/databricks.md").read_text()
    texts = [says for _, says in reach.MET] + [text.partition(":")[0] for text in reach.ANSWERS.values()]
    assert [text for text in texts if text not in page] == []
    assert reach.HANDSHAKE in HANDSHAKE
