"""MERGE, UPDATE and DELETE: what the agent sends as text only.

``Update [condition: (country#3 = DE), actions: [`id` = id#1L, `name` = upper(name#9)]]``: agents up to 2.2.0 leave the
computed expressions of clauses out of the plan, and all agents send conditions and the expressions of UPDATE as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lineage.model import Influence
from lineage.spline.bindings import Evidence, Mention, bind, certain
from lineage.spline.catalyst import Token, TokenKind
from lineage.spline.graph import Graph, parameter
from lineage.spline.operators import collect
from lineage.spline.origins import EMPTY, Trace, merged
from lineage.spline.texts import Resolve, before_alias, read_expression, split, tokens_of
from lineage.spline.trace import Tracer
from lineage.spline.wire import Attribute, Operation, text_of

MERGES = frozenset({"MergeIntoCommand", "MergeIntoCommandEdge"})
UPDATES = frozenset({"UpdateCommand", "UpdateCommandEdge"})
DELETES = frozenset({"DeleteCommand", "DeleteCommandEdge"})
CLAUSES = ("matchedClauses", "notMatchedClauses", "notMatchedBySourceClauses")

Tokens = Sequence[Token]
Actions = dict[str, list[Tokens]]
"""The expressions that a target column is set to, by the column's name."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What the texts of a command say: per column its expressions, and the keys."""

    actions: Actions
    keys: tuple[tuple[Influence, Tokens], ...]
    inserts: tuple[Tokens, ...] = ()
    """The clauses that see no target row."""


class Rewriter:
    """Adds to a tracer what the texts of the plan's MERGE, UPDATE or DELETE tell."""

    def __init__(self, graph: Graph, tracer: Tracer) -> None:
        self._graph, self._tracer = graph, tracer
        self.expressions: dict[Attribute, list[Tokens]] = {}
        self.masks = [0] * len(Influence)
        self._known: dict[str, Tokens] = {}

    def run(self) -> None:
        """State the traces of the target's columns, and collect the keys into ``masks``."""
        for operation in self._graph.live:
            if operation.title in MERGES and operation is not self._graph.write:
                self._merge(operation)
        write = self._graph.write
        if write.title in UPDATES | DELETES:
            self._update(write)

    def _merge(self, operation: Operation) -> None:
        children = self._graph.children(operation)
        if len(children) < 2:
            self._tracer.notes.add("merge-without-sides", "a MERGE without its source or target")
            return
        source, target = (self._graph.attributes(child) for child in (children[0], children[-1]))
        outputs = self._graph.attributes(operation)
        rewrite = self._clauses(operation)
        evidence = [Evidence(mention, frozenset(source)) for mention in _mentioned(rewrite.inserts)]
        evidence += self._evidence(outputs, target, rewrite.actions)
        bound = bind(_mentions(rewrite), target, source, evidence)
        for output, old in zip(outputs, target, strict=False):
            self._set(output, old, rewrite.actions.get(output.name or "", []), bound)
        self._collect(rewrite, bound)

    def _clauses(self, operation: Operation) -> Rewrite:
        actions: Actions = {}
        keys = [(Influence.JOIN, self._tokens(parameter(operation, "condition")))]
        for text in _texts(operation, CLAUSES):
            for label, body in _labelled(self._tokens(text)):
                if label == "condition:":
                    keys.append((Influence.CONDITION, body))
                for column, expression in _assignments(body) if label == "actions:" else ():
                    actions.setdefault(column, []).append(expression)
        inserts = [self._tokens(text) for text in _texts(operation, ("notMatchedClauses",))]
        return Rewrite(actions, tuple(keys), tuple(inserts))

    def _update(self, write: Operation) -> None:
        """The expressions of an UPDATE stand in the order of the target's columns."""
        target = self._graph.attributes(write)
        texts = [self._tokens(text) for text in _texts(write, ("updateExpressions",))]
        actions: Actions = {column.name or "": [text] for column, text in zip(target, texts, strict=False)}
        rewrite = Rewrite(actions, ((Influence.FILTER, self._tokens(parameter(write, "condition"))),))
        bound = bind(_mentions(rewrite), target, (), ())
        traces = {old: self._tracer.trace(old) for old in target}
        resolve = self._resolver(bound, _mentioned(text for column in actions.values() for text in column))
        for old, expressions in zip(target, actions.values(), strict=False):
            self.expressions[old] = expressions
            new = [read_expression(expression, resolve) for expression in expressions]
            traces[old] = merged((traces[old], *new))
        self._collect(rewrite, bound)
        for old, trace in traces.items():
            self._tracer.assign(old, trace)

    def _set(
        self, output: Attribute, old: Attribute, expressions: list[Tokens], bound: dict[Mention, frozenset[Attribute]]
    ) -> None:
        """A target column is itself, for the rows that are left as they are, and whatever a clause sets it to."""
        if not expressions and output.child_refs:
            return
        resolve = self._resolver(bound, _mentioned(expressions))
        self.expressions[output] = expressions
        found = [read_expression(expression, resolve) for expression in expressions]
        self._tracer.assign(output, merged((self._tracer.trace(old), *found)))

    def _evidence(self, outputs: list[Attribute], target: list[Attribute], actions: Actions) -> Iterator[Evidence]:
        """Bare attributes must be among the columns that the plan has for the target column."""
        for output, old in zip(outputs, target, strict=False):
            found = (self._graph.node(ref) for ref in output.child_refs or ())
            allowed = {node for node in found if isinstance(node, Attribute)}
            bare = {mention for tokens in actions.get(output.name or "", ()) for mention in _bare(tokens)}
            if len(bare) == 1 and len(allowed - {old}) == 1:
                allowed -= {old}
            for mention in bare:
                yield Evidence(mention, frozenset(allowed))

    def _collect(self, rewrite: Rewrite, bound: dict[Mention, frozenset[Attribute]]) -> None:
        for influence, tokens in rewrite.keys:
            trace = read_expression(tokens, self._resolver(bound, _mentioned([tokens])))
            collect(self.masks, influence, trace)

    def _resolver(self, bound: dict[Mention, frozenset[Attribute]], mentioned: set[Mention]) -> Resolve:
        tracer = self._tracer
        known = certain(bound, mentioned) if any(len(bound[mention]) > 1 for mention in mentioned) else mentioned

        def resolve(token: Token) -> Trace:
            mention = _mention(token)
            columns = bound[mention]
            if not columns:
                tracer.notes.add("unknown-reference", f"{token.name}: no column of the command has this name")
            elif mention not in known:
                tracer.notes.add("ambiguous-reference", f"{token.name}: either side of the MERGE may be meant")
                return EMPTY
            return merged([tracer.trace(column) for column in sorted(columns, key=_name)])

        return resolve

    def _tokens(self, text: object) -> Tokens:
        spelled = text_of(text)
        if spelled not in self._known:
            self._known[spelled] = tokens_of(spelled, self._tracer.names)
        return self._known[spelled]


def _texts(operation: Operation, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        texts = parameter(operation, name)
        yield from (text_of(text) for text in (texts if isinstance(texts, list) else ()))


def _labelled(clause: Tokens) -> Iterator[tuple[str, Tokens]]:
    """``Update [condition: a, actions: [b]]`` → ``condition:`` and a, ``actions:`` and b without its brackets."""
    opening = next((place for place, token in enumerate(clause) if token.text == "["), len(clause))
    for part in split(clause[opening + 1 : -1]):
        if part and part[0].text == "actions:":
            yield "actions:", part[2:-1]
        elif part:
            yield part[0].text, part[1:]


def _assignments(actions: Tokens) -> Iterator[tuple[str, Tokens]]:
    """```` `name` = expression ````, separated by commas; a nested field stands for its column."""
    for part in split(actions):
        equals = next((place for place, token in enumerate(part) if token.text == "="), None)
        if equals and part[0].kind is TokenKind.QUOTED:
            yield part[0].name, part[equals + 1 :]


def _bare(tokens: Tokens) -> Iterator[Mention]:
    tokens = before_alias(tokens)
    if len(tokens) == 1 and tokens[0].kind is TokenKind.ATTRIBUTE:
        yield _mention(tokens[0])


def _mentions(rewrite: Rewrite) -> set[Mention]:
    texts = [tokens for column in rewrite.actions.values() for tokens in column]
    return _mentioned([*texts, *(tokens for _, tokens in rewrite.keys), *rewrite.inserts])


def _mentioned(texts: Iterable[Tokens]) -> set[Mention]:
    return {_mention(token) for tokens in texts for token in before_alias(tokens) if token.kind is TokenKind.ATTRIBUTE}


def _mention(token: Token) -> Mention:
    return token.name, int(token.id)


def _name(column: Attribute) -> str:
    return column.name or ""
