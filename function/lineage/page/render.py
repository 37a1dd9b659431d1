"""One lineage page: a single HTML file that asks for nothing, with the graph as JSON in it."""

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import msgspec

from lineage.page.build import build
from lineage.page.graph import Dataset, Graph, Link, Process
from lineage.page.layout import Layout, lay_out
from lineage.page.read import Catalogue, everything, find, neighbourhood

SCRIPTS = (
    "model",
    "state",
    "place",
    "lens",
    "draw",
    "edges",
    "panel",
    "details",
    "search",
    "browse",
    "tools",
    "export",
    "keys",
    "page",
)
"""Parts of the one script, in order."""

Json = dict[str, Any]


def render_page(
    client: Catalogue,
    name_or_guid: str | None,
    *,
    depth: int = 3,
    live: bool = False,
    extras: Mapping[str, Any] | None = None,
) -> str:
    """The page of an asset with what lies up to ``depth`` datasets before and behind it, or of the whole catalogue.

    ``live`` lets the page ask its own server for what it does not have. ``extras`` is what a catalogue does not know:
    ``unmapped`` and ``parked`` (counts of sources without a rule, and of writes that could not be published),
    ``catalogue`` (what to call it). Raises ``NotFound`` and ``CatalogueError``.
    """
    answers = everything(client) if name_or_guid is None else neighbourhood(client, find(client, name_or_guid), depth)
    return render_graph(build(answers), depth=depth, live=live, extras=extras or {})


def render_graph(graph: Graph, *, depth: int, live: bool, extras: Mapping[str, Any]) -> str:
    """The page of a graph."""
    data = page_data(graph) | {"depth": depth, "live": live, "extras": dict(extras)}
    style, script, connect = _read("page.css"), _script(), "'self'" if live else "'none'"
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:;"
        f" connect-src {connect}; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "script": script, "data": in_script(msgspec.json.encode(data).decode())}
    page = _read("page.html")
    for name, text in parts.items():
        before, after = page.split(f"{{{{{name}}}}}")
        page = before + text + after
    return page


def page_data(graph: Graph) -> Json:
    """The graph as the page's script reads it; ``script/model.js`` describes the shape."""
    edges = graph.edges()
    layout = lay_out(len(graph.datasets) + len(graph.processes), edges)
    return {
        "focus": graph.focus,
        "cut": graph.cut,
        "datasets": [_dataset(dataset) for dataset in graph.datasets],
        "processes": [_process(process) for process in graph.processes],
        "spots": [[spot.part, spot.rank, spot.order] for spot in layout.spots],
        "edges": [_edge(layout, index, edge) for index, edge in enumerate(edges)],
    }


def in_script(json: str) -> str:
    """JSON that stays text inside a script element, whatever names it has."""
    for character in "<>&\u2028\u2029":
        json = json.replace(character, f"\\u{ord(character):04x}")
    return json


def _dataset(dataset: Dataset) -> Json:
    return {
        "key": dataset.key,
        "guid": dataset.guid,
        "type": dataset.type_name,
        "qualifiedName": dataset.qualified_name,
        "name": dataset.name,
        "kind": dataset.place.kind,
        "container": dataset.place.container,
        "path": dataset.place.path,
        "standing": dataset.standing,
        "columns": [[column.name, column.type] for column in dataset.columns],
    }


def _process(process: Process) -> Json:
    return {
        "key": process.key,
        "guid": process.guid,
        "type": process.type_name,
        "qualifiedName": process.qualified_name,
        "name": process.name,
        "inputs": process.inputs,
        "outputs": process.outputs,
        "hidden": process.hidden,
        "owners": process.owners,
        "links": [_link(link) for link in process.links],
        "statements": process.statements,
        "runs": process.runs,
        "runCount": process.run_count,
        "notes": process.notes,
        "noteCount": process.note_count,
        "cut": process.cut,
        "stale": process.stale,
    }


def _link(link: Link) -> list[Any]:
    sources = [[*at, str(kind)] for at, kind in link.sources]
    return [link.target, sources, link.influences, link.expressions]


def _edge(layout: Layout, index: int, edge: tuple[int, int]) -> list[Any]:
    lane = [[spot.rank, spot.order] for spot in layout.lanes[index]]
    return [*edge, int(index in layout.backwards), lane]


def _script() -> str:
    parts = "\n".join(_read(f"script/{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}\n}})();\n'


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
