"""What Spark prints of a plan within an expression: a tree of operations, one a line, drawn with ``+-`` and ``:-``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from lineage.spline.catalyst import Token, TokenKind
from lineage.spline.identifiers import table_name
from lineage.spline.texts import before_alias, kept, split, tokens_of

INNER = frozenset({"scalar-subquery", "exists", "list", "lateral-subquery"})
"""What stands for a sub-query in an operation of a dump (``scalar-subquery#12 [outer#3]``); its dump comes first."""
BINARY = frozenset({"Join", "Intersect", "IntersectAll", "Except", "ExceptAll"})
"""Operations over two; those that list expressions are over one else."""
BRANCH = re.compile(r"[ :]*[+:]- ")
RELATIONS = frozenset({"Relation", "RelationV2", "HiveTableRelation"})
"""Operations that read a dataset."""
QUOTED = frozenset({"HiveTableRelation"})
"""Those whose table's name stands in backquotes."""
SELECTING = frozenset({"Project", "Aggregate"})
UNKNOWN = "?"
Tokens = Sequence[Token]


@dataclass(slots=True, eq=False)
class Node:
    """An operation of a dump: its class, what follows it, and the operation above it."""

    name: str
    tokens: Tokens
    parent: "Node | None"
    children: list["Node"] = field(default_factory=list)
    inner: dict[str, "Node"] = field(default_factory=dict)
    """The sub-queries that its expressions have, by the ids that stand for them."""


@kept
def read_dump(text: str, names: frozenset[str]) -> Node | None:
    """The tree that a dump draws with ``+-`` and ``:-``, by how far its lines are indented."""
    path: list[tuple[int, Node]] = []
    root: Node | None = None
    for line in text.splitlines():
        tokens = tokens_of(line, names)
        place = next((place for place, token in enumerate(tokens) if token.kind is TokenKind.NODE), None)
        branch = BRANCH.match(line)
        if place is None and branch is None:
            continue
        depth = branch.end() if branch else 0
        while path and path[-1][0] >= depth:
            path.pop()
        parent = path[-1][1] if path else None
        node = Node(UNKNOWN, (), parent) if place is None else Node(tokens[place].text, tokens[place + 1 :], parent)
        if parent is not None:
            parent.children.append(node)
        root = root or node
        path.append((depth, node))
    for node in upwards(root) if root else ():
        _set_apart(node)
    return root


def _set_apart(node: Node) -> None:
    """The dumps of an operation's sub-queries stand before those of its rows."""
    stand_ins = [token.id for token in node.tokens if token.kind is TokenKind.ATTRIBUTE and token.name in INNER]
    count = len(node.children) - (2 if node.name in BINARY else 1)
    if stand_ins and count > 0:
        node.inner = dict(zip(stand_ins, node.children[:count], strict=False))
        node.children = node.children[count:]


def upwards(root: Node) -> Iterator[Node]:
    """Every operation, those below before those above; sub-queries see the rows of the operation that they are in."""
    ordered, pending = [], [root]
    while pending:
        node = pending.pop()
        ordered.append(node)
        pending += [*node.children, *node.inner.values()]
    return reversed(ordered)


def lists(node: Node) -> list[Tokens]:
    """What stands in brackets after the operation: ``[keys], [a AS x#3]``."""
    return [part[1:-1] for part in split(node.tokens) if part and part[0].text == "["]


def selected(root: Node | None) -> Tokens:
    """The one value that a dump selects; nothing where it selects several or does not tell."""
    node = root
    while node is not None and node.name not in SELECTING:
        node = node.children[0] if len(node.children) == 1 else None
    values = split(lists(node)[-1]) if node is not None and lists(node) else []
    return before_alias(values[0]) if len(values) == 1 else ()


def quoted(tokens: Tokens) -> str:
    """The first name in backquotes."""
    return next((token.name for token in tokens if token.kind is TokenKind.QUOTED), "")


def table_of(node: Node) -> tuple[str, ...]:
    """The table that a relation is: ``Relation sales.orders[…]``, ``HiveTableRelation [`sales`.`orders`, …]``."""
    name = next((token.name for token in node.tokens if token.kind is TokenKind.NAME), "")
    if node.name in QUOTED:
        parts = takewhile(lambda token: token.text != ",", node.tokens[1:])
        name = "".join(token.text for token in parts if token.kind is TokenKind.QUOTED or token.text == ".")
    return table_name({"table": {"identifier": name}})


def is_path(token: Token) -> bool:
    """Whether ``token`` is a path in the place of a table's name."""
    return token.kind is TokenKind.QUOTED and ":/" in token.name
