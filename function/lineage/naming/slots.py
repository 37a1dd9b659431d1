"""What an SQL expression does with each of its arguments. Imports the SQL parser: only ``queries.py`` may."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from sqlglot import exp

from lineage.model import Influence

Slots = frozenset[Influence]
"""What a part of an expression decides; empty where it is part of the value."""
Leaf = exp.Column | exp.Query | exp.Star

VALUE: Slots = frozenset()
_CONDITION, _WINDOW = frozenset({Influence.CONDITION}), frozenset({Influence.WINDOW})
_SORT, _FILTER = frozenset({Influence.SORT}), frozenset({Influence.FILTER})
_OF_ROWS = (exp.Lag, exp.Lead, exp.NthValue)
"""Functions of a window that hand on another row's value; the parser takes them for aggregates."""
_OF_A_ROW = {"row_to_json", "to_json", "to_jsonb", "json_agg", "jsonb_agg", "hstore", "to_json_string", "json_format"}
"""Functions that are given whole rows."""
_XML = {"value", "query", "exist", "nodes"}
"""Methods of an XML column."""
_INVERSE = (exp.PercentileCont, exp.PercentileDisc)
"""Aggregates whose value is what they are ordered by."""


def leaves(expression: exp.Expr) -> Iterator[tuple[Leaf, Slots, bool]]:
    """The columns and inner queries of an expression, what each decides, and whether it is aggregated.

    A ``*`` stands for whole rows, but for one that is counted. Without recursion: texts have chains of ten thousand
    terms.
    """
    pending: list[tuple[exp.Expr, Slots, bool]] = [(expression, VALUE, False)]
    while pending:
        node, slots, is_aggregated = pending.pop()
        if isinstance(node, exp.Dot):
            node = _dotted(node) or node
        if isinstance(node, exp.Column | exp.Query | exp.Star):
            if isinstance(node, exp.Query) or not (node.is_star and isinstance(node.parent, exp.Count)):
                yield node, slots, is_aggregated
            continue
        is_aggregated = is_aggregated or (isinstance(node, exp.AggFunc) and not isinstance(node, _OF_ROWS))
        slots_of = next((rule for kind, rule in _RULES.items() if isinstance(node, kind)), None)
        for key, argument in node.args.items():
            children = argument if isinstance(argument, list) else [argument]
            for index, child in enumerate(children):
                if isinstance(child, exp.Expr):
                    own = slots_of(node, key, index) if slots_of else VALUE
                    pending.append((child, slots | own, is_aggregated))
        if isinstance(node, exp.Nullif):  # if(this = expression, null, this): tested, and the value as well
            pending.append((node.this, slots | _CONDITION, is_aggregated))
        if isinstance(node, exp.Window) and node.alias and node.parent:
            pending += [(window, slots, is_aggregated) for window in _named_windows(node)]


def row_of(leaf: Any, aliases: Container[str]) -> str | None:
    """The alias in FROM whose whole row a leaf is (``t.*``, ``row_to_json(t)``), empty for all; ``None`` where it is
    none. That ``t`` alone is a row shows only where a function wants one: it is as well the name of a column."""
    if isinstance(leaf, exp.Star):
        return ""
    if leaf.is_star:
        return str(leaf.table.casefold())
    function = leaf.parent
    if leaf.table or not isinstance(function, exp.Func) or leaf.name.casefold() not in aliases:
        return None
    name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
    return str(leaf.name.casefold()) if name.casefold() in _OF_A_ROW else None


def _dotted(node: exp.Dot) -> exp.Column | None:
    """The column that a chain of dots starts with: ``(row).field``, and ``doc.value(…)`` of XML, whose names are apart
    from those of functions in a schema."""
    parts: list[Any] = list(node.flatten(unnest=False))
    if isinstance(parts[0], exp.Paren) and isinstance(parts[0].this, exp.Column) and not parts[0].this.table:
        return exp.column(parts[1].copy(), table=parts[0].this.this.copy()) if len(parts) > 1 else None
    method = next((at for at, part in enumerate(parts) if isinstance(part, exp.Func)), 0)
    if 0 < method <= 2 and parts[method].name.casefold() in _XML:
        return exp.column(parts[method - 1].copy(), table=parts[0].copy() if method == 2 else None)
    return None


def _named_windows(node: exp.Window) -> Iterator[exp.Expr]:
    """The definition of ``OVER name``."""
    select = node.find_ancestor(exp.Select)
    for window in (select.args.get("windows") if select else None) or ():
        if isinstance(window, exp.Window) and window is not node and window.name.casefold() == node.alias.casefold():
            yield from ([window] if not window.alias else ())


def _arguments(**slots: Slots) -> Callable[[Any, str, int], Slots]:
    return lambda _node, key, _index: slots.get(key, VALUE)


def _decode(node: Any, key: str, index: int) -> Slots:
    """``DECODE(value, search, result, …, default)``."""
    is_search = index % 2 == 1 and index + 1 < len(node.expressions)
    return _CONDITION if key == "expressions" and (index == 0 or is_search) else VALUE


def _within_group(node: Any, key: str, _index: int) -> Slots:
    return _SORT if key == "expression" and not isinstance(node.this, _INVERSE) else VALUE


def _order(node: Any, key: str, _index: int) -> Slots:
    """``array_agg(a ORDER BY b)``; any other ORDER BY is a key in whole."""
    return _SORT if key == "expressions" and node.this else VALUE


_RULES: Mapping[type[exp.Expr], Callable[[Any, str, int], Slots]] = {
    exp.If: _arguments(this=_CONDITION),
    exp.Case: _arguments(this=_CONDITION),
    exp.Nvl2: _arguments(this=_CONDITION),
    exp.Nullif: _arguments(expression=_CONDITION),
    exp.Filter: _arguments(expression=_CONDITION),
    exp.DecodeCase: _decode,
    exp.Window: _arguments(partition_by=_WINDOW, order=_WINDOW),
    exp.WithinGroup: _within_group,
    exp.Order: _order,
    exp.In: _arguments(query=_FILTER),
    exp.Exists: _arguments(this=_FILTER),
}
"""Expressions that do more with an argument than to take it for the value."""
