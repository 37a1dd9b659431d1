"""Catalyst's texts as people write them: names without ids, literals as ``?``, and nothing that Spark has put around.

``cast(transform(a#1, lambdafunction((lambda x#2 + 1), lambda x#2, false)) as array<int>)`` reads as
``cast(transform(a, x -> x + ?) as array<int>)``. Deep nesting is a list here, not a recursion.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lineage.spline.catalyst import LAMBDA, MASK, Token, TokenKind
from lineage.spline.texts import CLOSING, KEPT, LITERALS, NO_TOKEN, OPENING, before_alias


@dataclass(slots=True)
class _Group:
    """What stands in parentheses or brackets, cut at its commas; ``function`` is the name right before, if any."""

    opening: Token
    function: Token | None = None
    parts: list[list["Item"]] = field(default_factory=lambda: [[]])
    closing: Token | None = None
    is_branch: bool = False
    """Whether it is a part of a CASE: keywords stand on both sides."""

    @property
    def name(self) -> str:
        return self.function.text.lower() if self.function else ""


Item = Token | _Group
Items = Sequence[Item]
HIDDEN = Token(TokenKind.WORD, MASK, MASK)
COMMA, OPEN, CLOSE = (Token(TokenKind.PUNCTUATION, text) for text in (",", "(", ")"))
CASTS = 5
"""Casts of one literal, one around the other."""
NULL = "null"
BEFORE_BRANCH = frozenset({"WHEN", "THEN", "ELSE"})
AFTER_BRANCH = frozenset({"WHEN", "THEN", "ELSE", "END"})
NAMES = frozenset({TokenKind.ATTRIBUTE, TokenKind.VARIABLE})


def spell(tokens: Sequence[Token], side: Callable[[Token], str] = lambda _: "") -> str:
    """``tokens`` as people write them. ``side`` is what comes before the name of a column."""
    written: list[str] = []
    before = NO_TOKEN
    for token in _written(_grouped(before_alias(tokens))):
        hidden = token.kind in LITERALS and token.text not in KEPT
        if hidden and written and written[-1].endswith(MASK):
            continue
        prefix = side(token) if token.kind is TokenKind.ATTRIBUTE else ""
        name = MASK if hidden else _name(token)
        written.append(f"{'' if _is_close(before, token) else ' '}{prefix}{name}")
        before = token
    return "".join(written)


def _name(token: Token) -> str:
    if token.kind is TokenKind.ELISION:
        return "…"
    return token.text if token.kind is TokenKind.FIELD else token.name or token.text


def _is_close(before: Token, token: Token) -> bool:
    """Whether no blank belongs between the two."""
    call = token.text == "(" and before.kind is TokenKind.FUNCTION
    element = token.text == "[" and (before.kind in NAMES or before.text in CLOSING)
    tight = before.text in OPENING or token.text in CLOSING or token.text in (",", ".") or before is NO_TOKEN
    return call or element or tight or token.kind is TokenKind.FIELD


def _grouped(tokens: Iterable[Token]) -> list[Item]:
    """``tokens`` with a group for each pair of brackets; one that is never closed goes up to the end."""
    current: list[Item] = []
    top, groups = current, list[_Group]()
    for token in tokens:
        if token.text in OPENING:
            groups.append(_opened(token, current))
            current = groups[-1].parts[-1]
        elif token.text in CLOSING and groups:
            groups.pop().closing = token
            current = groups[-1].parts[-1] if groups else top
        elif token.text == "," and groups:
            groups[-1].parts.append([])
            current = groups[-1].parts[-1]
        else:
            current.append(token)
    return top


def _opened(opening: Token, items: list[Item]) -> _Group:
    """The group that ``opening`` begins, as the last of ``items``; it has the function before it."""
    before = items[-1] if items and opening.text == "(" else None
    is_call = isinstance(before, Token) and before.kind is TokenKind.FUNCTION
    group = _Group(opening, before if is_call and isinstance(before, Token) else None)
    items[len(items) - is_call :] = [group]
    return group


def _written(items: Items) -> Iterable[Token]:
    """The tokens of ``items``, less what a rule leaves out and less parentheses around all."""
    pending = [*reversed(_bare(items))]
    while pending:
        item = pending.pop()
        if isinstance(item, _Group) and item.is_branch:
            item.is_branch = False
            pending += reversed(_bare([item]))
        elif isinstance(item, _Group):
            pending += reversed(RULES.get(item.name, _listed)(item))
        elif item.text != LAMBDA:
            yield item


def _bare(items: Items) -> Items:
    """``items`` less parentheses around all of them."""
    while len(items) == 1:
        group = items[0]
        if not isinstance(group, _Group) or group.function or group.opening.text != "(":
            break
        if len(group.parts) > 1 or group.closing is None:
            break
        items = group.parts[0]
    return _branches(items)


def _branches(items: Items) -> Items:
    """``items``, in which the parts of a CASE are to be written without parentheses around all of them."""
    words = [item.text if isinstance(item, Token) else "" for item in items]
    for item, before, after in zip(items, ["", *words], [*words[1:], ""], strict=False) if "CASE" in words else ():
        if isinstance(item, _Group):
            item.is_branch = before in BEFORE_BRANCH and after in AFTER_BRANCH
    return items


def _listed(group: _Group) -> list[Item]:
    """``f(a, b)``: all of its parts, with ``?`` for those that can only be literals."""
    parts = [part for part in group.parts if not _is_option(part)] if group.function else group.parts
    return _call(group, [_argument(part) if len(parts) > 1 else part for part in parts])


def _call(group: _Group, parts: Sequence[Items]) -> list[Item]:
    items: list[Item] = [*filter(None, [group.function]), group.opening]
    for place, part in enumerate(parts):
        items += [COMMA, *_bare(part)] if place else _bare(part)
    return [*items, group.closing] if group.closing else items


def _argument(part: Items) -> Items:
    """An empty text is a literal, and so is an operator that nothing is an operand of."""
    operator = len(part) == 1 and isinstance(part[0], Token) and part[0].kind is TokenKind.OPERATOR
    return [HIDDEN] if operator or not part else part


def _is_option(part: Items) -> bool:
    """Whether ``part`` is the time zone that Spark has put there: ``Some(Etc/UTC)``."""
    return len(part) == 1 and isinstance(part[0], _Group) and part[0].name == "some"


def _cast(group: _Group) -> list[Item]:
    """A literal without the types that it is cast to."""
    value, kind = _cast_of(group)
    core = _core(value)
    if _is_literal(core):
        return [*core]
    return _call(group, [[*value, *kind[:1], HIDDEN]] if len(group.parts) > 1 else group.parts)


def _cast_of(group: _Group) -> tuple[Items, Items]:
    part = group.parts[0]
    place = next((place for place, item in enumerate(part) if isinstance(item, Token) and item.text == "as"), len(part))
    return part[:place], part[place:]


def _core(items: Items) -> Items:
    """What is left of a value without casts and without Delta's casts of arrays."""
    for _ in range(CASTS):
        group = items[0] if len(items) == 1 else None
        if not isinstance(group, _Group) or group.name not in ("cast", "transform"):
            break
        items = _cast_of(group)[0] if group.name == "cast" else _transform(group)
    return items


def _is_literal(items: Items) -> bool:
    tokens = [item for item in items if isinstance(item, Token) and (item.kind in LITERALS or item.text == NULL)]
    return 0 < len(tokens) == len(items)


def _lambda(group: _Group) -> list[Item]:
    """``lambdafunction((lambda x#1 > 2), lambda x#1, false)`` → ``x -> x > ?``."""
    body, variables = group.parts[0], _variables(group)
    if not variables:
        return _listed(group)
    listed = _call(_Group(OPEN, closing=CLOSE), [[one] for one in variables])
    names = listed if len(variables) > 1 else variables
    return [*names, Token(TokenKind.OPERATOR, "->"), *_bare(body)]


def _variables(group: _Group) -> list[Token]:
    parts = group.parts[1:-1] if group.name == "lambdafunction" else []
    return [item for part in parts for item in part if isinstance(item, Token) and item.kind is TokenKind.VARIABLE]


def _transform(group: _Group) -> list[Item]:
    """Delta casts arrays element by element, by a lambda of its own that changes nothing else."""
    last = group.parts[-1][0] if len(group.parts) == 2 and len(group.parts[-1]) == 1 else None
    own = isinstance(last, _Group) and [token.name for token in _variables(last)] == ["elementVar", "indexVar"]
    return group.parts[0] if own else _listed(group)


def _struct(group: _Group) -> list[Item]:
    """``named_struct(a, x#1, b, y#2)`` → ``struct(x, y)``: the names of the fields are literals."""
    names, values = group.parts[::2], group.parts[1::2]
    if len(names) != len(values) or not all(map(_is_literal, names)):
        return _listed(group)
    return [Token(TokenKind.FUNCTION, "struct"), *_call(_Group(group.opening, closing=group.closing), values)]


def _count(group: _Group) -> list[Item]:
    """``count(*)`` is one of a literal."""
    rows = len(group.parts) == 1 and _is_literal(group.parts[0])
    return _call(group, [[Token(TokenKind.OPERATOR, "*")]]) if rows else _listed(group)


def _first(group: _Group) -> list[Item]:
    return group.parts[0]


def _after(words: str) -> Callable[[_Group], list[Item]]:
    def rule(group: _Group) -> list[Item]:
        return [*group.parts[0], Token(TokenKind.KEYWORD, words)]

    return rule


RULES: Mapping[str, Callable[[_Group], list[Item]]] = {
    "cast": _cast,
    "count": _count,
    "lambdafunction": _lambda,
    "transform": _transform,
    **dict.fromkeys(("checkoverflowintableinsert", "outer"), _first),
    "isnull": _after("IS NULL"),
    "isnotnull": _after("IS NOT NULL"),
    **dict.fromkeys(("named_struct", "struct"), _struct),
}
"""How a call is written, by its function; any other as a call."""
