"""What UNION, PIVOT and functions in FROM make of the outputs below them. Imports the SQL parser, as ``scopes.py``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from lineage.model import Influence, Kind
from lineage.naming.query import UNKNOWN, UNTOLD, Origin, Output, Outputs, Value, joined, merged, stronger
from lineage.naming.slots import leaves
from lineage.naming.unions import are_aligned

GENERATORS = frozenset(
    {
        "string_split",
        "generate_series",
        "generate_subscripts",
        "split_to_table",
        "strtok_split_to_table",
        "json_each",
        "json_each_text",
        "jsonb_each",
        "jsonb_each_text",
        "json_object_keys",
        "jsonb_object_keys",
        "json_array_elements",
        "json_array_elements_text",
        "jsonb_array_elements",
        "jsonb_array_elements_text",
        "json_to_record",
        "json_to_recordset",
        "jsonb_to_record",
        "jsonb_to_recordset",
        "json_populate_recordset",
        "jsonb_populate_recordset",
        "jsonb_path_query",
        "regexp_matches",
        "regexp_split_to_table",
        "string_to_table",
        "json_table",
        "xmltable",
        "openjson",
        "nodes",
    }
)
"""Functions that the parser has no class for and that read nothing but their arguments."""


def renamed(outputs: Outputs, names: Sequence[str]) -> Outputs:
    """The outputs under the names of ``AS q(a, b)``; these tell nothing about the columns behind a ``*``."""
    if not names:
        return outputs
    if len(outputs) == 1 and outputs.has_star and outputs.listed[0].table is None:  # of a function
        return Outputs(Output(name, outputs.listed[0].value) for name in names)
    if outputs.has_star or len(names) != len(outputs):
        return UNKNOWN
    return Outputs(replace(output, name=name) for output, name in zip(outputs, names, strict=True))


def one_text(outputs: Outputs) -> Outputs:
    """What FOR JSON and FOR XML make: one text of all columns, under a name of the database's own."""
    value = merged(outputs.values())
    is_told = value.told and not outputs.has_star
    return Outputs([Output("", replace(_made(value, Kind.TRANSFORMATION), told=is_told))])


def united(branches: Sequence[Outputs], *, by_name: bool) -> Outputs:
    """The outputs of a UNION: by position, which nobody knows behind a ``*``; or by name. Names are the first's."""
    first, others = branches[0], branches[1:]
    if all(branch == first for branch in others):
        return first
    if by_name:
        return _by_name(branches)
    if are_aligned(branches):
        return Outputs(map(_stacked, zip(*branches, strict=True)))
    placed = next((index for index, output in enumerate(first) if output.is_star), len(first))
    return Outputs(_beside(output, index if index < placed else None, others) for index, output in enumerate(first))


def _by_name(branches: Sequence[Outputs]) -> Outputs:
    names = {output.name.casefold(): output.name for branch in branches for output in branch if not output.is_star}
    found = {name: [branch.find(name) for branch in branches] for name in names}
    columns = [Output(names[name], merged(one for one in found[name] if one)) for name in names]
    stars = [replace(star, value=replace(star.value, told=False)) for each in branches for star in each if star.is_star]
    return Outputs([*columns, *stars])


def _stacked(outputs: tuple[Output, ...]) -> Output:
    """The outputs of all branches at one place; a ``*`` stands for as many columns of each."""
    tables = [*dict.fromkeys(table for output in outputs for table in output.tables)]
    is_first = outputs[0].table is not None  # or it is a function that calls them so
    own, others = (tables[0] if is_first else None), tuple(tables[1:] if is_first else tables)
    return replace(outputs[0], value=merged(output.value for output in outputs), table=own, others=others)


def _beside(output: Output, index: int | None, others: Sequence[Outputs]) -> Output:
    values = [None if index is None else _at(branch, index) for branch in others]
    return replace(output, value=merged([output.value, *(value or UNTOLD for value in values)]))


def _at(branch: Outputs, index: int) -> Value | None:
    if index >= len(branch) or (branch.has_star and any(output.is_star for output in branch.listed[: index + 1])):
        return None
    return branch.listed[index].value


def pivoted(outputs: Outputs, pivot: Any) -> tuple[Outputs, list[Value]]:
    """The outputs of PIVOT or UNPIVOT, and the values that it groups by."""
    fields = [field for field in pivot.args.get("fields") or () if isinstance(field, exp.In)]
    if pivot.args.get("unpivot"):
        return _unpivoted(outputs, pivot, fields), []
    aggregates = [_aggregate(outputs, call) for call in pivot.expressions]
    keys = [_looked_up(outputs, column.name) for field in fields for column in field.this.find_all(exp.Column)]
    used = {column.name.casefold() for call in pivot.expressions for column in call.find_all(exp.Column)}
    used |= {column.name.casefold() for field in fields for column in field.this.find_all(exp.Column)}
    kept = [output for output in outputs if output.name.casefold() not in used]
    condition = joined([((Influence.CONDITION, key.everything()),) for key in keys])
    names = [name.name for name in pivot.args.get("columns") or ()]
    made = [
        Output(name, replace(value, influences=joined([value.influences, condition])))
        for index, name in enumerate(names)
        for value in aggregates[index % len(aggregates) :][:1]
    ]
    groups = [output.value for output in kept if not output.is_star]
    named = [name.name for name in getattr(pivot.args.get("alias"), "columns", ())]
    return renamed(Outputs([*kept, *(made or [Output("", UNTOLD)])]), named), groups


def _unpivoted(outputs: Outputs, pivot: Any, fields: list[Any]) -> Outputs:
    """Each value column is made of all the columns that are turned; the column of their names has no source."""
    turned = [column.name for field in fields for one in field.expressions for column in one.find_all(exp.Column)]
    values = merged(_looked_up(outputs, name) for name in turned)
    names = {name.casefold() for name in turned}
    kept = [output for output in outputs if output.name.casefold() not in names]
    made = [Output(name.name, values) for value in pivot.expressions for name in value.find_all(exp.Identifier)]
    labels = [Output(field.this.name) for field in fields]
    return Outputs([*kept, *made, *labels])


def _aggregate(outputs: Outputs, call: Any) -> Value:
    found = [_looked_up(outputs, leaf.name) for leaf, _, _ in leaves(call) if isinstance(leaf, exp.Column)]
    return _made(merged(found), Kind.AGGREGATION)


def _looked_up(outputs: Outputs, name: str) -> Value:
    return outputs.find(name) or UNTOLD


def table_function(function: Any, arguments: Iterable[Value]) -> Value:
    """Each column of a function in FROM: made of its arguments, and of more where the function may read tables."""
    value = _made(merged(arguments), Kind.TRANSFORMATION)
    is_ours = not isinstance(function, exp.Func | exp.Unnest) or isinstance(function, exp.Anonymous)
    is_known = not is_ours or function.name.casefold() in GENERATORS
    return value if is_known else replace(value, told=False)


def _made(value: Value, kind: Kind) -> Value:
    return replace(value, direct=frozenset(_stepped(value.direct, kind)))


def _stepped(origins: Iterable[Origin], kind: Kind) -> Iterator[Origin]:
    return (Origin(one.table, one.column, stronger(one.kind, kind)) for one in origins)
