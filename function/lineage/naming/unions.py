"""Branches of a UNION, and what the names of its columns tell of the ``*`` in them. Imports the SQL parser."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from lineage.naming.name_references import CommonTables
from lineage.naming.query import UNNAMED, Names, Output, Outputs


def is_part(expression: Any) -> bool:
    """Whether a set operation is the start of a chain of UNIONs, which is read as a whole."""
    return expression.arg_key == "this" and _goes_on(expression)


def parts_of(expression: Any) -> list[Any]:
    """The queries that a set operation puts together, those of a chain of UNIONs in one."""
    parts = [expression.expression]
    while _goes_on(expression.this):
        expression = expression.this
        parts.append(expression.expression)
    return [expression.this, *reversed(parts)]


def _goes_on(expression: Any) -> bool:
    """Whether nothing but another branch is added to this UNION: it has no order, no common tables of its own."""
    around, keys = expression.parent, ("by_name", "order", "limit", "with_")
    is_chain = isinstance(expression, exp.Union) and isinstance(around, exp.Union) and not around.args.get("by_name")
    return is_chain and not any(expression.args.get(key) for key in keys)


def names_of_unions(root: Any, names: Names, common: CommonTables) -> dict[int, tuple[Names, bool]]:
    """The names of the columns of each set operation that the query hands on as it is, by its id; and whether these are
    what another branch calls its columns."""
    found: dict[int, tuple[Names, bool]] = {}
    pending = [(root, False)]
    while pending:
        node, is_assumed = pending.pop()
        query = node.unnest() if isinstance(node, exp.Subquery) else node
        if isinstance(query, exp.SetOperation) and id(query) not in found:
            found[id(query)] = (names, is_assumed)
            pending += [(part, is_assumed or place > 0) for place, part in enumerate(parts_of(query))]
        elif isinstance(query, exp.Select):
            pending += [(one, is_assumed) for one in _handed_on(query, common)]
    return found


def _handed_on(select: exp.Select, common: CommonTables) -> Iterator[Any]:
    """The query whose columns are the select's own, all of them and in their order."""
    star, source = select.expressions[:1], getattr(select.args.get("from_"), "this", None)
    is_bare = len(select.expressions) == 1 and star[0].is_star and not _is_changed(star[0])
    if not is_bare or source is None or source.args.get("pivots"):
        return
    if any(select.args.get(key) for key in ("joins", "laterals", "match")) or source.args.get("joins"):
        return
    if source.alias_column_names:  # other names
        return
    if isinstance(source, exp.Subquery):
        yield source
    elif isinstance(source, exp.Table) and not source.db:
        query = common.query_of(source)
        if query is not None and not getattr(query.parent, "alias_column_names", ()):
            yield query


def _is_changed(star: Any) -> bool:
    star = star.this if isinstance(star, exp.Column) else star
    return any(star.args.get(key) for key in ("except_", "replace", "rename"))


def are_aligned(branches: Sequence[Outputs]) -> bool:
    """Whether all have one ``*`` at the same place, so that it stands for as many columns in each."""
    shapes = {tuple(output.is_star and not output.is_partial for output in branch) for branch in branches}
    is_partial = any(output.is_partial for branch in branches for output in branch)
    return len(shapes) == 1 and sum(next(iter(shapes))) == 1 and not is_partial


def placed(branches: list[Outputs], names: Names, *, is_assumed: bool) -> tuple[list[Outputs], set[int]]:
    """The branches with the columns that their ``*`` stands for, as many as ``names`` leaves them; and the tables whose
    columns are taken to be called so: of all but the first branch only the number is known."""
    told = [_placed(branch, names) for branch in branches]
    is_called_so = all(
        one.name.casefold() in {name.casefold(), UNNAMED} for one, name in zip(told[0], names, strict=False)
    )
    if not is_called_so or any(branch.has_star or len(branch) != len(names) for branch in told):
        return branches, set()
    assumed: set[int] = set()
    for place, (before, after) in enumerate(zip(branches, told, strict=True)):
        for star in before if before != after else ():
            assumed.update(star.tables if is_assumed or place else star.others)
    return told, assumed


def _placed(branch: Outputs, names: Names) -> Outputs:
    stars = [at for at, output in enumerate(branch) if output.is_star]
    count = len(names) - len(branch) + 1
    if len(stars) != 1 or count < 1 or branch.listed[stars[0]].is_partial:
        return branch
    at, star = stars[0], branch.listed[stars[0]]
    expanded = [Output(name, star.of(name)) for name in names[at : at + count]]
    return Outputs([*branch.listed[:at], *expanded, *branch.listed[at + 1 :]])


def starred(outputs: Sequence[Output], star: Any, value_of: Any) -> list[Output]:
    """The outputs of ``* EXCEPT (a) REPLACE (b + 1 AS b) RENAME (c AS d)``."""
    if not _is_changed(star):
        return list(outputs)
    left_out = {one.name.casefold() for one in star.args.get("except_") or ()}
    made = {one.alias.casefold(): Output(one.alias, value_of(one.this)) for one in star.args.get("replace") or ()}
    moved = {one.this.name.casefold(): Output(one.alias, value_of(one.this)) for one in star.args.get("rename") or ()}
    changed = made | moved
    kept = [changed.pop(one.name.casefold(), one) for one in outputs if one.name.casefold() not in left_out]
    return [replace(one, is_partial=one.is_partial or (one.is_star and bool(changed))) for one in kept] + list(
        changed.values()
    )
