"""What databases let people write into a query that the SQL parser does not know, and that changes nothing in what is
read: locks, isolation levels, hints. Imports the SQL parser: only ``queries.py`` may.
"""

import re
from collections.abc import Mapping, Sequence

from sqlglot import Token, TokenType

from lineage.naming.name_references import LINK

_ISOLATION = (
    r"with\s+(?:ur|cs|rs|rr|nc)\b(?!\s+as\b)(?:\s+use\s+and\s+keep\s+\w+\s+locks)?"
    r"|for\s+(?:read|fetch)\s+only\b|optimize\s+for\s+\S+\s+rows?\b|skip\s+locked\s+data\b|use\s+currently\s+committed\b"
)
_DROPPED: Mapping[str, re.Pattern[str]] = {
    sql: re.compile(pattern, re.I)
    for sql, pattern in {
        "teradata": (
            r"lock(?:ing)?\s(?:\s*[\w.$#\"]+){1,3}?\s+(?:for|in)\s+(?:access|read|write|share|exclusive|checksum"
            r"|load\s+committed)\b(?:\s+mode\b)?(?:\s+nowait\b)?"
            r"|\((?:format|title|named|casespecific|uppercase)\b[^()]{0,200}\)"
        ),
        "db2": _ISOLATION,
        "as400": _ISOLATION,
        "saphana": (
            r"with\s+hint\s*\([^()]{0,500}\)"
            r"|\(\s*(?:placeholder\s*\.|'(?:placeholder|\?)'\s*=)(?:[^()']|'[^']{0,500}'|\([^()]{0,500}\)){1,2000}\)"
        ),
        "postgres": r"only(?=\s*\()|limit\s+\S+\s+over\s*\([^()]{0,500}\)",
    }.items()
}
"""Clauses that are left out, by SQL; they start where one of its words does."""
_REGISTERS = re.compile(r"current\s+(?:date|time|timestamp|timezone|user|schema|server|sqlid|path|degree)\b", re.I)
_UNITS = re.compile(r"(?:year|month|day|hour|minute|second|microsecond)s?\b(?!\s*\()", re.I)
_OF_DB2 = {"db2", "as400"}


def plain(tokens: Sequence[Token], text: str, sql: str) -> list[Token]:
    """The tokens of ``text`` without what the parser of ``sql`` cannot read."""
    kept = _without(tokens, text, _DROPPED[sql]) if sql in _DROPPED else list(tokens)
    if sql in _OF_DB2:
        kept = _db2(kept, text)
    return _with_links(kept) if sql == "oracle" else kept


def _without(tokens: Sequence[Token], text: str, pattern: re.Pattern[str]) -> list[Token]:
    kept: list[Token] = []
    end = 0
    for token in tokens:
        if token.start < end:
            continue
        match = pattern.match(text, token.start) if token.token_type not in _QUOTED else None
        if match:
            end = match.end()
        else:
            kept.append(token)
    return kept


_QUOTED = {TokenType.STRING, TokenType.IDENTIFIER}


def _db2(tokens: Sequence[Token], text: str) -> list[Token]:
    """Registers (``CURRENT DATE``) are values, units behind numbers (``+ 1 DAY``) are nothing, CONCAT is ``||``."""
    kept: list[Token] = []
    end = 0
    for place, token in enumerate(tokens):
        register = _REGISTERS.match(text, token.start) if token.token_type not in _QUOTED else None
        if token.start < end:
            continue
        if register:
            end = register.end()
            kept.append(Token.number(0))
        elif not (_is_duration(kept) and _UNITS.match(text, token.start)):
            is_infix = token.text.upper() == "CONCAT" and tokens[place + 1 : place + 2] != []
            is_infix = is_infix and tokens[place + 1].token_type is not TokenType.L_PAREN
            kept.append(Token(TokenType.DPIPE, "||", start=token.start, end=token.end) if is_infix else token)
    return kept


def _is_duration(before: Sequence[Token]) -> bool:
    """Whether a number that is added or taken away was last."""
    is_number = len(before) > 1 and before[-1].token_type in {TokenType.NUMBER, TokenType.PLACEHOLDER}
    return is_number and before[-2].token_type in {TokenType.PLUS, TokenType.DASH}


def _with_links(tokens: Sequence[Token]) -> list[Token]:
    """Names of tables with the database link behind them as one token: ``emp@sales.example.com``, ``"Emp"@"L"``."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        token, at = tokens[at], at + 1
        name, mark, link = token.text.partition("@") if token.token_type is TokenType.VAR else (token.text, "", "")
        is_apart = tokens[at : at + 1] and tokens[at].token_type is TokenType.PARAMETER
        if not mark and is_apart and token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}:
            link, at = _stored(tokens[at + 1]) if at + 1 < len(tokens) else "", at + 2
        elif not (mark and name and link):
            kept.append(token)
            continue
        else:
            link = link.upper()
        while at + 1 < len(tokens) and tokens[at].token_type is TokenType.DOT:
            link, at = f"{link}.{_stored(tokens[at + 1])}", at + 2
        kept.append(Token(token.token_type, f"{name}{LINK}{link}", start=token.start, end=token.end))
    return kept


def _stored(token: Token) -> str:
    return token.text if token.token_type is TokenType.IDENTIFIER else token.text.upper()
