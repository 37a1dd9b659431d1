"""What the names in a parsed query stand for: tables, queries, columns. Imports the SQL parser, as ``scopes.py``."""

from collections.abc import Iterable
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.model import Influence, Kind
from lineage.naming.from_clause import From
from lineage.naming.identifiers import Part, fold_case
from lineage.naming.name_references import CommonTables, reference_parts, table_parts, using_of
from lineage.naming.query import UNKNOWN, UNTOLD, Names, Origin, Output, Outputs, Value, merged, stronger
from lineage.naming.relational import pivoted, table_function, united
from lineage.naming.slots import leaves, row_of
from lineage.naming.unions import are_aligned, is_part, parts_of, placed

MOST = 1_000_000
"""Columns behind columns that are followed in one query; of one that has more, its tables only are told."""


class TooManyColumns(Exception):
    """A query whose columns lead to more columns than are followed."""


class Resolver:
    """Tables and columns by the names that a query has for them; its scopes are read innermost first.

    ``outputs`` holds what each query within it gives, once that was read.
    """

    def __init__(self, case: str, pseudo: frozenset[str] = frozenset(), *, has_structs: bool = False) -> None:
        """``case`` is what unquoted names fold to; ``pseudo`` are names, in upper case, that are no columns;
        ``has_structs``: ``a.b`` may be a field of the column ``a``."""
        self._case, self._pseudo, self._has_structs = case, pseudo, has_structs
        self._tables: dict[tuple[Part, ...], int] = {}
        self._outputs: dict[int, Outputs] = {}
        self._from_of: dict[int, From] = {}
        self._common = CommonTables()
        self._influences: list[tuple[tuple[Influence, frozenset[Origin]], ...]] = []
        self._names: dict[int, tuple[Names, bool]] = {}
        self._counts = False
        self._assumed: set[int] = set()
        self._steps: dict[tuple[frozenset[Origin], Kind], frozenset[Origin]] = {}
        self._followed = 0

    def _of(self, query: Any) -> Outputs:
        """What a query that was read gives."""
        query = query.unnest() if isinstance(query, exp.Query) else query
        if is_part(query):  # of a chain, which a recursion goes back to
            return self._united(query, [self._of(part) for part in parts_of(query)])
        return self._outputs.get(id(query), UNKNOWN)

    def _united(self, expression: Any, branches: list[Outputs]) -> Outputs:
        for branch in branches:
            self._follow(*branch.values())
        by_name = bool(expression.args.get("by_name"))
        has_places = not by_name and len(set(branches)) > 1 and any(branch.has_star for branch in branches)
        if not has_places:
            return united(branches, by_name=by_name)
        if not are_aligned(branches):
            names, is_assumed = self._names.get(id(expression), ((), False))
            self._counts = self._counts or not names
            branches, assumed = placed(branches, names, is_assumed=is_assumed)
            self._assumed |= assumed
        outputs = united(branches, by_name=False)
        self._assumed.update(table for output in outputs for table in output.others)
        return outputs

    def _function(self, function: Any, scope: Scope) -> Outputs:
        if isinstance(function, exp.Values):
            return Outputs([Output("")])
        found = [self._leaf(leaf, scope) for leaf, _, _ in leaves(function)]
        return Outputs([Output("", table_function(function, found))])

    def _leaf(self, leaf: Any, scope: Scope) -> Value:
        if isinstance(leaf, exp.Query):
            return merged(self._of(leaf).values())
        found = self._from(scope)
        row = row_of(leaf, found)
        if row is None:
            return self._resolve(leaf, scope)
        outputs = Outputs(found.star(row))
        return UNTOLD if outputs.has_star else merged(outputs.values())

    def _resolve(self, column: exp.Column, scope: Scope) -> Value:
        """The table columns behind a column reference, in the innermost scope that has it."""
        if column.name.upper() in self._pseudo and not column.this.args.get("quoted"):
            return Value()
        parts = [part.name.casefold() for part in column.parts]
        around: Scope | None = scope
        first: From | None = None
        while around is not None:
            found = self._from(around)
            for alias, at in reference_parts(parts):
                if alias in found:
                    named, outputs = column.parts[at], found[alias]
                    return outputs.find(named.name, self._stored(named)) or outputs.find(alias) or UNTOLD
            if len(found) and not column.table:
                return found.unqualified(column.name, self._stored(column.this)) or UNTOLD
            first = first or (found if len(found) else None)
            around = around.parent
        if first is None or not (self._has_structs or first.lists(parts[0])):
            return UNTOLD
        return first.unqualified(column.parts[0].name, self._stored(column.parts[0])) or UNTOLD

    def _from(self, scope: Scope, until: exp.Expr | None = None) -> From:
        """What stands in FROM, as far as ``until``; kept as soon as all that it needs is read.

        (``scope.sources`` has every common table as well, and of two tables of one name only one.)
        """
        found = self._from_of.get(id(scope))
        if found is None:
            hidden = frozenset(one.casefold() for one in scope.semi_or_anti_join_tables)
            found = self._from_of[id(scope)] = From(hidden, using_of(scope))
        if found.is_closed:
            return found
        found.is_closed = True  # a function in it sees what stands before
        references = scope.references
        while found.at < len(references) and references[found.at][1] is not until:
            alias, node = references[found.at]
            found.at += 1
            if alias in scope.sources:
                self._add(found, alias, node, scope)
        found.is_closed = until is None
        if not found.is_firm:
            del self._from_of[id(scope)]
        return found

    def _add(self, found: From, alias: str, node: Any, scope: Scope) -> None:
        source = scope.sources[alias]
        found.is_firm = found.is_firm and (isinstance(source, exp.Table) or id(source.expression) in self._outputs)
        if isinstance(source, exp.Table) and isinstance(node, exp.Table):
            source, is_twin = node, alias.casefold() in found and bool(node.db)
            alias = f"{node.db}.{alias}" if is_twin else alias
        outputs = self._source(source, scope)
        for pivot in node.args.get("pivots") or ():
            outputs, groups = pivoted(outputs, pivot)
            self._decide(Influence.GROUP, groups)
            alias = pivot.alias or alias
        found.add(alias, UNKNOWN if scope.expression.args.get("match") else outputs)

    def _source(self, table: exp.Table | Scope, scope: Scope) -> Outputs:
        """What a name in FROM gives."""
        if isinstance(table, Scope):
            return self._of(table.expression)
        if isinstance(table.this, exp.Func):
            return self._function(table.this, scope)
        common = None if table.db else self._common.query_of(table)
        if common is not None:
            return self._of(common)
        parts = table_parts(table)
        if not parts:  # files of a stage, variables, temporary tables
            return UNKNOWN
        return Outputs([Output("", table=self._tables.setdefault(parts, len(self._tables)))])

    def _stored(self, identifier: Any) -> str:
        return fold_case(Part(identifier.name, bool(identifier.args.get("quoted"))), self._case)

    def _decide(self, kind: Influence, values: Iterable[Value]) -> None:
        """The columns behind keys decide; what influences a key keeps its own kind as well."""
        for value in values:
            self._follow(value)
            self._influences += [((kind, value.everything()),), value.influences]

    def _stepped(self, origins: frozenset[Origin], kind: Kind) -> frozenset[Origin]:
        """The origins of a value that goes through one more step."""
        if (origins, kind) not in self._steps:
            stepped = frozenset(Origin(one.table, one.column, stronger(one.kind, kind)) for one in origins)
            self._steps[origins, kind] = origins if stepped == origins else stepped
        return self._steps[origins, kind]

    def _follow(self, *values: Value) -> None:
        self._followed += sum(value.size for value in values)
        if self._followed > MOST:
            raise TooManyColumns
