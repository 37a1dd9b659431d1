"""The catalogues that the contract is held against, and the words that its tests are written in."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from local.catalogue import create_app
from tests.catalogue_contract.atlas_server import Atlas

PURVIEW_TYPES = Path(__file__).resolve().parents[2] / "local" / "catalogue" / "types" / "purview.json"
DATASET, COLUMN, PROCESS, JOB, FOLDER = (
    f"contract_{kind}" for kind in ("dataset", "column", "process", "job", "folder")
)
NOWHERE = "11111111-1111-1111-1111-111111111111"


def optional(name: str, type_name: str = "string") -> dict[str, Any]:
    return {"name": name, "typeName": type_name, "isOptional": True}


def entity_type(name: str, above: str, *attributes: dict[str, Any], **options: str) -> dict[str, Any]:
    return {
        "category": "ENTITY",
        "name": name,
        "superTypes": [above],
        "attributeDefs": list(attributes),
        "options": options,
    }


def relationship(name: str, category: str, parent: tuple[str, str], child: tuple[str, str]) -> dict[str, Any]:
    ends = {
        "endDef1": {"type": parent[0], "name": parent[1], "isContainer": True, "cardinality": "SET"},
        "endDef2": {"type": child[0], "name": child[1], "isContainer": False, "cardinality": "SINGLE"},
    }
    return {
        "category": "RELATIONSHIP",
        "name": name,
        "relationshipCategory": category,
        "propagateTags": "NONE",
        "attributeDefs": [],
        **ends,
    }


CONTRACT_TYPES = {
    "entityDefs": [
        entity_type(DATASET, "DataSet", optional("format"), schemaElementsAttribute="columns"),
        entity_type(COLUMN, "DataSet", optional("data_type"), schemaAttributes=json.dumps(["data_type"])),
        entity_type(FOLDER, "Asset"),
        entity_type(JOB, "Process", derivedLineageSources=json.dumps(["parts"])),
        entity_type(
            PROCESS,
            "Process",
            optional("columnMapping"),
            optional("runs", "long"),
            optional("small", "int"),
            optional("ratio", "double"),
            optional("ok", "boolean"),
            optional("at", "date"),
            {**optional("tags", "array<string>"), "cardinality": "LIST", "valuesMaxCount": 1000},
            optional("facts", "map<string,string>"),
            defaultRenderedLineage="job",
        ),
    ],
    "relationshipDefs": [
        relationship("contract_dataset_columns", "COMPOSITION", (DATASET, "columns"), (COLUMN, "dataset")),
        relationship("contract_job_parts", "AGGREGATION", (JOB, "parts"), (PROCESS, "job")),
        relationship("contract_folder_jobs", "AGGREGATION", (FOLDER, "jobs"), (JOB, "folder")),
    ],
}


def entity(type_name: str, qualified_name: str, guid: str = "", **attributes: Any) -> dict[str, Any]:
    """An entity of a bulk; ``relations`` are its relationship attributes."""
    relations = attributes.pop("relations", None)
    name = attributes.pop("name", qualified_name.rpartition("/")[2])
    body = {"typeName": type_name, "attributes": {"qualifiedName": qualified_name, "name": name, **attributes}}
    return body | ({"guid": guid} if guid else {}) | ({"relationshipAttributes": relations} if relations else {})


def named(type_name: str, qualified_name: str) -> dict[str, Any]:
    """A reference by name."""
    return {"typeName": type_name, "uniqueAttributes": {"qualifiedName": qualified_name}}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str:
        return str(self.body.get("errorCode", "")) if isinstance(self.body, dict) else ""

    @property
    def refused(self) -> tuple[int, str]:
        """Status and code, to compare with what is expected."""
        return self.status, self.code

    @property
    def guids(self) -> dict[str, str]:
        assert self.status == 200, self
        return dict(self.body["guidAssignments"])

    def changed(self, kind: str) -> set[str]:
        """Qualified names of what was created, updated or deleted."""
        assert self.status == 200, self
        found = self.body.get("mutatedEntities", {}).get(kind, [])
        return {header["attributes"]["qualifiedName"] for header in found}


@dataclass(frozen=True)
class Catalogue:
    """One catalogue over HTTP. ``kind`` is ``embedded`` (which follows Purview) or ``atlas``."""

    kind: str
    http: httpx.Client
    prefix: str
    """Every test names its assets below its own prefix, since the catalogue is shared."""

    def either(self, *, purview: Any, atlas: Any) -> Any:
        """What to expect where Purview's documented behaviour and Apache Atlas 2.1 differ."""
        return {"embedded": purview, "atlas": atlas}[self.kind]

    @property
    def root(self) -> str:
        """Scheme, host and port."""
        return str(self.http.base_url.copy_with(path="/")).rstrip("/")

    def qn(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Answer:
        content = {} if body is None else {"json": body}
        response = self.http.request(method, path, params=params, **content)
        decoded = response.json() if "json" in response.headers.get("content-type", "") and response.content else None
        return Answer(response.status_code, decoded)

    def bulk(self, *entities: dict[str, Any], **params: Any) -> Answer:
        return self.call("POST", "entity/bulk", {"entities": list(entities)}, **params)

    def get(self, type_name: str, name: str, **params: Any) -> dict[str, Any]:
        """The whole entity with its referred ones, which must be there."""
        answer = self.look(type_name, name, **params)
        assert answer.status == 200, answer
        return dict(answer.body)

    def look(self, type_name: str, name: str, **params: Any) -> Answer:
        path = f"entity/uniqueAttribute/type/{type_name}"
        return self.call("GET", path, None, **{"attr:qualifiedName": self.qn(name), **params})

    def guid(self, type_name: str, name: str) -> str:
        return str(self.get(type_name, name)["entity"]["guid"])

    def datasets(self, *names: str) -> dict[str, str]:
        """Make datasets; returns their guids by name."""
        made = self.bulk(*(entity(DATASET, self.qn(name), f"-{n}") for n, name in enumerate(names, start=1)))
        return {name: made.guids[f"-{n}"] for n, name in enumerate(names, start=1)}

    def process(self, name: str, inputs: list[str], outputs: list[str], **more: Any) -> Answer:
        """Upsert a process between datasets that exist."""
        ends = {
            "inputs": [named(DATASET, self.qn(each)) for each in inputs],
            "outputs": [named(DATASET, self.qn(each)) for each in outputs],
        }
        return self.bulk(entity(PROCESS, self.qn(name), "-1", **ends, **more))

    def held(self, name: str, attribute: str) -> set[str]:
        """Names of the datasets that a process has as ``inputs`` or ``outputs``."""
        found = self.get(PROCESS, name)["entity"]["attributes"][attribute]
        return {each["uniqueAttributes"]["qualifiedName"].removeprefix(f"{self.prefix}/") for each in found}

    def lineage(self, guid: str, **params: Any) -> tuple[set[str], set[tuple[str, str]]]:
        """The names in an asset's lineage, and its edges from name to name."""
        answer = self.call("GET", f"lineage/{guid}", None, **params)
        assert answer.status == 200, answer
        assert answer.body["baseEntityGuid"] == guid
        names = {
            each: header["attributes"]["qualifiedName"].removeprefix(f"{self.prefix}/")
            for each, header in answer.body["guidEntityMap"].items()
        }
        edges = {(names[edge["fromEntityId"]], names[edge["toEntityId"]]) for edge in answer.body["relations"]}
        assert len(edges) == len(answer.body["relations"]), "an edge twice"
        return set(names.values()), edges


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free loopback port for the block; gives its URL."""
    # Only with its protocol named does asyncio switch off Nagle's algorithm, which costs 40 ms a call.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@contextlib.contextmanager
def embedded(path: Path, **setup: Any) -> Iterator[httpx.Client]:
    """The embedded catalogue over HTTP, with the types of the contract."""
    app = create_app(path, **setup)
    try:
        with served(app) as url, httpx.Client(base_url=f"{url}/api/atlas/v2/", timeout=30) as client:
            client.post("types/typedefs", json=CONTRACT_TYPES).raise_for_status()
            yield client
    finally:
        app.state.database.close()


@contextlib.contextmanager
def apache(atlas: Atlas) -> Iterator[httpx.Client]:
    """A started Apache Atlas with stand-ins of Purview's types and those of the contract, unless they are there."""
    auth = (atlas.user, atlas.password)
    with httpx.Client(base_url=f"{atlas.url}/api/atlas/v2/", auth=auth, timeout=120) as client:
        for upload in (json.loads(PURVIEW_TYPES.read_text()), CONTRACT_TYPES):
            answer = client.post("types/typedefs", json=upload)
            assert answer.status_code in (200, 409), answer.text
        yield client
