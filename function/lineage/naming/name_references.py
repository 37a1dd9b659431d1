"""What names in a query stand for: tables, common tables, keys of USING, places. Imports the SQL parser."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.naming.identifiers import Part
from lineage.naming.query import Outputs, Value

LINK = "\x1f"
"""Parts the name of a table from the database link that leads to it (``emp@link``), as long as the parser has it."""


def table_parts(table: exp.Table) -> tuple[Part, ...]:
    """The name as written: ``db..t`` with its empty part, a link as a first part ``@LINK``.

    Empty for what is no table that lasts: temporary tables (``#t``), variables, files of a stage.
    """
    if isinstance(table.this, exp.Parameter) or table.name.startswith("@"):
        return ()
    name = table.this if isinstance(table.this, exp.Identifier) else exp.to_identifier("")
    if name.args.get("temporary") or (name.name[:1] == "#" != name.name[1:2] and not name.args.get("quoted")):
        return ()
    levels = [table.args.get(level) for level in ("catalog", "db", "this")]
    while levels and levels[0] is None:
        del levels[0]
    link = table.meta.get("link")
    named = tuple(part for level in levels for part in _named(level))
    return (Part(f"@{link}", quoted=True), *named) if link else named


def _named(level: Any) -> Iterator[Part]:
    if isinstance(level, exp.Dot):  # four parts and more
        yield from (part for inner in level.flatten() for part in _named(inner))
        return
    if not isinstance(level, exp.Expr):
        yield Part("")
        return
    mark = "##" if level.args.get("global_") else ""
    yield Part(mark + level.name, bool(level.args.get("quoted")))


def put_links(tree: exp.Query) -> None:
    """Take the links off the names of tables and put them beside."""
    for table in tree.find_all(exp.Table):
        name, mark, link = table.name.partition(LINK)
        if mark:
            table.set("this", exp.to_identifier(name, quoted=bool(table.this.args.get("quoted"))))
            table.meta["link"] = link


class CommonTables:
    """The common tables of a query, by the names that stand for them."""

    def __init__(self) -> None:
        self._named: dict[int, dict[str, list[exp.CTE]]] = {}

    def query_of(self, table: exp.Table) -> exp.Expr | None:
        """The query of the common table that an unqualified name stands for, if any: letters' case is no difference.

        Within its own definition a name is the recursion, where there is a UNION, and else a real table.
        """
        node: exp.Expr | None = table
        while node is not None:
            node = node.parent
            if not isinstance(node, exp.Query) or not node.args.get("with_"):
                continue
            for cte in self._of(node.args["with_"]).get(table.name.casefold(), ()):
                query = cte.this
                if not _lies_in(table, cte):
                    return query.unnest() if isinstance(query, exp.Query) else query
                if isinstance(query, exp.SetOperation) and not _lies_in(table, query.this):
                    return query.this.unnest() if isinstance(query.this, exp.Query) else query.this
        return None

    def _of(self, clause: Any) -> dict[str, list[exp.CTE]]:
        """Those of a WITH, the last one of a name first."""
        if id(clause) not in self._named:
            named = self._named[id(clause)] = {}
            for cte in reversed(clause.expressions):
                named.setdefault(cte.alias.casefold(), []).append(cte)
        return self._named[id(clause)]


def drop_unread(tree: exp.Query) -> None:
    """Take out the common tables that nothing reads, and those that only these read."""
    read = Counter(table.name.casefold() for table in tree.find_all(exp.Table) if not table.db)
    named: dict[str, list[exp.CTE]] = {}
    for cte in tree.find_all(exp.CTE):
        named.setdefault(cte.alias.casefold(), []).append(cte)
    unread = [cte for alias in named if not read[alias] for cte in named[alias]]
    while unread:
        cte = unread.pop()
        for table in cte.find_all(exp.Table):
            alias = table.name.casefold()
            read[alias] -= not table.db
            if not table.db and not read[alias]:
                unread += named.pop(alias, [])
        cte.pop()


def _lies_in(node: exp.Expr, outer: exp.Expr) -> bool:
    above: exp.Expr | None = node
    while above is not None and above is not outer:
        above = above.parent
    return above is outer


def joins(select: Any) -> Iterator[Any]:
    """The joins of a FROM clause, those in brackets as well."""
    pending = [select]
    while pending:
        node = pending.pop()
        below = [getattr(node.args.get("from_"), "this", None), getattr(node, "this", None)]
        for join in node.args.get("joins") or ():
            yield join
            below.append(join.this)
        pending += [one for one in below if isinstance(one, exp.Table | exp.Subquery)]


def reference_parts(parts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What may be the alias in a dotted name, and where the column then stands: ``alias.column``,
    ``schema.table.column``, ``alias.column.field``."""
    if len(parts) > 1:
        yield from ((".".join(parts[:-1]), -1), (parts[-2], -1), (parts[0], 1))


@dataclass(frozen=True, slots=True)
class Using:
    """The keys of USING: ``sides`` are the aliases that a key's column comes from, none where that is not told;
    ``keys`` are the aliases whose columns are compared, as far as they are told."""

    sides: Mapping[str, Sequence[str]] = field(default_factory=dict)
    keys: Sequence[tuple[Any, Sequence[str]]] = ()


def using_of(scope: Scope) -> Using:
    """The column of a key is the left one, the right one of a right join, and made of both of a full one."""
    sides: dict[str, list[str]] = {}
    keys: list[tuple[Any, list[str]]] = []
    select: Any = scope.expression
    before = [getattr(getattr(select.args.get("from_"), "this", None), "alias_or_name", "").casefold()]
    for join in select.args.get("joins") or ():
        right = join.this.alias_or_name.casefold()
        for key in join.args.get("using") or ():
            name = key.name.casefold()
            left = sides.get(name, before[:] if len(before) == 1 and before[0] else [])
            keys.append((key, [*left, right]))
            sides[name] = [right] if join.side == "RIGHT" else left
            if join.side == "FULL" and left:
                sides[name] = [*left, right]
        before.append(right)
    return Using(sides, keys)


def by_number(clause: Any, select: Any, outputs: Outputs) -> list[Value]:
    """The outputs that ``GROUP BY 1, 2`` or ``ORDER BY 1`` names by their places.

    Numbers are masked (0) before they are stored: a GROUP BY then has every output that is no aggregate, by SQL's rule.
    """
    if isinstance(clause, exp.Group) and clause.args.get("all") and not outputs.has_star:
        return [output.value for output, one in zip(outputs, select.expressions, strict=False) if not _sums(one)]
    keys = [key.this if isinstance(key, exp.Ordered) else key for key in clause.expressions]
    places = [int(key.name) for key in keys if isinstance(key, exp.Literal) and key.name.isdecimal()]
    if outputs.has_star or not places:
        return []
    if any(places):
        return [outputs.listed[place - 1].value for place in places if 0 < place <= len(outputs)]
    if not isinstance(clause, exp.Group):
        return []
    return [output.value for output, one in zip(outputs, select.expressions, strict=False) if not _sums(one)]


def _sums(expression: Any) -> bool:
    return expression.find(exp.AggFunc) is not None
