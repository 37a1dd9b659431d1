"""The whole line in one process: the door, the pipeline, the embedded catalogue and the lineage page.

    python -m local.server [--folder build/local] [--port 8057]

serves until it is interrupted. Everything lies in the folder, so it may be killed at any moment and started again.
"""

import argparse
import contextlib
import dataclasses
import functools
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from lineage.catalogue import Publisher, open_publisher
from lineage.catalogue.reach import reach
from lineage.errors import CatalogueError, SettingsError
from lineage.intake import Intake
from lineage.page.routes import page_routes
from lineage.pipeline import Pipeline, assembled
from lineage.receipts import State
from lineage.receive import create_app as create_door
from lineage.settings import Settings
from lineage.store import open_store
from local.catalogue import create_app as create_catalogue
from local.wakeup import Wakeup, Worker

HOST = "127.0.0.1"
EMBEDDED = f"http://{HOST}:{{}}/api/atlas/v2"
"""The catalogue that a server on this port brings along."""
DOOR = ("/api/producer", "/api/databricks", "/api/catalogue", "/api/health", "/api/version")


class Paths:
    """Sends each request to the first application whose path prefix it has; the last one takes the rest.

    Paths are compared as the door reads them: in any case, with stray slashes.
    """

    def __init__(self, routes: Sequence[tuple[tuple[str, ...], ASGIApp]], rest: ASGIApp) -> None:
        self._routes = routes
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = "/" + "/".join(part for part in scope.get("path", "").lower().split("/") if part)
        app = next((app for prefixes, app in self._routes if path.startswith(prefixes)), self._rest)
        await app(scope, receive, send)


def _placed(publisher: Publisher) -> None:
    """A collection that is not there is an error at the start; a catalogue that is not there yet is none."""
    try:
        publisher.collections.placement()
    except CatalogueError as error:
        logging.getLogger(__name__).warning("the collections are not looked up yet: %s", error)


class Server:
    """The application, served from a thread of this process for as long as the block lasts."""

    def __init__(
        self,
        folder: Path,
        port: int,
        given: Settings,
        before: Callable[[Publisher], object] = _placed,
        *,
        complete: bool = False,
    ) -> None:
        """``before`` is done once the catalogue can be asked, before anything is published.

        Where ``given`` is not ``complete``, its catalogue and store are those of this machine unless it names others.
        """
        self.settings = (
            dataclasses.replace(given, debounce_seconds=0) if complete else settings_for(folder, port, given)
        )
        self.catalogue = called(self.settings, port)
        self._before = before
        self._line = build(folder, self.settings, self.catalogue)
        self.pipeline = self._line.pipeline
        config = uvicorn.Config(self._line.app, host=HOST, port=port, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        try:
            self._before(self._line.publisher)
        except BaseException:
            self._stop()
            raise
        self._line.worker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.worker.__exit__(kind, error, trace)
        self._stop()

    def _stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._line.close()

    def wait(self) -> None:
        """Until the server ends."""
        self._thread.join()


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """The application, the pipeline behind it, the threads that drive it, and how to let go of what they hold."""

    app: ASGIApp
    pipeline: Pipeline
    worker: Worker
    publisher: Publisher
    close: Callable[[], None]


def settings_for(folder: Path, port: int, given: Settings) -> Settings:
    """The settings of one machine: everything in ``folder``, the catalogue served beside the door."""
    default = Settings()
    catalogue = given.catalogue if given.catalogue != default.catalogue else EMBEDDED.format(port)
    store = given.store if given.store != default.store else str(folder / "store")
    return dataclasses.replace(given, store=store, catalogue=catalogue, debounce_seconds=0)


def called(settings: Settings, port: int) -> str:
    """What people are told the catalogue is: the one that the server on this port brings along, else its URL."""
    asked, own = urlsplit(settings.catalogue.replace("//localhost:", f"//{HOST}:")), urlsplit(EMBEDDED.format(port))
    return "embedded catalogue" if asked.netloc == own.netloc else settings.catalogue


def build(folder: Path, settings: Settings, catalogue: str) -> Line:
    """Everything of one machine, not yet running; the page calls the catalogue as ``called`` does."""
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(settings)
    wakeup = Wakeup()
    intake = Intake(store, wakeup, settings)
    publisher = open_publisher(settings, store)
    pipeline = assembled(store, intake, publisher, settings)
    door = create_door(intake, max_body_bytes=settings.max_body_bytes, probe=functools.partial(reach, settings))
    routes = page_routes(publisher.client, lambda: {**counts(pipeline), "catalogue": catalogue})
    embedded = create_catalogue(folder / "catalogue.db", routes=routes)

    def close() -> None:
        publisher.client.close()
        embedded.state.database.close()

    return Line(Paths([(DOOR, door)], embedded), pipeline, Worker(pipeline, wakeup), publisher, close)


def counts(pipeline: Pipeline) -> dict[str, int]:
    """What the catalogue does not know: how many sources have no rule, how many events are parked."""
    unmapped: set[str] = set()
    parked = 0
    for receipt in pipeline.receipts():
        unmapped |= {text for code, text in receipt.notes if code == "unmapped"}
        parked += receipt.state is State.PARKED
    return {"unmapped": len(unmapped), "parked": parked}


def refusal(port: int) -> str:
    """Why nothing can be served on this port, in words; empty where it can."""
    if not 0 < port < 65536:
        return f"{port} is no port: choose one from 1 to 65535"
    return "" if free(port) else f"port {port} is in use: stop what listens there, or choose another"


def free(port: int, host: str = HOST) -> bool:
    """Whether the port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m local.server")
    parser.add_argument("--folder", type=Path, default=Path("build/local"))
    parser.add_argument("--port", type=int, default=8057)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    refused = refusal(options.port)
    if refused:
        parser.exit(2, f"{refused} (--port)\n")
    try:
        with Server(options.folder, options.port, Settings.from_env()) as server:
            print(f"http://{HOST}:{options.port}/", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                server.wait()
    except SettingsError as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
