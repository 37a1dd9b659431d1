"""What the page asks of a catalogue, over the Atlas v2 REST API alone: Purview, Apache Atlas, the embedded one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from lineage.errors import LineageError, Rejected
from lineage.page.answers import Answers, Entity, qualified_name, schema_references
from lineage.page.owners import owner_references

PROCESS_TYPES = ("databricks_process", "lineage_process")
"""The types of the processes that the whole catalogue is listed by."""

_BULK = 50
_PAGE = 500
_ROUNDS = 4
"""References are followed so far: task, job, workspace; schema, column."""
_GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}")

Params = Iterable[tuple[str, str]]


class Catalogue(Protocol):
    """The two verbs that this needs of ``lineage.catalogue.AtlasClient``; paths are below ``…/atlas/v2``."""

    def get(self, path: str, *, params: Params = ()) -> Any:
        """The decoded answer; raises ``CatalogueError``."""
        ...

    def post(self, path: str, *, params: Params = (), body: Any = None) -> Any:
        """The decoded answer; raises ``CatalogueError``."""
        ...


class NotFound(LineageError):
    """Nothing in the catalogue has this name, or several things do; the message names them."""


def find(client: Catalogue, name: str) -> str:
    """The guid of the asset that is meant by a guid, a qualified name, the end of one (``gold/daily_revenue``), a name
    or a piece of one. Raises ``NotFound``."""
    if _GUID.fullmatch(name):
        return name
    hits = _meant(name, search(client, name))
    if len(hits) == 1:
        return str(hits[0]["guid"])
    if not hits:
        message = f"no asset is called {name!r}"
        raise NotFound(message)
    several = "".join(f"\n  {qualified_name(hit)}  ({hit['typeName']}, {hit['guid']})" for hit in hits[:20])
    message = f"{len(hits)} assets are called {name!r}; give more of the qualified name, or the guid:{several}"
    raise NotFound(message)


def search(client: Catalogue, text: str, limit: int = 50) -> list[Entity]:
    """Headers of the datasets and processes that a text finds, best first."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    dsl = f'from Asset where name like "*{quoted}*" or qualifiedName like "*{quoted}*"'
    found, _ = _query(client, {"keywords": text}, dsl, limit)
    return [header for header in found if header["typeName"] not in _PARTS]


def neighbourhood(client: Catalogue, guid: str, depth: int) -> Answers:
    """The asset with what lies up to ``depth`` datasets before and behind it."""
    asked = [("direction", "BOTH"), ("depth", str(depth)), ("width", "100"), ("getDerivedLineage", "false")]
    lineage = client.get(f"lineage/{guid}", params=asked)
    shown = tuple(dict.fromkeys([guid, *sorted(lineage.get("guidEntityMap") or {})]))
    return Answers(_with_references(client, shown), shown, guid)


def everything(client: Catalogue, limit: int = 5000) -> Answers:
    """Every process of ours with all that it reads and writes; at most ``limit`` processes."""
    guids = [guid for type_name in PROCESS_TYPES for guid in _all_of(client, type_name, limit + 1)]
    processes = _read(client, guids[:limit])
    ends = {
        end["guid"]
        for process in processes.values()
        for side in ("inputs", "outputs")
        for end in process["attributes"].get(side) or ()
    }
    shown = (*processes, *sorted(ends))
    cut = f"Only the first {limit:,} processes are shown." if len(guids) > limit else ""
    return Answers(_with_references(client, shown), shown, cut=cut)


_PARTS = frozenset({"column", "tabular_schema"})
"""Types that are found by search, but are parts of a dataset."""

_Names = tuple[str, str]
_MEANT: tuple[Callable[[_Names, str], bool], ...] = (
    lambda names, text: names[0] == text,
    lambda names, text: names[0].endswith(("/" + text, "." + text)) or names[0].partition("@")[0] == text,
    lambda names, text: names[1] == text,
    lambda names, text: text in names[0],
)
"""What a text may mean of qualified name and name, what is meant most likely first; all in one case."""


def _meant(text: str, hits: Sequence[Entity]) -> list[Entity]:
    named = [((qualified_name(hit).casefold(), _name(hit).casefold()), hit) for hit in hits]
    groups = ([hit for names, hit in named if meant(names, text.casefold())] for meant in _MEANT)
    return next(filter(None, groups), [])


def _name(header: Entity) -> str:
    return str((header.get("attributes") or {}).get("name") or header.get("displayText") or "")


def _all_of(client: Catalogue, type_name: str, limit: int) -> Iterator[str]:
    """Guids of entities of a type, page by page, until there are ``limit`` of them."""
    token: str | None = None
    found = 0
    while found < limit:
        page, token = _query(client, {"filter": {"entityType": type_name}}, f"from {type_name}", _PAGE, token)
        yield from (str(header["guid"]) for header in page)
        found += len(page)
        if not token:
            return


def _query(
    client: Catalogue, body: Mapping[str, Any], dsl: str, limit: int, token: str | None = None
) -> tuple[list[Entity], str | None]:
    """A page of headers and the token of the next one; by Purview's search, or by the query language of Apache Atlas
    where there is none."""
    more = {"continuationToken": token} if token else {}
    try:
        found = client.post("search/query", body={**body, "limit": limit, **more})
    except Rejected as error:
        if error.status not in (404, 405):
            raise
        return _dsl(client, dsl, limit, int(token or 0))
    return [_header(value) for value in found.get("value") or ()], found.get("continuationToken")


def _dsl(client: Catalogue, query: str, limit: int, offset: int) -> tuple[list[Entity], str | None]:
    asked = [("query", query), ("limit", str(limit)), ("offset", str(offset))]
    page = list(client.get("search/dsl", params=asked).get("entities") or ())
    return page, str(offset + limit) if len(page) == limit else None


def _header(value: Entity) -> Entity:
    """A search result in the shape that the rest of the API has."""
    attributes = {key: value.get(key) for key in ("name", "qualifiedName")}
    return {"guid": value["id"], "typeName": value["entityType"], "attributes": attributes}


def _with_references(client: Catalogue, guids: Iterable[str]) -> dict[str, Entity]:
    """The entities, the columns of the datasets and the owners of the processes."""
    known: dict[str, Entity] = {}
    wanted = list(dict.fromkeys(guids))
    for _ in range(_ROUNDS):
        read = _read(client, wanted)
        known = {**read, **known}
        references = (reference for entity in read.values() for reference in _references(entity))
        wanted = [guid for guid in dict.fromkeys(references) if guid not in known]
    return known


def _references(entity: Entity) -> Iterator[str]:
    yield from (str(reference["guid"]) for reference in schema_references(entity))
    yield from (str(reference["guid"]) for reference in owner_references(entity))


def _read(client: Catalogue, guids: Sequence[str]) -> dict[str, Entity]:
    """Entities by guid, with those that came along; one that vanished meanwhile is left out."""
    read: dict[str, Entity] = {}
    for start in range(0, len(guids), _BULK):
        read |= _bulk(client, guids[start : start + _BULK])
    return read


def _bulk(client: Catalogue, guids: Sequence[str]) -> dict[str, Entity]:
    try:
        answer = client.get("entity/bulk", params=[("guid", guid) for guid in guids])
    except Rejected as error:
        if error.status != 404:
            raise
        if len(guids) == 1:
            return {}
        middle = len(guids) // 2
        return _bulk(client, guids[:middle]) | _bulk(client, guids[middle:])
    return {**(answer.get("referredEntities") or {}), **{one["guid"]: one for one in answer.get("entities") or ()}}
