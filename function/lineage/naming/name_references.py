"""What names in a query stand for: tables, common tables, keys of USING, places. Imports the SQL parser."""

from collections.abc import Iterator
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.naming.identifiers import Part
from lineage.naming.query import Outputs, Value


def table_parts(table: exp.Table) -> tuple[Part, ...]:
    """The name as written: ``db..t`` with its empty part, ``#t`` with its mark."""
    levels = [table.args.get(level) for level in ("catalog", "db", "this")]
    while levels and levels[0] is None:
        del levels[0]
    return tuple(part for level in levels for part in _named(level))


def _named(level: Any) -> Iterator[Part]:
    if isinstance(level, exp.Dot):  # four parts and more
        yield from (part for inner in level.flatten() for part in _named(inner))
        return
    if not isinstance(level, exp.Expr):
        yield Part("")
        return
    mark = "##" if level.args.get("global_") else "#" if level.args.get("temporary") else ""
    yield Part(mark + level.name, bool(level.args.get("quoted")))


def common_table(table: exp.Table) -> exp.Expr | None:
    """The query of the common table that an unqualified name stands for, if any: letters' case is no difference.

    Within its own definition a name is the recursion, where there is a UNION, and else a real table.
    """
    node: exp.Expr | None = table
    while node is not None:
        node = node.parent
        if not isinstance(node, exp.Query) or not node.args.get("with_"):
            continue
        for cte in reversed(node.args["with_"].expressions):
            if cte.alias.casefold() != table.name.casefold():
                continue
            query = cte.this
            if not _lies_in(table, cte):
                return query.unnest() if isinstance(query, exp.Query) else query
            if isinstance(query, exp.SetOperation) and not _lies_in(table, query.this):
                return query.this.unnest() if isinstance(query.this, exp.Query) else query.this
    return None


def _lies_in(node: exp.Expr, outer: exp.Expr) -> bool:
    above: exp.Expr | None = node
    while above is not None and above is not outer:
        above = above.parent
    return above is outer


def using_sides(scope: Scope, aliases: list[str]) -> dict[str, list[str]]:
    """The sides that the column of a USING key comes from: left, right for a right join, both for a full one."""
    found: dict[str, list[str]] = {}
    for join in getattr(scope.expression, "args", {}).get("joins") or ():
        right = join.this.alias_or_name.casefold()
        for key in join.args.get("using") or ():
            left = found.get(key.name.casefold()) or aliases[:1]
            sides = {"RIGHT": [right], "FULL": [*left, right]}.get(join.side, left)
            found[key.name.casefold()] = [side for side in sides if side in aliases]
    return found


def by_number(clause: Any, select: Any, outputs: Outputs) -> list[Value]:
    """The outputs that ``GROUP BY 1, 2`` or ``ORDER BY 1`` names by their places.

    Numbers are masked (0) before they are stored: a GROUP BY then has every output that is no aggregate, by SQL's rule.
    """
    keys = [key.this if isinstance(key, exp.Ordered) else key for key in clause.expressions]
    places = [int(key.name) for key in keys if isinstance(key, exp.Literal) and key.name.isdecimal()]
    if outputs.has_star or not places:
        return []
    if any(places):
        return [outputs.listed[place - 1].value for place in places if 0 < place <= len(outputs)]
    plain = [not one.find(exp.AggFunc) for one in select.expressions]
    is_group = isinstance(clause, exp.Group)
    return [output.value for output, is_key in zip(outputs, plain, strict=False) if is_key and is_group]
