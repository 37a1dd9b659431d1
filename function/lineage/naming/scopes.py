"""Where the columns of a parsed query come from, scope by scope. Imports the SQL parser: only ``queries.py`` may.

What cannot be told (an unqualified column of two tables) is left out, never guessed. What counts as a direct source and
what as an influence is the same as for Spark's own plans.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.model import Influence, Kind
from lineage.naming.identifiers import Part, fold_case
from lineage.naming.query import Origin, Query, stronger


@dataclass(slots=True)
class _Outputs:
    """What a scope gives: origins by output name, in order, and the tables that it passes on whole."""

    columns: dict[str, set[Origin]] = field(default_factory=dict)
    stars: list[int] = field(default_factory=list)
    untold: set[str] = field(default_factory=set)

    def origins(self) -> set[Origin]:
        """Those of all columns."""
        return set().union(*self.columns.values())


class ScopeReader:
    """Walks the scopes of one query, innermost first."""

    def __init__(self, case: str, common: frozenset[str]) -> None:
        self._case = case
        self._common = common
        self._tables: dict[tuple[Part, ...], int] = {}
        self._outputs: dict[int, _Outputs] = {}
        self._influences: dict[Influence, set[Origin]] = {}

    def read(self, root: Scope) -> Query:
        """All that the query under ``root`` tells."""
        for scope in root.traverse():
            outputs = self._read_scope(scope)
            self._outputs[id(scope.expression)] = outputs
            if scope.is_subquery and _is_test(scope):
                self._influence(Influence.FILTER, outputs.origins())
        last = self._outputs[id(root.expression)]
        return Query(
            tables=tuple(self._tables),
            columns=tuple((name, tuple(sorted(origins))) for name, origins in last.columns.items()),
            stars=tuple(dict.fromkeys(last.stars)),
            untold=frozenset(last.untold),
            indirect=tuple(
                (kind, tuple(sorted(self._influences[kind]))) for kind in Influence if self._influences.get(kind)
            ),
        )

    def _read_scope(self, scope: Scope) -> _Outputs:
        self._from(scope)
        if isinstance(scope.expression, exp.SetOperation):
            return self._union(scope)
        self._clauses(scope)
        outputs = _Outputs()
        selects: list[exp.Expr] = scope.expression.args.get("expressions") or []
        for selected in selects:
            if selected.is_star:
                self._star(selected, scope, outputs)
            else:
                name, (origins, is_told) = selected.alias_or_name, self._value(selected, scope)
                outputs.columns.setdefault(name, set()).update(origins)
                outputs.untold |= set() if is_told else {name.casefold()}
        if scope.expression.args.get("distinct"):
            self._influence(Influence.GROUP, outputs.origins())
        return outputs

    def _union(self, scope: Scope) -> _Outputs:
        """By position; of INTERSECT and EXCEPT the left branch only."""
        branches = [self._outputs[id(branch.expression)] for branch in scope.set_operation_scopes]
        if not isinstance(scope.expression, exp.Union):
            for branch in branches:
                self._influence(Influence.JOIN, branch.origins())
            branches = branches[:1]
            if scope.expression.args.get("distinct"):
                self._influence(Influence.GROUP, branches[0].origins())
        stars = [star for branch in branches for star in branch.stars]
        outputs = _Outputs(stars=stars, untold=set().union(*(branch.untold for branch in branches)))
        for index, (name, origins) in enumerate(branches[0].columns.items()):
            outputs.columns[name] = set(origins)
            for branch in branches[1:]:
                outputs.columns[name].update(*list(branch.columns.values())[index : index + 1])
        return outputs

    def _star(self, selected: exp.Expr, scope: Scope, outputs: _Outputs) -> None:
        name = selected.table if isinstance(selected, exp.Column) else ""
        for alias, inner in self._from(scope).items():
            if name and alias != name.casefold():
                continue
            if isinstance(inner, int):
                outputs.stars.append(inner)
            elif inner is not None:
                outputs.stars += inner.stars
                outputs.untold |= inner.untold
                for column, origins in inner.columns.items():
                    outputs.columns.setdefault(column, set()).update(origins)

    def _value(self, selected: exp.Expr, scope: Scope) -> tuple[set[Origin], bool]:
        """Direct sources of one output, and whether these are all of them.

        The tested columns of CASE and the keys of windows go to the influences.
        """
        value = selected.unalias()
        if isinstance(value, exp.Column):
            resolved = self._resolve(value, scope)
            return set(resolved or ()), resolved is not None
        kind = Kind.AGGREGATION if _aggregates(value) else Kind.TRANSFORMATION
        tested = set(self._tested(value, scope))
        direct = [column for column in _columns(value) if id(column) not in tested]
        resolutions = [self._resolve(column, scope) for column in direct]
        found = {origin for resolved in resolutions for origin in resolved or ()}
        for inner in value.find_all(exp.Subquery):
            outputs = self._outputs.get(id(inner.this))
            found |= outputs.origins() if outputs else set()
        return {Origin(one.table, one.column, stronger(one.kind, kind)) for one in found}, None not in resolutions

    def _tested(self, value: exp.Expr, scope: Scope) -> Iterator[int]:
        tests = [test.this for test in value.find_all(exp.If, exp.Nvl2, exp.Case) if test.this]
        for test in value.find_all(exp.Nullif):  # if(this = expression, null, this)
            tests.append(test.expression)
            self._influence(Influence.CONDITION, self._all(_columns(test.this), scope))
        keys: list[tuple[Influence, Any]] = [(Influence.CONDITION, test) for test in tests]
        for window in value.find_all(exp.Window):
            keys += [(Influence.WINDOW, key) for key in window.args.get("partition_by") or ()]
            keys += [(Influence.WINDOW, window.args["order"])] if window.args.get("order") else []
        for kind, key in keys:
            for column in _columns(key):
                yield id(column)
            self._influence(kind, self._all(_columns(key), scope))

    def _clauses(self, scope: Scope) -> None:
        select = scope.expression
        clauses: list[tuple[Influence, Any]] = [
            (Influence.FILTER, select.args.get("where")),
            (Influence.FILTER, select.args.get("having")),
            (Influence.GROUP, select.args.get("group")),
            (Influence.SORT, select.args.get("order")),
        ]
        for join in select.args.get("joins") or ():
            clauses += [(Influence.JOIN, join.args.get("on"))]
            for key in join.args.get("using") or ():
                for source in self._from(scope).values():
                    self._influence(Influence.JOIN, self._column_of(source, key) or ())
        for kind, clause in clauses:
            self._influence(kind, self._all(_columns(clause), scope) if clause else ())

    def _all(self, columns: Iterable[exp.Column], scope: Scope) -> Iterator[Origin]:
        return (origin for column in columns for origin in self._resolve(column, scope) or ())

    def _resolve(self, column: exp.Column, scope: Scope) -> tuple[Origin, ...] | None:
        """The table columns behind a column reference; ``None`` where it cannot be told."""
        return self._column_of(self._source_of(column, scope), column.this)

    def _column_of(self, source: int | _Outputs | None, identifier: Any) -> tuple[Origin, ...] | None:
        if source is None:
            return None
        if isinstance(source, int):
            return (Origin(source, self._stored(identifier)),)
        wanted = identifier.name.casefold()
        for name, origins in source.columns.items():
            if name.casefold() == wanted:
                return None if wanted in source.untold and not origins else tuple(origins)
        return (Origin(source.stars[0], self._stored(identifier)),) if len(set(source.stars)) == 1 else None

    def _source_of(self, column: exp.Column, scope: Scope | None) -> int | _Outputs | None:
        while scope is not None:
            sources = self._from(scope)
            if column.table:
                if column.table.casefold() in sources:
                    return sources[column.table.casefold()]
            elif sources:
                return _only(list(sources.values()), column.name.casefold())
            scope = scope.parent
        return None

    def _from(self, scope: Scope) -> dict[str, int | _Outputs | None]:
        """What stands in FROM, by alias in lower case. (``scope.sources`` has every common table as well.)"""
        return {alias.casefold(): self._source(source) for alias, (_, source) in scope.selected_sources.items()}

    def _source(self, source: exp.Table | Scope) -> int | _Outputs | None:
        """What a name in FROM stands for: a table's index, what an inner query gives, or nothing that can be told."""
        if not isinstance(source, exp.Table):
            return self._outputs.get(id(source.expression))
        if not source.db and source.name.casefold() in self._common:  # a recursive one, seen from inside
            return None
        parts = tuple(Part(part.name, bool(part.args.get("quoted"))) for part in source.parts)
        return self._tables.setdefault(parts, len(self._tables))

    def _stored(self, identifier: Any) -> str:
        return fold_case(Part(identifier.name, bool(identifier.args.get("quoted"))), self._case)

    def _influence(self, kind: Influence, origins: Iterable[Origin]) -> None:
        found = self._influences.setdefault(kind, set())
        found.update(Origin(origin.table, origin.column) for origin in origins)


def _only(sources: list[int | _Outputs | None], column: str) -> int | _Outputs | None:
    """The source of an unqualified column: the only one, or the only one that can have it."""
    if len(sources) == 1:
        return sources[0]
    named = [one for one in sources if isinstance(one, _Outputs) and column in map(str.casefold, one.columns)]
    tables = [one for one in sources if isinstance(one, int) or (isinstance(one, _Outputs) and one.stars)]
    candidates = [*named, *tables]
    return candidates[0] if len(candidates) == 1 else None


def _columns(expression: exp.Expr) -> Iterator[exp.Column]:
    """The columns of an expression, but those of queries inside it (they are scopes of their own)."""
    for node in expression.walk(prune=lambda node: isinstance(node, exp.Query)):
        if isinstance(node, exp.Column) and not node.is_star:
            yield node


def _aggregates(value: exp.Expr) -> bool:
    return any(not isinstance(call.parent, exp.Window) for call in value.find_all(exp.AggFunc))


def _is_test(scope: Scope) -> bool:
    """Whether a sub-query is tested, and no value that is selected or joined."""
    tests = (exp.Where, exp.Having, exp.Join, exp.Exists, exp.In)
    return isinstance(scope.expression.find_ancestor(exp.Select, exp.Lateral, *tests), tests)
