"""Where the columns of a parsed query come from, scope by scope. Imports the SQL parser: only ``queries.py`` may.

What cannot be told (an unqualified column of two tables) is left out, never guessed. What counts as a direct source and
what as an influence is the same as for Spark's own plans.
"""

from collections.abc import Iterable
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.model import Influence, Kind
from lineage.naming.name_references import by_number, joins
from lineage.naming.query import UNNAMED, UNTOLD, Names, Origin, Output, Outputs, Query, Value, joined, union
from lineage.naming.relational import one_text, renamed
from lineage.naming.resolver import Resolver
from lineage.naming.slots import leaves
from lineage.naming.unions import is_part, names_of_unions, parts_of, starred

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


class ScopeReader(Resolver):
    """Walks the scopes of one query, innermost first."""

    def read(self, root: Scope, names: Names = ()) -> Query:
        """All that the query under ``root`` tells; ``names`` are those of its columns, where these are known."""
        self._names = names_of_unions(root.expression, names, self._common) if names else {}
        for scope in root.traverse():
            if not is_part(scope.expression):  # of a chain that is read as a whole
                self._outputs[id(scope.expression)] = renamed(self._read_scope(scope), scope.outer_columns)
        outputs = self._outputs[id(root.expression)]
        return Query(tuple(self._tables), outputs, joined(self._influences), self._counts, tuple(sorted(self._assumed)))

    def _read_scope(self, scope: Scope) -> Outputs:
        expression: Any = scope.expression
        if isinstance(expression, exp.SetOperation):
            return self._set_operation(expression)
        if isinstance(expression, exp.UDTF):
            return self._lateral(expression, scope)
        if isinstance(expression, exp.Subquery):
            return self._of(expression)
        self._from_of[id(scope)] = self._from(scope)
        outputs = Outputs(output for one in expression.expressions for output in self._selected(one, scope))
        self._clauses(expression, scope, outputs)
        return one_text(outputs) if expression.args.get("for_") else outputs

    def _set_operation(self, expression: Any) -> Outputs:
        """By position, or by name where it says so; of INTERSECT and EXCEPT the left branch only."""
        branches = [self._of(part) for part in parts_of(expression)]
        if not isinstance(expression, exp.Union):
            for branch in branches:
                self._decide(Influence.JOIN, branch.values())
            branches = branches[:1]
            if expression.args.get("distinct"):
                self._decide(Influence.GROUP, branches[0].values())
        outputs = self._united(expression, branches)
        for key, slots, _ in leaves(expression.args["order"]) if expression.args.get("order") else ():
            self._key(slots | {Influence.SORT}, outputs.find(key.name) or UNTOLD)
        return outputs

    def _lateral(self, expression: Any, scope: Scope) -> Outputs:
        """A query that may refer to its neighbours, or a function whose rows are made of its arguments."""
        if isinstance(expression, exp.Lateral) and isinstance(expression.this, exp.Query):
            return self._of(expression.this)
        function = expression.this if isinstance(expression, exp.Lateral) else expression
        around = scope.parent or scope
        found = self._from(around, until=expression)
        before, found.is_closed = found.is_closed, True  # it sees what stands before it
        self._from_of[id(around)] = found
        outputs = self._function(function, around)
        found.is_closed = before
        if not found.is_firm:
            del self._from_of[id(around)]
        return outputs

    def _selected(self, selected: Any, scope: Scope) -> list[Output]:
        if selected.is_star:
            star = selected.this if isinstance(selected, exp.Column) else selected
            outputs = self._from(scope).star(selected.table.casefold() if isinstance(selected, exp.Column) else "")
            return starred(list(outputs), star, lambda value: self._value(value, scope))
        value = selected.unalias()
        name = selected.alias or (value.name if isinstance(value, exp.Column | exp.Dot) else "")
        return [Output(name or UNNAMED, self._value(value, scope))]

    def _value(self, expression: Any, scope: Scope) -> Value:
        """What an expression is made of, and what decides it."""
        plain = expression.unnest()
        if isinstance(plain, exp.Column):
            return self._resolve(plain, scope)
        direct: list[frozenset[Origin]] = []
        decided: list[tuple[tuple[Influence, frozenset[Origin]], ...]] = []
        is_told = True
        for leaf, slots, is_aggregated in leaves(plain):
            value = self._leaf(leaf, scope)
            if direct or decided:  # there is something to put it to
                self._follow(value)
            if slots:
                everything = value.everything()
                decided.append(tuple((slot, everything) for slot in slots if slot is not Influence.FILTER))
                self._decide(Influence.FILTER, [value] if Influence.FILTER in slots else [])
            else:
                direct.append(self._stepped(value.direct, Kind.AGGREGATION if is_aggregated else Kind.TRANSFORMATION))
                is_told = is_told and value.told
            decided.append(value.influences)
        return Value(union(direct), joined(decided), is_told)

    def _clauses(self, select: Any, scope: Scope, outputs: Outputs) -> None:
        for name, kind in _CLAUSES:
            if select.args.get(name):
                self._clause(select.args[name], kind, scope, outputs if name in _KNOWS_OUTPUTS else NOTHING)
                if name in {"group", "order"}:
                    self._decide(kind, by_number(select.args[name], select, outputs))
        for join in joins(select):
            if join.args.get("on"):
                self._clause(join.args["on"], Influence.JOIN, scope, NOTHING)
        found = self._from(scope)
        for key, aliases in found.using.keys:
            sides = [found[alias].find(key.name, self._stored(key)) for alias in aliases if alias in found]
            self._decide(Influence.JOIN, [value for value in sides if value])
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
