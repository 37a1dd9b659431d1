"""Catalyst's string forms: conditions, MERGE clauses, UPDATE expressions, CASE branches and dumps of plans.

The agent sends these as Spark prints them (``TreeNode.simpleString``), so literals are not quoted: ``(country#3 = DE)``
compares with the text ``DE``. What can be told apart is told apart by what stands beside it; everything else is a
``WORD``. Texts that users wrote (``replaceWhere``) are SQL, where literals are quoted: see ``tokenize``'s ``sql``.

One pass, no recursion: the time is linear in the length of the text, whatever it holds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

MASK = "?"


class TokenKind(StrEnum):
    """What a run of characters is."""

    ATTRIBUTE = "attribute"
    """``name#12L``: ``Token.name`` is the name, ``Token.id`` is ``12``."""
    VARIABLE = "variable"
    """``x#12`` in ``lambda x#12``: what a lambda calls its argument, be it like a column; otherwise as an attribute."""
    FIELD = "field"
    """``.address.city`` behind an attribute: ``Token.name`` is ``address.city``."""
    QUOTED = "quoted"
    """```` `name` ````: ``Token.name`` has no quotes and single backquotes."""
    FUNCTION = "function"
    """A plain identifier directly before ``(``, where a function can stand."""
    NODE = "node"
    """The class of a node of a plan's dump (``Project``), at the beginning of a line."""
    NAME = "name"
    """What the node is called: the table of ``Relation``, the alias of ``SubqueryAlias``, a ``CTERelationDef``'s id."""
    TYPE = "type"
    """A type's name in a cast."""
    ELISION = "elision"
    """``... 22 more fields``, where Spark cuts a list short: ``Token.name`` is ``22``."""
    KEYWORD = "keyword"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    """Brackets and commas; the id of an expression without a name (``)#41``), which ``Token.id`` then holds."""
    NUMBER = "number"
    STRING = "string"
    """A quoted text, quotes included; in SQL only."""
    WORD = "word"
    """Any other run: a literal, or (in SQL) a bare column name."""
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as it stands in the source: the texts of all tokens together are the source."""

    kind: TokenKind
    text: str
    name: str = ""
    id: str = ""


def tokenize(text: str, *, names: frozenset[str] = frozenset(), sql: bool = False) -> tuple[Token, ...]:
    """The tokens of ``text``; their texts joined are ``text`` again. Never raises.

    The name before ``#12`` is the longest that can be one: words with blanks between them, back to a bracket, a comma,
    an operator or a keyword. ``names`` are the plan's column names: where one of them ends before the ``#``, the
    longest of them is the name, whatever characters it has.

    ``sql`` says that a user wrote ``text`` as SQL: literals stand in quotes, and there are no ``name#12``.
    """
    scanner = _SQL if sql else _CATALYST
    reader = _Reader(names)
    for match in scanner.finditer(text):
        group = match.lastgroup or ""
        reader.take(group, match[0], text[match.end() : match.end() + 1])
    return tuple(reader.tokens)


def mask_text(text: str, *, names: frozenset[str] = frozenset(), sql: bool = False) -> str:
    """``text`` with ``?`` for each run of tokens that may be a literal. Idempotent; arguments as ``tokenize`` has them.

    Attributes, quoted names, functions, operators, punctuation, keywords, types in casts, a dump's nodes with their
    names, and how much it leaves out stay. In SQL a bare word stays when it is one of ``names``. What cannot be told
    from the text: a literal that itself reads like ``word#12``, like a call (``word(`` behind a comma, a bracket or an
    operator) or like a quoted name, or that spells a keyword in its place, is kept as that. Such a literal can also
    hide the tokens that it imitates, never the ones beside it.
    """
    return "".join(_masked(tokenize(text, names=names, sql=sql), names if sql else frozenset()))


def _masked(tokens: tuple[Token, ...], words: frozenset[str]) -> Iterator[str]:
    hidden, space = False, ""
    for token in tokens:
        if token.kind is TokenKind.SPACE:
            space += token.text
            continue
        hide = token.kind in _HIDDEN and not (token.kind is TokenKind.WORD and token.text in words)
        if hide and hidden:
            space = ""
            continue
        yield space
        yield MASK if hide else token.text
        hidden, space = hide, ""
    yield space


_HIDDEN = frozenset({TokenKind.NUMBER, TokenKind.STRING, TokenKind.WORD})

_NODES = (
    "Aggregate|AppendData|CTERelationDef|CTERelationRef|DataSourceV2Relation|Deduplicate|Distinct|ExceptAll|Except|"
    "Expand|Filter|Generate|GlobalLimit|HiveTableRelation|InMemoryRelation|IntersectAll|Intersect|Join|LateralJoin|"
    "LocalLimit|LocalRelation|LogicalRDD|LogicalRelation|Offset|OneRowRelation|Pivot|Project|Range|"
    "RebalancePartitions|RelationV2|Relation|RepartitionByExpression|Repartition|"
    "ResolvedHint|Sample|Sort|SubqueryAlias|Tail|UnresolvedHint|Union|Unpivot|View|Window|WithCTE"
)
_NAMED_NODES = frozenset({"CTERelationDef", "CTERelationRef", "Join", "Relation", "RelationV2", "SubqueryAlias"})
"""Nodes whose class is followed by an identifier: a table, an alias, a number, the type of a join."""

_CATALYST = re.compile(
    rf"""
      (?P<node>(?:(?<=\A)|(?<=\n)|(?<=[+:]-\ ))(?:{_NODES})\b)
    | (?P<space>\s+)
    | (?P<id>\#[0-9]+L?(?![\w\#]))
    | (?P<field>(?<=[0-9L])(?:\.[^\W\d]\w*+)++(?=[\s()\[\]{{}},=]|\Z))
    | (?P<type>(?<=\ [aA][sS]\ )(?:decimal|char|varchar)\([0-9]+(?:,\ ?[0-9]+)?\)
      |(?<=\ as\ )(?:array|map|struct)<(?:[^()\s\#]|\([0-9]+(?:,[0-9]+)?\))++(?<=>)(?=\)))
    | (?P<elision>(?<=[,\ \[(])\.{{3}}\ [0-9]+\ more\ fields(?=[\])]))
    | (?P<quoted>`[^`]*+(?:``[^`]*+)*+`)
    | (?P<punctuation>[()\[\]{{}},]|\.(?=`)|(?<!\w)`)
    | (?P<operator>[-+~!](?=[^\W\d]|\?))
    | (?P<chunk>(?:[^\s()\[\]{{}},`\#]|(?<=\w)`|(?!\#[0-9]+L?(?![\w\#]))\#)++)
    """,
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = (
    "ALL|AND|ANY|AS|ASC|BETWEEN|BY|CASE|CAST|DESC|DISTINCT|ELSE|END|ESCAPE|EXISTS|FIRST|FOR|FROM|GROUP|HAVING|ILIKE|IN|"
    "INTERVAL|IS|LAST|LIKE|NOT|NULL|NULLS|ON|OR|ORDER|OVER|PARTITION|RLIKE|SELECT|SOME|THEN|WHEN|WHERE|WITH"
)
_SQL = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<keyword>(?i:{_KEYWORDS})\b)
    | (?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]+)?[A-Za-z]{{0,2}}(?!\w))
    | (?P<chunk>\w+)
    | (?P<quoted>`[^`]*+(?:``[^`]*+)*+`)
    | (?P<string>'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z)|"(?:[^"\\]|\\.|"")*+(?:"|\\?\Z))
    | (?P<punctuation>[()\[\]{{}},;.])
    | (?P<operator><=>|<>|[<>!=]=|\|\||&&|::|[-+*/%<>=!|&^~])
    | (?P<word>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_NUMBER = re.compile(r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]+)?(?:[A-Z]{1,2}|[a-z])?")
_OPERATOR = re.compile(r"<=>|<>|[<>!=]=|\|\||&&|::|>>>?|<<|->|[-+*/%<>=!|&^~:]|\+-|:-")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TABLE = re.compile(r"\w+(?:\.\w+)*")
_TYPE = re.compile(
    r"(?:array<)*(?:array|bigint|binary|boolean|byte|char|date|decimal|double|float|int|integer|interval|long|map|short|"
    r"smallint|string|struct|timestamp|timestamp_ltz|timestamp_ntz|tinyint|varchar|variant|void)>*"
)
LAMBDA = "lambda"
FILTER, WINDOW = "FILTER", "windowspecdefinition"
"""What may stand behind a call: ``sum(a#1) FILTER (WHERE …)``, ``row_number() windowspecdefinition(…)``."""
_CLAUSES = frozenset(
    {"Update", "Insert", "Delete", "actions:", "condition:", "as", "if", "else", "null", "distinct", LAMBDA, FILTER}
)
_WORDS = _CLAUSES | frozenset(_KEYWORDS.split("|"))
_UNARY = frozenset({"NOT", "CASE", "NULL", "null", "CAST", "INTERVAL", LAMBDA})
"""Keywords that may follow an operator; any other there (``(country#3 = IN)``) is a literal."""
_CLOSING = frozenset({"NULL", "null", "END", "ASC", "DESC", "FIRST", "LAST"})
"""Keywords that may end an operand; any other before a bracket or a comma (``concat(OR, …)``) is a literal."""

_LONGEST_NAME = 256
_PART_OF_NAME = frozenset({TokenKind.WORD, TokenKind.NUMBER, TokenKind.TYPE})
_APART_FROM_NAME = frozenset(
    {
        TokenKind.SPACE, TokenKind.PUNCTUATION, TokenKind.ATTRIBUTE, TokenKind.VARIABLE, TokenKind.FIELD,
        TokenKind.QUOTED, TokenKind.NODE,
    }
)  # fmt: skip
_BEFORE_OPERAND = frozenset({TokenKind.PUNCTUATION, TokenKind.OPERATOR, TokenKind.KEYWORD, TokenKind.NODE})


def _ends_call(token: Token) -> bool:
    return token.kind is TokenKind.PUNCTUATION and (token.text == ")" or token.id != "")


def _is_keyword(text: str, before: Token, after: str) -> bool:
    if text == FILTER:
        return after == " " and _ends_call(before)
    if text not in _WORDS or (before.kind is TokenKind.OPERATOR and text not in _UNARY):
        return False
    return text in _CLOSING or after not in ("", ")", ",", "]", "}")


def _is_function(text: str, before: Token, after: str) -> bool:
    if after != "(" or before.kind not in _BEFORE_OPERAND:
        return False
    if before.text in (")", "]", "}"):
        return text == WINDOW and before.text == ")"
    return _IDENTIFIER.fullmatch(text) is not None


def _is_name(text: str, before: Token, _: str) -> bool:
    return before.kind is TokenKind.NODE and before.text in _NAMED_NODES and _TABLE.fullmatch(text) is not None


def _is_type(text: str, before: Token, _: str) -> bool:
    return before.text in ("as", "AS") and _TYPE.fullmatch(text) is not None


_CHUNKS: tuple[tuple[TokenKind, Callable[[str, Token, str], bool]], ...] = (
    (TokenKind.KEYWORD, _is_keyword),
    (TokenKind.FUNCTION, _is_function),
    (TokenKind.NAME, _is_name),
    (TokenKind.TYPE, _is_type),
    (TokenKind.NUMBER, lambda text, *_: _NUMBER.fullmatch(text) is not None),
    (TokenKind.OPERATOR, lambda text, *_: _OPERATOR.fullmatch(text) is not None),
    (TokenKind.WORD, lambda *_: True),
)
"""What a run of characters is, by itself, the token before it and the character behind it: the first row that fits."""


class _Reader:
    """Makes tokens of what the scanner finds: what a run is may depend on what stands beside it."""

    def __init__(self, names: frozenset[str]) -> None:
        self.tokens: list[Token] = []
        self._before = Token(TokenKind.PUNCTUATION, "")
        self._names = names
        self._longest = max((len(name) for name in names if len(name) <= _LONGEST_NAME), default=0)

    def take(self, group: str, text: str, after: str) -> None:
        """Add what the scanner found as ``group``; ``after`` is the character behind it, if any."""
        if group == "id":
            self._add(self._attribute(text))
        elif group == "chunk":
            kind = next(kind for kind, fits in _CHUNKS if fits(text, self._before, after))
            self._add(Token(kind, text, text))
        else:
            self._add(Token(TokenKind(group), text, _unquoted(group, text)))

    def _add(self, token: Token) -> None:
        self.tokens.append(token)
        if token.kind is not TokenKind.SPACE:
            self._before = token

    def _attribute(self, mark: str) -> Token:
        """The token of ``mark`` (``#12L``) and of the name before it, whose tokens it replaces."""
        start = self._start_of_known()
        if start is None:
            start = self._start_of_longest()
        name = "".join(token.text for token in self.tokens[start:])
        del self.tokens[start:]
        kind = self._kind_of_name() if name else TokenKind.PUNCTUATION
        return Token(kind, name + mark, name, mark[1:].removesuffix("L"))

    def _kind_of_name(self) -> TokenKind:
        variable = len(self.tokens) > 1 and self.tokens[-2].text == LAMBDA and _is_blank(self.tokens[-1])
        return TokenKind.VARIABLE if variable else TokenKind.ATTRIBUTE

    def _start_of_known(self) -> int | None:
        """Where the longest known name starts that ends here."""
        name, best = "", None
        for at in range(len(self.tokens) - 1, -1, -1):
            name = self.tokens[at].text + name
            if len(name) > self._longest:
                break
            best = at if name in self._names else best
        return best

    def _start_of_longest(self) -> int:
        at = len(self.tokens)
        if not at or self.tokens[-1].kind in _APART_FROM_NAME:
            return at
        at -= 1
        while at >= 2 and _is_blank(self.tokens[at - 1]) and _may_begin_name(self.tokens[at - 2]):
            at -= 2
        return at


def _is_blank(token: Token) -> bool:
    return token.kind is TokenKind.SPACE and "\n" not in token.text


def _may_begin_name(token: Token) -> bool:
    return token.kind in _PART_OF_NAME and token.text != MASK and not token.text.endswith(":")


def _unquoted(group: str, text: str) -> str:
    if group == "quoted":
        return text[1:-1].replace("``", "`")
    if group == "elision":
        return text.split(" ")[1]
    return text[1:] if group == "field" else ""
