"""`make rehearse`: the whole deployment on this machine, a line a phase.

    python -m tests.infra.rehearse [PACKAGE]

The program, its dynamic providers and the package are the real ones; Azure, Purview and the deployment host are
loopback servers that fail as the real ones were seen to fail, and the engine is a stand-in for Pulumi's.
"""

import dataclasses
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from demo import replay
from infra import package
from infra.rehearsal.azure import PRINCIPAL
from infra.rehearsal.cloud import ACCOUNT, CHILD, Cloud, Fault
from infra.rehearsal.engine import Engine, Run, is_secret
from lineage.settings import Settings
from local.catalogue import create_app
from tests.atlas_dump import dump
from tests.functions_app import KEY, FunctionsApp, running_functions
from tests.infra import real_engine
from tests.infra.phases import Unexpected, changed_package, expect
from tests.line import client, idle, send
from tests.line import served as one_machine
from tests.receive.served import served

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "build/package/function.zip"
NOBODY = "DefaultEndpointsProtocol=http;AccountName=none;AccountKey=bm9uZQ==;QueueEndpoint=http://127.0.0.1:9/none;"
"""A queue that is down: everything still arrives, by the sweep."""


@dataclasses.dataclass(slots=True)
class Rehearsal:
    """One stack in one loopback cloud."""

    folder: Path
    cloud: Cloud
    engine: Engine

    @property
    def phases(self) -> list[tuple[str, Callable[[], str]]]:
        """Title and what is done, in order; each returns what is worth telling and raises ``Unexpected``."""
        return [
            ("preview", self.preview),
            ("up, without the right in Purview", self.not_an_admin),
            ("up, with a deployment that fails", self.broken_deployment),
            ("up again, with everything young and slow", self.up),
            ("up once more", self.nothing_to_do),
            ("change of code", self.new_code),
            ("new key", self.new_key),
            ("role taken away by hand", self.drift),
            ("destroy, keeping the data", self.destroy),
            ("destroy all", self.destroy_all),
        ]

    def preview(self) -> str:
        run = _ended(self.engine.preview())
        expect(not self.cloud.state.calls, "a preview called a service")
        expect(not self.engine.state, "a preview kept state")
        return f"{run.counts['create']} to create, no service called"

    def not_an_admin(self) -> str:
        self.cloud.faults["policy"] = [Fault(403, {"error": {"code": "Unauthorized"}})]
        run = self.engine.up()
        expect("purviewBootstrapAdmin true" in run.error, run.error)
        expect("Collection Administrator" in run.error, run.error)
        return "stopped; the message names who can grant it and the setting that does"

    def broken_deployment(self) -> str:
        self.cloud.faults["deployment-end"] = [Fault(3, "host.json is not valid")]
        run = self.engine.up()
        expect("host.json is not valid" in run.error, run.error)
        expect("Deployment ended" in run.error, "the log's last lines are missing")
        return f"stopped with the deployment's log; {len(self.engine.state)} resources are kept"

    def up(self) -> str:
        forbidden = Fault(3, "Failed to access storage account: 403 (Forbidden)")
        self.cloud.faults |= {
            "publish": [Fault(404), Fault(404)],
            "deployment": [Fault(404)],
            "deployment-end": [forbidden, forbidden],
            "key-put": [Fault(404), Fault(503), Fault(409)],
        }
        kept = len(self.engine.state)
        run = _ended(self.engine.up())
        expect(self.cloud.members(CHILD) == [PRINCIPAL], "the Function is not Data Curator")
        expect(self.cloud.state.running == run.outputs["package"], "the app runs another package")
        expect(is_secret(run.outputs["functionKey"]), "the key is shown")
        waits = sum("waiting" in line for line in run.said)
        return f"{run.counts['create']} created, {kept} were there; {waits} waits, each with its reason"

    def nothing_to_do(self) -> str:
        before = len(self.cloud.state.calls)
        run = _ended(self.engine.up())
        expect(run.changes == 0, f"changed: {run.changed}")
        expect(len(self.cloud.state.calls) == before, "a service was called")
        return f"0 changes, {run.counts['same']} the same"

    def new_code(self) -> str:
        changed = changed_package(Path(self.engine.config["package"]), self.folder / "changed.zip")
        self.engine.config["package"] = str(changed.path)
        preview = _ended(self.engine.preview())
        run = _ended(self.engine.up())
        expect(run.changed == preview.changed == ["update package"], f"changed: {run.changed}")
        expect(self.cloud.state.running == changed.hash, "the app runs the old package")
        return "1 change: the package; the app answers with the new hash"

    def new_key(self) -> str:
        before = dict(self.cloud.state.keys)
        self.engine.config["keyGeneration"] = "2"
        run = _ended(self.engine.up())
        expect(run.changed == ["replace key-value", "update key"], f"changed: {run.changed}")
        expect(set(before) == set(self.cloud.state.keys) and before != self.cloud.state.keys, "the key is the old one")
        return "2 changes: its value and the function key"

    def drift(self) -> str:
        others = ["a-second-feed"]
        self.cloud.faults["policy-put"] = [Fault(409, {}), Fault(429, {}), Fault(0)]
        policy = self.cloud.state.policies[CHILD]["properties"]["attributeRules"]
        people = next(rule for rule in policy if "data-curator" in rule["id"])["dnfCondition"][0][0]
        people["attributeValueIncludedIn"] = list(others)
        self.engine.forget("curator")
        run = _ended(self.engine.up())
        expect(run.changed == ["create curator"], f"changed: {run.changed}")
        expect(self.cloud.members(CHILD) == [*others, PRINCIPAL], str(self.cloud.members(CHILD)))
        return "granted again past a conflict, throttling and a lost update; somebody else's grant stands"

    def destroy(self) -> str:
        run = _ended(self.engine.destroy())
        kept = sorted(one.name for one in self.engine.state.values())
        expect(kept == ["account", "container-lineage", "group"], f"kept: {kept}")
        expect(self.cloud.members(CHILD) == ["a-second-feed"], "another's role is gone, or ours is not")
        expect(self.cloud.members(ACCOUNT) == ["a-steward"], "the root's roles were touched")
        expect(not self.cloud.state.keys, "the key is still there")
        return f"{run.counts['delete']} deleted; kept: {', '.join(kept)}"

    def destroy_all(self) -> str:
        _ended(self.engine.destroy(protected=True))
        expect(not self.engine.state, "something is left")
        return "nothing is left"


@contextmanager
def rehearsal(folder: Path, built: Path, **more: str) -> Iterator[Rehearsal]:
    """A stack that is not there yet; ``more`` are keys of its configuration."""
    with Cloud(folder / "cloud") as cloud:
        here = f"http://{cloud.host}"
        config = {
            "location": "westeurope",
            "purviewAccount": ACCOUNT,
            "purviewCollection": "Lakehouse",
            "purviewEndpoint": here,
            "managementEndpoint": here,
            "package": str(built),
        }
        yield Rehearsal(folder, cloud, Engine(config | more, cloud.environment, host=cloud.host))


def runs_the_demo(folder: Path, built: Path) -> str:
    """Unpack what was published, start it in the real Functions runtime, and compare its lineage with one machine's."""
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(unpacked)
    wanted = _on_one_machine(folder)
    app = create_app(folder / "deployed.db")
    with served(app) as port:
        url = f"http://127.0.0.1:{port}/api/atlas/v2"
        with running_functions(folder, _environment(folder, unpacked, url), folder=unpacked) as functions:
            expect(functions.client.get("/api/version").json()["package"] == package.read(built).hash, "another hash")
            _post(functions)
            swept = functions.run("sweep")
            expect(swept.status_code == 202, swept.text)
            found = dump(_catalogue(url))
    app.state.database.close()
    expect(found == wanted, "the lineage differs from one machine's")
    return f"{len(functions.functions)} functions; the demo's lineage is the same as on one machine"


def _environment(folder: Path, unpacked: Path, catalogue: str) -> Mapping[str, str]:
    return {
        "PYTHONPATH": str(unpacked / package.SITE_PACKAGES),
        "AzureWebJobsStorage": NOBODY,
        "LINEAGE_STORE": str(folder / "store"),
        "LINEAGE_QUEUE": "lineage",
        "LINEAGE_QUEUE_ENDPOINT": "http://127.0.0.1:9/none",
        "LINEAGE_STORAGE_CONNECTION": NOBODY,
        "LINEAGE_CATALOGUE": catalogue,
        "LINEAGE_DEBOUNCE_SECONDS": "0",
    }


def _on_one_machine(folder: Path) -> object:
    with one_machine(folder / "machine") as (server, port):
        send(port, replay.load())
        idle(server.pipeline)
        return dump(client(folder / "machine", port))


def _catalogue(url: str) -> object:
    from lineage.catalogue import open_client

    return open_client(Settings(catalogue=url))


def _post(app: FunctionsApp) -> None:
    host, port = app.url.removeprefix("http://").split(":")
    keyed = [
        dataclasses.replace(request, headers=tuple({**dict(request.headers), "x-functions-key": KEY}.items()))
        for request in replay.load()
    ]
    expect({status for _, status in replay.send(host, int(port), keyed)} == {201}, "something was not taken")


def _ended(run: Run) -> Run:
    expect(not run.error, run.error)
    return run


def under_pulumi(folder: Path, built: Path) -> str:
    """The same phases by Pulumi's own engine."""
    with Cloud(folder / "cloud") as cloud, real_engine.stack(folder, cloud) as pulumi:
        return real_engine.walk(pulumi, cloud, built, folder)


def main() -> None:
    """Every phase; exit code 1 at the first that does not end as it must."""
    built = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PACKAGE
    with tempfile.TemporaryDirectory() as name:
        with rehearsal(Path(name), built) as stack:
            for title, phase in stack.phases:
                _told(title, phase)
        _told("the published package", lambda: runs_the_demo(Path(name), built))
        stand_ins = "the engine and every cloud service were stand-ins"
        if real_engine.available():
            _told("all under Pulumi's own engine", lambda: under_pulumi(Path(name) / "pulumi", built))
            stand_ins = "every cloud service was a stand-in"
    print(f"rehearsed; {stand_ins} on this machine")


def _told(title: str, phase: Callable[[], str]) -> None:
    started = time.monotonic()
    try:
        said = phase()
    except Unexpected as error:
        sys.exit(f"{title:42} FAILED\n{error}")
    print(f"{title:42} {said} ({time.monotonic() - started:.1f} s)", flush=True)


if __name__ == "__main__":
    main()
