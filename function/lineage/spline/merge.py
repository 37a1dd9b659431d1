"""MERGE, UPDATE and DELETE: what the agent sends as text only.

``Update [condition: (country#3 = DE), actions: [`id` = id#1L, `name` = upper(name#9)]]``: agents up to 2.2.0 leave the
computed expressions of clauses out of the plan, and all agents send conditions and the expressions of UPDATE as text.
"""

from collections.abc import Iterable, Iterator, Set

from msgspec import Struct
from msgspec.structs import replace

from lineage.model import Influence
from lineage.spline.bindings import Evidence, Mention, bind, certain, folded, mention
from lineage.spline.catalyst import Token
from lineage.spline.clauses import Expression, read_clause, read_text
from lineage.spline.elisions import note_left_out
from lineage.spline.graph import Graph, parameter
from lineage.spline.origins import EMPTY, NONE, PLACE, Trace, collect, merged
from lineage.spline.spelling import spell
from lineage.spline.texts import Resolve, read_expression
from lineage.spline.trace import Tracer
from lineage.spline.wire import Attribute, Operation, text_of

MERGES = frozenset({"MergeIntoCommand", "MergeIntoCommandEdge"})
REWRITES = frozenset({"UpdateCommand", "UpdateCommandEdge", "DeleteCommand", "DeleteCommandEdge"})
INSERTS = ("notMatchedClauses",)
CLAUSES = ("matchedClauses", "notMatchedClauses", "notMatchedBySourceClauses")

Actions = dict[str, list[Expression]]
"""The expressions that a target column is set to, by the column's name."""


class Rewrite(Struct, frozen=True):
    """What the texts of a command say: per column its expressions, and the keys."""

    actions: Actions
    keys: tuple[tuple[Influence, Expression], ...]
    inserts: frozenset[Mention] = frozenset()
    """What the clauses mention that see no target row."""

    def expressions(self) -> list[Expression]:
        """Everything that the texts assign or test."""
        assigned = [expression for column in self.actions.values() for expression in column]
        return [*assigned, *(expression for _, expression in self.keys)]

    def mentions(self) -> frozenset[Mention]:
        """Every column that the texts mention."""
        return _mentioned(self.expressions()) | self.inserts


class Rewriter:
    """Adds to a tracer what the texts of the plan's MERGE, UPDATE or DELETE tell."""

    def __init__(self, graph: Graph, tracer: Tracer) -> None:
        self._graph, self._tracer = graph, tracer
        self.expressions: dict[Attribute, list[Expression]] = {}
        self.added: list[Attribute] = []
        """Columns that the target gets by schema evolution: the clauses alone name them."""
        self.masks = [*NONE]

    def run(self) -> None:
        """State the traces of the target's columns, and collect the keys into ``masks``."""
        for operation in self._graph.titled(MERGES):
            if operation is not self._graph.write:
                self._merge(operation)
        write = self._graph.write
        if write.title in REWRITES:
            self._update(write)

    def _merge(self, operation: Operation) -> None:
        children = self._graph.children(operation)
        if len(children) < 2:
            self._tracer.notes.add("merge-without-sides", "a MERGE without its source or target")
            return
        source, target = (self._graph.attributes(child) for child in (children[0], children[-1]))
        outputs = self._graph.attributes(operation)
        rewrite = self._clauses(operation)
        inserted = frozenset(source)
        evidence = [Evidence(mention, inserted) for mention in rewrite.inserts]
        evidence += self._evidence(outputs, target, rewrite.actions)
        bound = bind(rewrite.mentions(), target, source, evidence)
        sides = _Sides(target, source, bound)
        actions = {name: [sides.told(one, name) for one in found] for name, found in rewrite.actions.items()}
        for output, old in zip(outputs, target, strict=False):
            self._set(output, old, actions.get(output.name or "", []), bound)
        known = {folded(output.name) for output in outputs}
        for name in actions:
            if folded(name) not in known:
                self._add(name, actions[name], bound)
        self._collect(rewrite, bound)

    def _clauses(self, operation: Operation) -> Rewrite:
        actions: Actions = {}
        names = self._tracer.names
        keys = [(Influence.JOIN, read_text(text_of(parameter(operation, "condition")), names))]
        for clause in [read_clause(text, names) for text in _texts(operation, CLAUSES)]:
            keys += [(Influence.CONDITION, condition) for condition in clause.conditions]
            for column, expression in clause.actions:
                actions.setdefault(column, []).append(expression)
        inserts = [read_clause(text, names).whole for text in _texts(operation, INSERTS)]
        return Rewrite(actions, tuple(keys), _mentioned(inserts))

    def _update(self, write: Operation) -> None:
        """The expressions of an UPDATE stand in the order of the target's columns."""
        target = self._graph.attributes(write)
        names = self._tracer.names
        texts = [read_text(text, names) for text in _texts(write, ("updateExpressions",))]
        actions: Actions = {column.name or "": [text] for column, text in zip(target, texts, strict=False)}
        rewrite = Rewrite(actions, ((Influence.FILTER, read_text(text_of(parameter(write, "condition")), names)),))
        bound = bind(rewrite.mentions(), target, (), ())
        traces = {old: self._tracer.trace(old) for old in target}
        resolve = self._resolver(bound, _mentioned(text for column in actions.values() for text in column))
        for old, expressions in zip(target, actions.values(), strict=False):
            self.expressions[old] = expressions
            new = [read_expression(expression.tokens, resolve) for expression in expressions]
            traces[old] = merged((traces[old], *new))
        self._collect(rewrite, bound)
        for old, trace in traces.items():
            self._tracer.assign(old, trace)

    def _set(
        self,
        output: Attribute,
        old: Attribute,
        expressions: list[Expression],
        bound: dict[Mention, frozenset[Attribute]],
    ) -> None:
        """A target column is itself, for the rows that are left as they are, and whatever a clause sets it to."""
        if not expressions and output.child_refs:
            return
        resolve = self._resolver(bound, _mentioned(expressions))
        self.expressions[output] = expressions
        found = [read_expression(expression.tokens, resolve) for expression in expressions]
        self._tracer.assign(output, merged((self._tracer.trace(old), *found)))

    def _add(self, name: str, expressions: list[Expression], bound: dict[Mention, frozenset[Attribute]]) -> None:
        """A new column has no old value. Its type is told where it is a column of the source."""
        resolve = self._resolver(bound, _mentioned(expressions))
        fillers = [bound[one] for expression in expressions for one in expression.bare]
        filler = next((column for columns in fillers if len(columns) == 1 for column in columns), None)
        column = Attribute(id=f"added {name}", name=name, data_type=filler.data_type if filler else None)
        self.added.append(column)
        self.expressions[column] = expressions
        self._tracer.assign(column, merged([read_expression(expression.tokens, resolve) for expression in expressions]))

    def _evidence(self, outputs: list[Attribute], target: list[Attribute], actions: Actions) -> Iterator[Evidence]:
        """Bare attributes must be among the columns that the plan has for the target column."""
        for output, old in zip(outputs, target, strict=False):
            bare = frozenset().union(*[expression.bare for expression in actions.get(output.name or "", ())])
            allowed = {node for node in self._graph.nodes(output.child_refs or ()) if isinstance(node, Attribute)}
            if len(bare) == 1 and len(allowed - {old}) == 1:
                allowed -= {old}
            for one in bare:
                yield Evidence(one, frozenset(allowed))

    def _collect(self, rewrite: Rewrite, bound: dict[Mention, frozenset[Attribute]]) -> None:
        for expression in rewrite.expressions():
            note_left_out(expression.tokens, self._tracer.notes)
        for influence, key in rewrite.keys:
            trace = read_expression(key.tokens, self._resolver(bound, key.mentions))
            collect(self.masks, PLACE[influence], trace)

    def _resolver(self, bound: dict[Mention, frozenset[Attribute]], mentioned: Set[Mention]) -> Resolve:
        tracer = self._tracer
        known = certain(bound, mentioned) if any(len(bound[mention]) > 1 for mention in mentioned) else mentioned

        def resolve(token: Token) -> Trace:
            meant = mention(token)
            columns = bound[meant]
            if not columns:
                tracer.notes.add("unknown-reference", f"{token.name}: no column of the command has this name")
            elif meant not in known:
                tracer.notes.add("ambiguous-reference", f"{token.name}: either side of the MERGE may be meant")
                return EMPTY
            found = [tracer.trace(column) for column in (sorted(columns, key=_name) if len(columns) > 1 else columns)]
            return found[0] if len(found) == 1 else merged(found)

        return resolve


class _Sides:
    """Tells the two sides of a MERGE apart where both have a column of one name: ``greatest(target.a, source.a)``."""

    def __init__(
        self, target: list[Attribute], source: list[Attribute], bound: dict[Mention, frozenset[Attribute]]
    ) -> None:
        self._target, self._source, self._bound = frozenset(target), frozenset(source), bound
        self._twice = {folded(column.name) for column in target} & {folded(column.name) for column in source}

    def told(self, expression: Expression, column: str) -> Expression:
        """``expression`` spelled so; a copy of a column of the same name as ``column`` needs no text."""
        copies = expression.bare and folded(expression.spelled) == folded(column)
        if copies or expression.spelled is None or self._twice.isdisjoint([name for name, _ in expression.mentions]):
            return expression
        return replace(expression, spelled=spell(expression.tokens, self._side))

    def _side(self, token: Token) -> str:
        meant = mention(token)
        columns = self._bound[meant] if meant[0] in self._twice else frozenset()
        if not columns:
            return ""
        return "target." if columns <= self._target else "source." if columns <= self._source else ""


def _texts(operation: Operation, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        texts = parameter(operation, name)
        yield from (text_of(text) for text in (texts if isinstance(texts, list) else ()))


def _mentioned(expressions: Iterable[Expression]) -> frozenset[Mention]:
    return frozenset().union(*[expression.mentions for expression in expressions])


def _name(column: Attribute) -> str:
    return column.name or ""
