"""Expressions that a plan has only as Catalyst's text: ``concat(name#40626, ?, upper(name#40616))``.

Texts are tokens with parentheses, ``CASE WHEN a THEN b ELSE c END`` and ``if (a) b else c``; no more of their grammar
is needed to tell results from tests. Everything holds where literals, ``if`` and ``else`` among them, are masked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from lineage.model import Influence
from lineage.spline.catalyst import FILTER, MASK, WINDOW, Token, TokenKind, tokenize
from lineage.spline.origins import EMPTY, Trace, computed, everything, influenced, merged

Resolve = Callable[[Token], Trace]
"""What an attribute token stands for."""

KEPT_TEXTS, KEPT_TEXT, KEPT_NAMES = 128, 2_000, 20_000
"""How many readings are kept, of texts and of column names (all of a plan's) of how many characters at most."""
Read = TypeVar("Read")
Reader = Callable[[str, frozenset[str]], Read]
"""From a text and the names of the plan's columns to what the text says."""
VALUE, BOTH = "value", "both"
LITERALS = frozenset({TokenKind.NUMBER, TokenKind.STRING, TokenKind.WORD})
IFS, KEPT = frozenset({"if", MASK}), frozenset({"if", "else"})
NO_TOKEN = Token(TokenKind.SPACE, "")
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "nullif": (BOTH, Influence.CONDITION),
    "nvl2": (Influence.CONDITION, VALUE),
    **dict.fromkeys(("rank", "dense_rank", "percent_rank", WINDOW), (Influence.WINDOW,)),
    FILTER: (Influence.CONDITION,),
}
"""Functions (in lower case) and keywords before a parenthesis in which not all is a value; the last slot is that of
any further arguments. The function ``filter(array, lambda)`` is none of them."""


@dataclass(slots=True)
class _Frame:
    """An open parenthesis, CASE or ``if``: what an attribute met now would be."""

    kind: str
    slot: str
    outer: str
    slots: tuple[str, ...] = ()
    argument: int = 0


def kept(read: Reader[Read]) -> Reader[Read]:
    """``read``, which keeps what it has made of the last texts: every run of a job sends the same ones."""
    known = lru_cache(maxsize=KEPT_TEXTS)(read)

    def chosen(text: str, names: frozenset[str]) -> Read:
        keep = len(text) <= KEPT_TEXT and sum(map(len, names)) <= KEPT_NAMES
        return known(text, names) if keep else read(text, names)

    return chosen


@kept
def shared(_text: str, names: frozenset[str]) -> frozenset[str]:
    """One and the same set for all plans that have these names: what is kept by it is found at once."""
    return names


def tokens_of(text: str, names: frozenset[str]) -> list[Token]:
    """The tokens of ``text`` without blanks; ``names`` as ``tokenize`` has them."""
    return [token for token in tokenize(text, names=names) if token.kind is not TokenKind.SPACE]


def read_expression(tokens: Sequence[Token], resolve: Resolve) -> Trace:
    """The trace of the expression that ``tokens`` spell; ``expression AS name#id`` is that of the expression."""
    tokens = before_alias(tokens)
    if len(tokens) == 1 and tokens[0].kind is TokenKind.ATTRIBUTE:
        return resolve(tokens[0])
    reader = _Reader(resolve)
    for token, after in zip(tokens, [*tokens[1:], NO_TOKEN], strict=False):
        reader.take(token, after)
    return reader.trace


def before_alias(tokens: Sequence[Token]) -> Sequence[Token]:
    """``tokens`` up to an ``AS`` outside of all parentheses."""
    if "AS" not in [token.text for token in tokens]:
        return tokens
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.text == "AS":
            return tokens[:place]
    return tokens


def split(tokens: Sequence[Token], separator: str = ",") -> list[Sequence[Token]]:
    """``tokens`` cut at every ``separator`` outside of parentheses and brackets; none for no tokens."""
    parts: list[Sequence[Token]] = []
    depth = start = 0
    for place, token in enumerate(tokens):
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.text == separator:
            parts.append(tokens[start:place])
            start = place + 1
    return [*parts, tokens[start:]] if tokens else []


class _Reader:
    """Takes one token after the other; deep nesting is a list, not a recursion."""

    def __init__(self, resolve: Resolve) -> None:
        self.trace: Trace = EMPTY
        self._resolve = resolve
        self._frames: list[_Frame] = [_Frame("", VALUE, VALUE)]
        self._before = ""
        """The function or keyword right before, as ``ARGUMENTS`` has it."""

    def take(self, token: Token, after: Token) -> None:
        if token.kind is TokenKind.ATTRIBUTE:
            self._add(self._resolve(token))
        elif token.text in IFS and after.text == "(":
            self._test()
        elif token.text in _STEPS:
            _STEPS[token.text](self, token)
        if token.kind is TokenKind.FUNCTION:
            self._before = token.text.lower()
        else:
            self._before = token.text if token.kind is TokenKind.KEYWORD else ""

    def _add(self, trace: Trace) -> None:
        slot = self._frames[-1].slot
        if slot in (VALUE, BOTH):
            self.trace = merged((self.trace, computed((trace,))))
        if slot != VALUE:
            influence = Influence.CONDITION if slot == BOTH else Influence(slot)
            self.trace = influenced(self.trace, influence, everything(trace))

    def open(self, _token: Token) -> None:
        frame = self._frames[-1]
        slots = ARGUMENTS.get(self._before, ())
        slot = slots[0] if slots and frame.slot == VALUE else frame.slot
        if frame.kind == "if" and frame.argument == 0:
            slots, slot = (), _tested(frame.outer)
        self._frames.append(_Frame("(", slot, frame.slot, slots if frame.slot == VALUE else ()))

    def close(self, _token: Token) -> None:
        self._leave_ifs()
        if len(self._frames) > 1:
            self._frames.pop()
        frame = self._frames[-1]
        if frame.kind == "if" and frame.argument == 0:
            frame.argument, frame.slot = 1, frame.outer

    def comma(self, _token: Token) -> None:
        self._leave_ifs()
        frame = self._frames[-1]
        if frame.slots:
            frame.argument += 1
            frame.slot = frame.slots[min(frame.argument, len(frame.slots) - 1)]

    def _test(self) -> None:
        """``if``: a parenthesis with the condition, the value, ``else``, the other value."""
        frame = self._frames[-1]
        self._frames.append(_Frame("if", frame.slot, frame.slot))

    def case(self, _token: Token) -> None:
        frame = self._frames[-1]
        self._frames.append(_Frame("CASE", _tested(frame.slot), frame.slot))

    def branch(self, token: Token) -> None:
        self._leave_ifs()
        frame = self._frames[-1]
        if frame.kind == "CASE":
            frame.slot = _tested(frame.outer) if token.text == "WHEN" else frame.outer

    def end(self, _token: Token) -> None:
        self._leave_ifs()
        if self._frames[-1].kind == "CASE":
            self._frames.pop()

    def _leave_ifs(self) -> None:
        while self._frames[-1].kind == "if":
            self._frames.pop()


def _tested(slot: str) -> str:
    """What a condition is where a value would be ``slot``: within a key or a condition, all is that."""
    return Influence.CONDITION if slot in (VALUE, BOTH) else slot


_STEPS: Mapping[str, Callable[[_Reader, Token], None]] = {
    **dict.fromkeys(OPENING, _Reader.open),
    **dict.fromkeys(CLOSING, _Reader.close),
    ",": _Reader.comma,
    "CASE": _Reader.case,
    "WHEN": _Reader.branch,
    "THEN": _Reader.branch,
    "ELSE": _Reader.branch,
    "END": _Reader.end,
}
