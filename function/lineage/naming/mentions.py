"""The tables that a query mentions, found without parsing it: for what is too long for the parser, or beyond it.

Names behind FROM, JOIN and their commas; functions, common tables and what is only called FROM (``EXTRACT(YEAR FROM
d)``) are none. Imports the SQL parser for its tokens: only ``queries.py`` may.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType

from lineage.naming.identifiers import Part
from lineage.naming.name_references import LINK

_ENDS = {"WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "MINUS", "QUALIFY", "WINDOW"}
_ENDS |= {"FETCH", "CONNECT", "START", "PREWHERE", "FOR", "OPTION", "OFFSET", "SETTINGS", "FORMAT", "SORT", "CLUSTER"}
"""Words that end a FROM."""
_STARTS = {"JOIN", "STRAIGHT_JOIN", "APPLY"}
_BETWEEN = {"ONLY", "LATERAL"}
"""Words between FROM and what is read."""
_NO_NAMES = {"SELECT", "SEL", "WITH", "VALUES", "UNNEST", "TABLE", "ROWS", "FINAL"}
_NO_NAMES |= {"EXEC", "EXECUTE", "CALL", "INSERT", "UPDATE", "DELETE", "MERGE", "DROP"}
"""Words that may stand there and are no names."""
_SYMBOLS = {TokenType.STRING, TokenType.NUMBER, TokenType.PARAMETER, TokenType.HASH, TokenType.PLACEHOLDER}
_BEHIND = {TokenType.COMMA, TokenType.R_PAREN, TokenType.L_PAREN, TokenType.SEMICOLON, TokenType.IDENTIFIER}
"""What may stand behind a name, besides a word."""
_TABLE_HINTS = {"NOLOCK", "READUNCOMMITTED", "HOLDLOCK", "READPAST", "TABLOCK", "UPDLOCK", "ROWLOCK", "INDEX"}


@dataclass(slots=True)
class _Level:
    """A pair of brackets: whether it is a SELECT, its FROM is being read, and a name comes next."""

    selects: bool = False
    in_from: bool = False
    expects: bool = False
    before: str = ""
    """The name before the bracket."""
    named: str = ""
    """The name before the last AS, or before the bracket before it: that of a common table, where a bracket follows."""


def tables(tokens: Sequence[Token], sql: str) -> tuple[tuple[Part, ...], ...]:
    """The names of the tables in order of appearance; none where the brackets of the text do not fit."""
    reader = _Reader(tokens, sql)
    found = reader.read()
    names = [parts for parts in found if len(parts) > 1 or parts[0].text.casefold() not in reader.common]
    return tuple(dict.fromkeys(names)) if reader.is_whole else ()


class _Reader:
    def __init__(self, tokens: Sequence[Token], sql: str) -> None:
        self._tokens, self._sql = tokens, sql
        self._levels = [_Level()]
        self._at = 0
        self._last = ""
        self._closed = ""
        self._broken = False
        self.common: set[str] = set()

    @property
    def is_whole(self) -> bool:
        """Whether every bracket was closed, and nothing stood behind a semicolon."""
        return len(self._levels) == 1 and not self._broken

    def read(self) -> list[tuple[Part, ...]]:
        found: list[tuple[Part, ...]] = []
        while self._at < len(self._tokens) and not self._broken:
            token = self._tokens[self._at]
            level = self._levels[-1]
            if level.expects and self._is_name(token):
                level.expects = False
                found += self._name()
                continue
            self._at += 1
            self._step(token, level)
        return found

    def _step(self, token: Token, level: _Level) -> None:
        kind, word = token.token_type, _word(token)
        if kind is TokenType.L_PAREN:
            self._open(level)
        elif kind is TokenType.R_PAREN:
            self._close()
        elif kind is TokenType.SEMICOLON:
            self._broken = True
        else:
            self._read_word(token, word, level)
            self._last, self._closed = (word or token.text), ""

    def _read_word(self, token: Token, word: str, level: _Level) -> None:
        if word == "AS":
            level.named = self._closed or self._last
        if token.token_type is TokenType.COMMA:
            level.expects = level.expects or level.in_from
        elif word in {"SELECT", "SEL"}:
            level.selects, level.in_from, level.expects = True, False, False
        elif word == "FROM" and level.selects and self._last != "DISTINCT":
            level.in_from = level.expects = True
        elif word in _STARTS and level.in_from:
            level.expects = self._last != "ARRAY"  # whose elements are joined
        elif word in _ENDS:
            level.in_from = level.expects = False
        elif word not in _BETWEEN:
            level.expects = False

    def _open(self, level: _Level) -> None:
        if self._last in {"AS", "MATERIALIZED"}:
            self.common.add(level.named.casefold())
        self._levels.append(_Level(in_from=level.expects, expects=level.expects, before=self._last))
        level.expects = False

    def _close(self) -> None:
        self._broken = len(self._levels) == 1
        if not self._broken:
            self._closed = self._levels.pop().before

    def _is_name(self, token: Token) -> bool:
        if token.token_type is TokenType.IDENTIFIER:
            return True
        word = _word(token)
        return bool(word) and token.token_type not in _SYMBOLS and word not in _NO_NAMES | _BETWEEN

    def _name(self) -> list[tuple[Part, ...]]:
        """The dotted name that starts here, unless it is a function's or goes on as no name does."""
        parts = [self._part()]
        while self._kind() is TokenType.DOT:
            self._at += 1
            parts.append(Part("") if self._kind() is TokenType.DOT else self._part())
        self._last, self._closed = parts[-1].text, ""
        is_call = self._kind() is TokenType.L_PAREN and not self._is_hint()
        behind = self._tokens[self._at : self._at + 1]
        is_ended = not behind or behind[0].token_type in _BEHIND or bool(_word(behind[0]))
        return [self._linked(parts)] if is_ended and not is_call and parts[-1].text else []

    def _part(self) -> Part:
        token = self._tokens[self._at] if self._at < len(self._tokens) else Token(TokenType.VAR, "")
        self._at += 1
        return Part(token.text, token.token_type is TokenType.IDENTIFIER)

    def _kind(self) -> TokenType | None:
        return self._tokens[self._at].token_type if self._at < len(self._tokens) else None

    def _is_hint(self) -> bool:
        behind = self._tokens[self._at + 1 : self._at + 2]
        return self._sql == "tsql" and bool(behind) and _word(behind[0]) in _TABLE_HINTS

    def _linked(self, parts: list[Part]) -> tuple[Part, ...]:
        name, mark, link = parts[-1].text.partition(LINK)
        if self._sql == "bigquery" and len(parts) == 1 and parts[0].quoted:
            return tuple(Part(part, quoted=True) for part in parts[0].text.split("."))
        return (Part(f"@{link}", quoted=True), *parts[:-1], Part(name, parts[-1].quoted)) if mark else tuple(parts)


def _word(token: Token) -> str:
    """A word in upper case, the first of several; empty for what is none."""
    is_text = token.token_type in {TokenType.IDENTIFIER, TokenType.STRING}
    text = "" if is_text else token.text.upper().partition(" ")[0]
    return text if text[:1].isalpha() or text[:1] == "_" else ""
