"""For people: a plain list of assets with search, and one page per asset. No script, no request to anywhere."""

import html
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from local.catalogue import database as files
from local.catalogue import search
from local.catalogue.answers import Reading
from local.catalogue.database import Database
from local.catalogue.faults import Fault
from local.catalogue.graph import Entity, Graph
from local.catalogue.rest import Guard
from local.catalogue.typesystem import TypeSystem

PAGE_SIZE = 100
_FOLDED = 12
"""Lines of an attribute from which on it is folded."""
_HEADERS = {
    "content-security-policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #888; --accent: light-dark(#0b57d0, #8ab4f8) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
h1 { font-size: 1.5rem; margin: .5rem 0; overflow-wrap: anywhere } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
form { display: flex; gap: .5rem; margin: 1rem 0 } input { flex: 1; min-width: 0 }
input, button { font: inherit; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: .4rem }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600; color: var(--soft) }
th, td { padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td { overflow-wrap: anywhere } .fixed { white-space: nowrap } small { display: block; color: var(--soft) }
@media (max-width: 50rem) { .wide { display: none } }
.types { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem } .soft, .types, summary { color: var(--soft) }
.label { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-size: .85em }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: .9em/1.45 ui-monospace, monospace }
"""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages over one database."""

    database: Database
    guard: Guard
    search_lag: int = 0

    def routes(self) -> list[BaseRoute]:
        """``/`` and ``/asset/{guid}``."""
        return [Route("/", self._endpoint(_list_page)), Route("/asset/{guid}", self._endpoint(_asset_page))]

    def _endpoint(
        self, page: "Callable[[sqlite3.Connection, TypeSystem, Request], str]"
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            self.guard.user(request.headers.get("authorization", ""))
            return await run_in_threadpool(self._run, page, request)

        return endpoint

    def _run(self, page: "Callable[[sqlite3.Connection, TypeSystem, Request], str]", request: Request) -> Response:
        with self.database.reading() as connection:
            body = page(connection, self.database.types(connection), request)
        return HTMLResponse(body, headers=_HEADERS)


def _list_page(connection: sqlite3.Connection, types: TypeSystem, request: Request) -> str:
    words, wanted = request.query_params.get("q", ""), request.query_params.get("type", "")
    number = request.query_params.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1
    graph = Graph(connection)
    shown = search.joined("AND", [search.visible(types, files.calls(connection)), search.keywords(words)])
    of_type = search.Condition("type_name = ?", (wanted,)) if wanted else search.EVERYTHING
    matching = search.joined("AND", [shown, of_type])
    total = graph.count(f"WHERE {matching.sql}", matching.values)
    offset = (max(page, 1) - 1) * PAGE_SIZE
    clause = f"WHERE {matching.sql} ORDER BY fold(name), folded, id LIMIT ? OFFSET ?"
    found = graph.select(clause, [*matching.values, PAGE_SIZE, offset])
    counts = connection.execute(
        f"SELECT type_name, count(*) FROM entity WHERE {shown.sql} GROUP BY type_name ORDER BY type_name",  # noqa: S608 - conditions are ours, values are bound
        shown.values,
    )
    chips = " ".join(_chip(name, count, words, wanted) for name, count in counts)
    rows = [(_named(entity), _wide(entity.type_name), _wide(_when(entity.updated_at))) for entity in found]
    body = f"""
<h1>Catalogue</h1>
<form><input name="q" value="{_text(words)}" placeholder="Name, path or description" aria-label="Search" autofocus>
<button>Search</button></form>
<p class="types">{chips}</p>
{_table(("Name", _wide("Type"), _wide("Updated")), rows)}
<p class="soft">{_count(total)}{_paging(total, page, words, wanted)}</p>"""
    return _document("Catalogue", body)


def _asset_page(connection: sqlite3.Connection, types: TypeSystem, request: Request) -> str:
    guid = request.path_params["guid"]
    graph = Graph(connection)
    entity = graph.by_guid(guid)
    if entity is None:
        raise Fault.GUID(guid)
    shown = Reading(graph, types).one(entity)["entity"]
    relations = shown["relationshipAttributes"]
    facts = [
        (_fixed(name), _value(value))
        for name, value in sorted(shown["attributes"].items())
        if value not in (None, "", [], {}) and name not in relations and name not in ("name", "qualifiedName")
    ]
    facts += [(_fixed(name), _value(value)) for name, value in sorted(entity.custom_attributes.items())]
    sections = "".join(
        f"<h2>{_text(name)}</h2>{_related(related)}" for name, related in sorted(relations.items()) if related
    )
    labels = " ".join(f'<span class="label">{_text(label)}</span>' for label in entity.labels)
    body = f"""
<p><a href="/">← Catalogue</a></p>
<h1>{_text(entity.name)}</h1>
<p class="soft">{_text(entity.type_name)} · collection {_text(entity.collection)} {labels}</p>
<pre>{_text(entity.qualified_name)}</pre>
{"<h2>Attributes</h2>" + _table((), facts) if facts else ""}
{sections}
<p class="soft">Created {_when(entity.created_at)} by {_text(entity.created_by)}, updated {_when(entity.updated_at)} ·
<a href="/api/atlas/v2/entity/guid/{_text(entity.guid)}">JSON</a> ·
<a href="/api/atlas/v2/lineage/{_text(entity.guid)}">lineage as JSON</a></p>"""
    return _document(entity.name, body)


def _related(related: Any) -> str:
    entries = related if isinstance(related, list) else [related]
    return _table((), [(_anchor(each["guid"], each["displayText"]), _soft(each["typeName"])) for each in entries])


def _value(value: Any) -> str:
    """Plain text, or indented when it is (or holds) JSON."""
    if isinstance(value, str):
        if not value.startswith(("[", "{")):
            return _text(value)
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return _text(value)
    pretty = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    lines = pretty.count("\n") + 1
    shown = f"<pre>{_text(pretty)}</pre>"
    return shown if lines <= _FOLDED else f"<details><summary>{lines} lines</summary>{shown}</details>"


def _paging(total: int, page: int, words: str, wanted: str) -> str:
    pages = -(-total // PAGE_SIZE)
    steps = (("previous", page - 1), ("next", page + 1))
    links = (
        f' · <a href="{_address(q=words, type=wanted, page=number)}">{name}</a>'
        for name, number in steps
        if 1 <= number <= pages
    )
    return "".join(links)


def _chip(name: str, count: int, words: str, wanted: str) -> str:
    if name == wanted:
        return f'<span><a href="{_address(q=words)}"><b>{_text(name)}</b> ✕</a> {count}</span>'
    return f'<span><a href="{_address(q=words, type=name)}">{_text(name)}</a> {count}</span>'


def _address(**parameters: Any) -> str:
    return _text("/?" + urlencode({name: value for name, value in parameters.items() if value}))


def _table(titles: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _cells(row: tuple[str, ...]) -> Iterator[str]:
    return (f"<td>{cell}</td>" for cell in row)


def _named(entity: Entity) -> str:
    return f"{_anchor(entity.guid, entity.name)}<small>{_text(entity.qualified_name)}</small>"


def _wide(text: str) -> str:
    """Left out on a narrow screen."""
    return f'<span class="fixed soft wide">{_text(text)}</span>'


def _anchor(guid: str, text: str) -> str:
    return f'<a href="/asset/{_text(guid)}"><bdi>{_text(text)}</bdi></a>'


def _soft(text: str) -> str:
    return f'<span class="soft">{_text(text)}</span>'


def _fixed(text: str) -> str:
    return f'<span class="fixed">{_text(text)}</span>'


def _count(total: int) -> str:
    return "1 asset" if total == 1 else f"{total} assets"


def _when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _text(text: str) -> str:
    return html.escape(str(text))


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>{body}</body></html>'
    )
