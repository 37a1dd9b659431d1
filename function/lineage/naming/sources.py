"""Name one source: spell it canonically, find its row in the naming table, fill the row's templates."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec

from lineage.model import AssetName, Column, Dataset, Kind, Note, Source
from lineage.naming.context import Naming, NamingContext
from lineage.naming.databases import spell_database
from lineage.naming.databricks import shorten
from lineage.naming.folding import is_file
from lineage.naming.jdbc_uri import Spelled, take_apart
from lineage.naming.query import Query
from lineage.naming.relations import read_relation, relation_name
from lineage.naming.rule import Rule
from lineage.naming.rules import RULES
from lineage.naming.shapes import shape
from lineage.naming.spelling import Reading, Spelling
from lineage.naming.spellings import VOLATILE, spell
from lineage.naming.tables import spell_table, table_parts
from lineage.naming.uri import LONGEST, clean, clean_lines, decode_once, normalise, scheme_of

IGNORED = "ignored"
"""The rule of a source that leaves nothing behind; it has no dataset."""
UNMAPPED = "unmapped"
"""The last row of the table."""


def name_source(source: Source, context: NamingContext, *, rules: tuple[Rule, ...] = RULES) -> Naming:
    """The datasets that a source stands for, under their catalogue names. Pure; never raises on any text.

    The URI of a table of the catalogue (``source.table``) is taken for percent-encoded, every other for literal.
    """
    if rules is not RULES:
        return _name_source(source, context, rules)
    naming = name_place(source, context)
    if naming.query or not source.columns:
        return _name_source(source, context, rules) if naming.query else naming
    return naming.with_columns(source.columns)


def name_place(source: Source, context: NamingContext) -> Naming:
    """The same without the source's columns."""
    bare = Source(source.uri, source.format, source.table, (), source.options, source.fold_files)
    return _remembered(bare, context)


@lru_cache(maxsize=4096)
def _remembered(source: Source, context: NamingContext) -> Naming:
    """Jobs read and write the same places again and again; naming one is most of what a small plan costs."""
    return _name_source(source, context, RULES)


def _name_source(source: Source, context: NamingContext, rules: tuple[Rule, ...]) -> Naming:
    options = {key.lower(): clean(value) for key, value in source.options}
    text = clean(source.uri) or _uri_from_options(options)
    if scheme_of(text) in VOLATILE or source.format.lower() in VOLATILE or not (text or source.table):
        return Naming((), IGNORED, "high", ("nothing is left behind: no dataset",))
    told = read_relation(text) if relation_name(text) else None
    if told:
        told = msgspec.structs.replace(told, columns=source.columns, format=told.format or source.format)
        return name_source(told, context, rules=rules)
    spelled = _jdbc(source, text) if scheme_of(text) == "jdbc" else None
    if spelled:
        names = tuple(column.name for column in source.columns)
        spellings, query = spell_database(spelled, source.format, context, names)
    else:
        spellings, query = (_spell_uri(source, text, options, context),), None
    query = query.called([column.name for column in source.columns]) if query else None
    return _named(source, spellings, query, rules)


def _jdbc(source: Source, text: str) -> Spelled | None:
    uri = clean_lines(source.uri)
    return take_apart(uri or text, {key.lower(): clean_lines(value) for key, value in source.options})


def _named(source: Source, spellings: tuple[Spelling, ...], query: Query | None, rules: tuple[Rule, ...]) -> Naming:
    datasets: list[Dataset] = []
    steps: list[str] = []
    notes: list[Note] = []
    for index, spelling in enumerate(spellings):
        rule, _ = _match(spelling.uri, rules)
        if rule.name == UNMAPPED:
            spelling = replace(spelling, uri=normalise(spelling.uri))
        columns = _query_columns(query, index, source.columns) if query else source.columns
        datasets.append(_dataset(spelling, columns, source.format, rules))
        steps += [*spelling.steps, f"spelled {shorten(spelling.uri, 500)}", f"rule {rule.name}"]
        notes += spelling.notes
        if rule.name == UNMAPPED:
            notes.append(Note("unmapped", shape(spelling.uri)))
    first = datasets[0]
    return Naming(tuple(datasets), first.rule, first.confidence, tuple(steps), tuple(dict.fromkeys(notes)), query)


def _dataset(spelling: Spelling, columns: tuple[Column, ...], source_format: str, rules: tuple[Rule, ...]) -> Dataset:
    rule, groups = _match(spelling.uri, rules)
    asset = _asset(rule.type_name, rule.qualified_name, groups)
    label = spelling.label or rule.label.format_map(groups) or asset.qualified_name
    return Dataset(
        asset=asset,
        name=shorten(label, 200) or shorten(asset.qualified_name, 200),
        uri=_bounded(spelling.uri),
        format=source_format,
        columns=columns,
        alternates=tuple(dict.fromkeys(one for one in _alternates(spelling, rules) if one != asset)),
        rule=rule.name,
        confidence="low" if spelling.unsure else rule.confidence,
        place=_primary(spelling.place, rules) if spelling.place else None,
    )


def _primary(uri: str, rules: tuple[Rule, ...]) -> AssetName:
    rule, groups = _match(uri, rules)
    return _asset(rule.type_name, rule.qualified_name, groups)


def _alternates(spelling: Spelling, rules: tuple[Rule, ...]) -> Iterator[AssetName]:
    """Best first: other types of the same name, twins with theirs, other spellings."""
    rule, groups = _match(spelling.uri, rules)
    yield from _filled(rule, groups)
    for twin in spelling.twins:
        other, twin_groups = _match(twin, rules)
        yield _asset(other.type_name, other.qualified_name, twin_groups)
        yield from _filled(other, twin_groups)
    for variant in spelling.variants:
        yield _primary(variant, rules)
    yield from spelling.others


def _filled(rule: Rule, groups: Mapping[str, str]) -> Iterator[AssetName]:
    kind = "file" if is_file(groups.get("path", "").rpartition("/")[2]) else "folder"
    for alternate in rule.alternates:
        if alternate.only in {"", kind}:
            yield _asset(alternate.type_name, alternate.qualified_name, groups)


def _match(uri: str, rules: tuple[Rule, ...]) -> tuple[Rule, Mapping[str, str]]:
    for rule in rules:
        match = rule.pattern.fullmatch(uri)
        if match:
            return rule, _with_derived(match.groupdict(default=""))
    message = f"the naming table lacks its last row: nothing matches {shorten(uri)!r}"
    raise LookupError(message)


def _with_derived(groups: dict[str, str]) -> dict[str, str]:
    host = groups.get("host", "")
    place = f"{groups.get('container', '')}/{groups.get('path', '')}"
    tail = "/".join([section for section in place.split("/") if section][-2:])
    dfs, blob = host.replace(".blob.", ".dfs.", 1), host.replace(".dfs.", ".blob.", 1)
    return {**groups, "tail": tail, "dfs": dfs, "blob": blob}


def _asset(type_name: str, template: str, groups: Mapping[str, str]) -> AssetName:
    return AssetName(type_name, _bounded(template.format_map(groups)))


def _bounded(name: str) -> str:
    """Names longer than any store allows are cut, and end in a digest of the whole."""
    if len(name) <= LONGEST:
        return name
    return f"{name[:LONGEST]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _spell_uri(source: Source, text: str, options: Mapping[str, str], context: NamingContext) -> Spelling:
    parts = table_parts(tuple(clean(part) for part in source.table))
    if parts:
        text = clean(decode_once(text))
    path = spell(Reading(text, context, options, source.fold_files)) if text else None
    if not parts:
        return path or Spelling("unknown://")
    return spell_table(path, parts, context)


def _query_columns(query: Query, table: int, columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns of one table of a query; with a type where the query hands the column on as it is."""
    types: dict[str, str] = {}
    for column in columns:
        for origin in sorted(query.value(column.name).direct):
            if origin.table == table:
                types.setdefault(origin.column, "")
                if origin.kind is Kind.IDENTITY:
                    types[origin.column] = types[origin.column] or column.type
    return tuple(Column(name, kind) for name, kind in types.items())


_OPTION_URIS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("url",), "{0}"),
    (("path",), "{0}"),
    (("sfurl", "sfdatabase", "sfschema", "dbtable"), "snowflake://{0}/{1}.{2}.{3}"),
    (
        ("spark.cosmos.accountendpoint", "spark.cosmos.database", "spark.cosmos.container"),
        "azurecosmos://{0}/dbs/{1}/colls/{2}",
    ),
    (("kustocluster", "kustodatabase", "kustotable"), "azurekusto://{0}/{1}/{2}"),
    (("kafka.bootstrap.servers", "subscribe"), "kafka://{0}/{1}"),
    (("kafka.bootstrap.servers", "topic"), "kafka://{0}/{1}"),
)
"""Connectors that have no URI of their own: the options that they all need, and the URI that these make."""


def _uri_from_options(options: Mapping[str, str]) -> str:
    for keys, template in _OPTION_URIS:
        values: list[Any] = [options.get(key, "") for key in keys]
        if all(values):
            return template.format(*values)
    return ""
