"""Where the columns of a parsed query come from, scope by scope. Imports the SQL parser: only ``queries.py`` may.

What cannot be told (an unqualified column of two tables) is left out, never guessed. What counts as a direct source and
what as an influence is the same as for Spark's own plans.
"""

from collections.abc import Iterable
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.model import Influence, Kind
from lineage.naming.identifiers import Part, fold_case
from lineage.naming.name_references import by_number, common_table, table_parts, using_sides
from lineage.naming.query import UNKNOWN, UNTOLD, Origin, Output, Outputs, Query, Value, joined, merged, stronger
from lineage.naming.relational import one_text, pivoted, renamed, table_function, united
from lineage.naming.slots import leaves

_CLAUSES = (
    ("where", Influence.FILTER),
    ("prewhere", Influence.FILTER),
    ("connect", Influence.JOIN),
    ("having", Influence.FILTER),
    ("qualify", Influence.FILTER),
    ("group", Influence.GROUP),
    ("order", Influence.SORT),
)
_KNOWS_OUTPUTS = {"having", "qualify", "group", "order"}
"""Clauses in which a name may be an output's."""
NOTHING = Outputs(())
UNNAMED = "?"
"""The name of an output that the query gives none: the database makes one up."""


class ScopeReader:
    """Walks the scopes of one query, innermost first."""

    def __init__(self, case: str, pseudo: frozenset[str] = frozenset()) -> None:
        """``case`` is what unquoted names fold to; ``pseudo`` are names, in upper case, that are no columns."""
        self._case, self._pseudo = case, pseudo
        self._tables: dict[tuple[Part, ...], int] = {}
        self._outputs: dict[int, Outputs] = {}
        self._sources: dict[int, dict[str, Outputs]] = {}
        self._using: dict[int, dict[str, list[str]]] = {}
        self._influences: list[tuple[tuple[Influence, frozenset[Origin]], ...]] = []

    def read(self, root: Scope) -> Query:
        """All that the query under ``root`` tells."""
        for scope in root.traverse():
            self._outputs[id(scope.expression)] = renamed(self._read_scope(scope), scope.outer_columns)
        return Query(tuple(self._tables), self._outputs[id(root.expression)], joined(self._influences))

    def _read_scope(self, scope: Scope) -> Outputs:
        expression: Any = scope.expression
        if isinstance(expression, exp.SetOperation):
            return self._set_operation(expression, scope)
        if isinstance(expression, exp.UDTF):
            return self._lateral(expression, scope)
        if isinstance(expression, exp.Subquery):
            return self._of(expression)
        self._sources[id(scope)] = self._from(scope)
        outputs = Outputs(output for one in expression.expressions for output in self._selected(one, scope))
        self._clauses(expression, scope, outputs)
        return one_text(outputs) if expression.args.get("for_") else outputs

    def _of(self, query: Any) -> Outputs:
        """What a query that was read gives."""
        return self._outputs.get(id(query.unnest() if isinstance(query, exp.Query) else query), UNKNOWN)

    def _set_operation(self, expression: Any, scope: Scope) -> Outputs:
        """By position, or by name where it says so; of INTERSECT and EXCEPT the left branch only."""
        branches = [self._of(branch.expression) for branch in scope.set_operation_scopes]
        if not isinstance(expression, exp.Union):
            for branch in branches:
                self._decide(Influence.JOIN, branch.values())
            branches = branches[:1]
            if expression.args.get("distinct"):
                self._decide(Influence.GROUP, branches[0].values())
        outputs = united(branches, by_name=bool(expression.args.get("by_name")))
        for key, slots, _ in leaves(expression.args["order"]) if expression.args.get("order") else ():
            self._key(slots | {Influence.SORT}, outputs.find(key.name) or UNTOLD)
        return outputs

    def _lateral(self, expression: Any, scope: Scope) -> Outputs:
        """A query that may refer to its neighbours, or a function whose rows are made of its arguments."""
        if isinstance(expression, exp.Lateral) and isinstance(expression.this, exp.Query):
            return self._of(expression.this)
        function = expression.this if isinstance(expression, exp.Lateral) else expression
        around = scope.parent or scope
        self._sources[id(around)] = self._from(around, until=expression)
        outputs = self._function(function, around)
        del self._sources[id(around)]
        return outputs

    def _function(self, function: Any, scope: Scope) -> Outputs:
        if isinstance(function, exp.Values):
            return Outputs([Output("")])
        found = [self._leaf(leaf, scope) for leaf, _, _ in leaves(function)]
        return Outputs([Output("", table_function(function, found))])

    def _selected(self, selected: Any, scope: Scope) -> list[Output]:
        if selected.is_star:
            return self._star(selected, scope)
        value = selected.unalias()
        name = selected.alias or (value.name if isinstance(value, exp.Column | exp.Dot) else "")
        return [Output(name or UNNAMED, self._value(value, scope))]

    def _star(self, selected: Any, scope: Scope) -> list[Output]:
        name = selected.table.casefold() if isinstance(selected, exp.Column) else ""
        hidden = {one.casefold() for one in scope.semi_or_anti_join_tables}
        return [
            output
            for alias, outputs in self._from(scope).items()
            if alias == name or (not name and alias not in hidden)
            for output in outputs
        ]

    def _value(self, expression: Any, scope: Scope) -> Value:
        """What an expression is made of, and what decides it."""
        plain = expression.unnest()
        if isinstance(plain, exp.Column):
            return self._resolve(plain, scope)
        direct: set[Origin] = set()
        decided: list[tuple[tuple[Influence, frozenset[Origin]], ...]] = []
        is_told = True
        for leaf, slots, is_aggregated in leaves(plain):
            value = self._leaf(leaf, scope)
            if slots:
                everything = value.everything()
                decided.append(tuple((slot, everything) for slot in slots if slot is not Influence.FILTER))
                self._decide(Influence.FILTER, [value] if Influence.FILTER in slots else [])
            else:
                kind = Kind.AGGREGATION if is_aggregated else Kind.TRANSFORMATION
                direct |= {Origin(one.table, one.column, stronger(one.kind, kind)) for one in value.direct}
                is_told = is_told and value.told
            decided.append(value.influences)
        return Value(frozenset(direct), joined(decided), is_told)

    def _leaf(self, leaf: Any, scope: Scope) -> Value:
        if isinstance(leaf, exp.Column):
            return self._resolve(leaf, scope)
        return merged(self._of(leaf).values())

    def _clauses(self, select: Any, scope: Scope, outputs: Outputs) -> None:
        for name, kind in _CLAUSES:
            if select.args.get(name):
                self._clause(select.args[name], kind, scope, outputs if name in _KNOWS_OUTPUTS else NOTHING)
                if name in {"group", "order"}:
                    self._decide(kind, by_number(select.args[name], select, outputs))
        for join in select.args.get("joins") or ():
            if join.args.get("on"):
                self._clause(join.args["on"], Influence.JOIN, scope, NOTHING)
            for key in join.args.get("using") or ():
                found = [source.find(key.name, self._stored(key)) for source in self._from(scope).values()]
                self._decide(Influence.JOIN, [value for value in found if value])
        distinct = select.args.get("distinct")
        if distinct and distinct.args.get("on"):
            self._clause(distinct.args["on"], Influence.GROUP, scope, outputs)
        elif distinct:
            self._decide(Influence.GROUP, outputs.values())

    def _clause(self, clause: Any, kind: Influence, scope: Scope, outputs: Outputs) -> None:
        for leaf, slots, _ in leaves(clause):
            is_output = isinstance(leaf, exp.Column) and not leaf.table and outputs.has(leaf.name)
            value = outputs.find(leaf.name) if is_output else self._leaf(leaf, scope)
            self._key(slots | {kind}, value or UNTOLD)

    def _key(self, kinds: Iterable[Influence], value: Value) -> None:
        for kind in kinds:
            self._decide(kind, [value])

    def _decide(self, kind: Influence, values: Iterable[Value]) -> None:
        """The columns behind keys decide; what influences a key keeps its own kind as well."""
        for value in values:
            self._influences += [((kind, value.everything()),), value.influences]

    def _resolve(self, column: exp.Column, scope: Scope | None) -> Value:
        """The table columns behind a column reference, in the innermost scope that has it."""
        identifier = column.this
        if not column.table and identifier.name.upper() in self._pseudo:
            return Value()
        parts = [part.name.casefold() for part in column.parts]
        while scope is not None:
            sources = self._from(scope)
            if column.table:
                # ``alias.column``, ``schema.table.column``, ``alias.column.field``
                for key, at in ((".".join(parts[:-1]), -1), (parts[-2], -1), (parts[0], 1)):
                    if key in sources:
                        named = column.parts[at]
                        return sources[key].find(named.name, self._stored(named)) or UNTOLD
            elif sources:
                return self._unqualified(column.name, self._stored(identifier), scope)
            scope = scope.parent
        return UNTOLD

    def _unqualified(self, name: str, stored: str, scope: Scope) -> Value:
        hidden = {one.casefold() for one in scope.semi_or_anti_join_tables}
        sources = {alias: outputs for alias, outputs in self._from(scope).items() if alias not in hidden}
        if id(scope) not in self._using:
            self._using[id(scope)] = using_sides(scope, list(sources))
        sides = self._using[id(scope)].get(name.casefold())
        if sides:
            return merged(sources[side].find(name, stored) or UNTOLD for side in sides)
        named = [one for one in sources.values() if one.has(name)]  # a second one that has it would be an error
        candidates = named or [one for one in sources.values() if one.has_star]
        return (candidates[0].find(name, stored) if len(candidates) == 1 else None) or UNTOLD

    def _from(self, scope: Scope, until: exp.Expr | None = None) -> dict[str, Outputs]:
        """What stands in FROM, by alias in lower case, in order, as far as ``until``.

        (``scope.sources`` has every common table as well, and of two tables of one name only one.)
        """
        if id(scope) in self._sources:
            return self._sources[id(scope)]
        found = self._sources[id(scope)] = {}  # a function in FROM sees what stands before it
        for alias, node in scope.references:
            if node is until:
                break
            if alias not in scope.sources:
                continue
            source = scope.sources[alias]
            if isinstance(source, exp.Table) and isinstance(node, exp.Table):
                source, is_twin = node, alias.casefold() in found and bool(node.db)
                alias = f"{node.db}.{alias}" if is_twin else alias
            outputs = self._source(source, scope)
            for pivot in node.args.get("pivots") or ():
                outputs, groups = pivoted(outputs, pivot)
                self._decide(Influence.GROUP, groups)
                alias = pivot.alias or alias
            found[alias.casefold()] = outputs
        del self._sources[id(scope)]  # it may not be complete yet: only the scope that is read keeps it
        return found

    def _source(self, table: exp.Table | Scope, scope: Scope) -> Outputs:
        """What a name in FROM gives."""
        if isinstance(table, Scope):
            return self._of(table.expression)
        if isinstance(table.this, exp.Func):
            return self._function(table.this, scope)
        if table.name.startswith("@"):  # files of a stage
            return UNKNOWN
        common = None if table.db else common_table(table)
        if common is not None:
            return self._of(common)
        parts = table_parts(table)
        return Outputs([Output("", table=self._tables.setdefault(parts, len(self._tables)))])

    def _stored(self, identifier: Any) -> str:
        return fold_case(Part(identifier.name, bool(identifier.args.get("quoted"))), self._case)
