"""Messages: once when all goes well, again when it does not, and the poison queue in the end. On Azurite."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from tests.azurite import Azurite
from tests.functions_app import FUNCTION, running_functions

pytestmark = [pytest.mark.host, pytest.mark.azurite]

PATIENCE = 60.0

SMALL_APP = """
import os, pathlib
import azure.functions as func

app = func.FunctionApp()
TRACE = pathlib.Path(os.environ["TRACE"])

def trace(*words):
    with TRACE.open("a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None:
    text = message.get_body().decode()
    trace("work", text, message.dequeue_count)
    if text == "bad" or (text == "later" and message.dequeue_count < 3):
        raise ValueError("not " + text)

@app.queue_trigger("message", "%QUEUE%-poison", "AzureWebJobsStorage")
def poisoned(message: func.QueueMessage) -> None:
    trace("poisoned", message.get_body().decode())
"""


def wait(done: Callable[[], object]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def queue(azurite: Azurite, name: str, *, encoded: bool = True) -> QueueClient:
    policy = TextBase64EncodePolicy() if encoded else None
    return QueueClient.from_connection_string(azurite.connection, name, message_encode_policy=policy)


def left(client: QueueClient) -> int:
    return client.get_queue_properties().approximate_message_count or 0


def test_a_message_comes_until_it_is_done_or_poison(azurite, tmp_path):
    shutil.copy(FUNCTION / "host.json", tmp_path)
    (tmp_path / "function_app.py").write_text(SMALL_APP)
    trace = tmp_path / "trace.txt"
    settings = {"AzureWebJobsStorage": azurite.connection, "QUEUE": "small", "TRACE": str(trace)}
    pointers = queue(azurite, "small")
    pointers.create_queue()
    with running_functions(tmp_path, settings, folder=tmp_path) as app:
        for text in ("good", "bad", "later"):
            pointers.send_message(text)
        queue(azurite, "small", encoded=False).send_message("~ no base64 ~")
        poison = queue(azurite, "small-poison", encoded=False)
        wait(lambda: trace.exists() and {"work good 1", "work later 3", "poisoned bad"} <= set(_lines(trace)))
        wait(lambda: left(pointers) == 0)
        assert left(poison) == 1  # what cannot be decoded: no function can be asked about it
        assert "ValueError: not bad" in app.output.read_text()
    seen = _lines(trace)
    assert seen.count("work good 1") == 1
    assert [line for line in seen if line.startswith("work bad")] == [f"work bad {count}" for count in range(1, 6)]
    assert [line for line in seen if line.startswith("work later")] == [f"work later {count}" for count in (1, 2, 3)]
    assert [line for line in seen if line.startswith("poisoned")] == ["poisoned bad"]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_pointer_that_cannot_be_followed_ends_in_the_log(azurite, tmp_path):
    settings = {
        "AzureWebJobsStorage": azurite.connection,
        "LINEAGE_QUEUE": "astray",
        "LINEAGE_QUEUE_ENDPOINT": azurite.queue,
        "LINEAGE_STORE": f"{azurite.blob}/astray",
        "LINEAGE_STORAGE_CONNECTION": azurite.connection,
    }
    pointers = queue(azurite, "astray")
    pointers.create_queue()
    with running_functions(tmp_path, settings) as app:
        pointers.send_message("no pointer at all")
        wait(lambda: "poison: no pointer at all" in app.output.read_text())
        wait(lambda: left(queue(azurite, "astray-poison")) == 0)
        assert left(pointers) == 0
        assert app.output.read_text().count("convert: ValueError: not a pending mark") == 5
