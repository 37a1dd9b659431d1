"""Names of tables as SQL writes them: ``sales.[my.table]``, ``"HR"."People"``, `` `a`.`b` ``, ``db..t``."""

import re
from typing import NamedTuple


class Part(NamedTuple):
    """One part of a name, without its quotes."""

    text: str
    quoted: bool = False


LONGEST_PART = 256
"""Longer than any database allows; bounds what an unclosed quote can cost."""

_QUOTED = (
    rf"\[(?P<bracket>(?:[^\]]|\]\]){{0,{LONGEST_PART}}})\]"
    rf'|"(?P<double>(?:[^"]|""){{0,{LONGEST_PART}}})"'
    rf"|`(?P<back>(?:[^`]|``){{0,{LONGEST_PART}}})`"
)
_SQL_PART = re.compile(rf'(?:{_QUOTED}|(?P<plain>[^\s.\[\]"`,;()]*))')
_LITERAL_PART = re.compile(rf'(?:{_QUOTED}|(?P<plain>[^.\[\]"`]*))')
_LINKED = re.compile(
    r"(?P<name>[^@:/\s]{1,600})@(?:\"(?P<quoted>[^\"]{1,128})\"|(?P<link>[\w$#]{1,128}(?:\.[\w$#]{1,128}){0,8}))"
    r"(?P<alias>(?:\s.*)?)",
    re.S,
)
_NOT_IN_A_NAME = re.compile(r"[:;=?&@/{}]")
_ALIAS = re.compile(r"\s+[^\s;][^;]*;?\s*|\s*;\s*", re.S)


def split_name(text: str, *, literal: bool = False) -> tuple[Part, ...]:
    """The parts of a name, outermost first; empty when ``text`` is not a name.

    In SQL (``literal`` false) an alias or hint may follow after a blank and is dropped; a ``literal`` name is all
    name, blanks included. An empty part (``db..t``) is kept as an empty text.
    """
    text = text.strip()
    pattern = _LITERAL_PART if literal else _SQL_PART
    parts: list[Part] = []
    at = 0
    while True:
        match = pattern.match(text, at)
        if not match:
            return ()
        parts.append(_part(match))
        at = match.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    rest = text[at:]
    ended = not rest or (not literal and _ALIAS.fullmatch(rest))
    return tuple(parts) if ended and parts[-1].text else ()


def split_link(text: str) -> tuple[str, str]:
    """The name before Oracle's ``@link``, and the link as it is stored, with the domain; empty where there is none."""
    match = _LINKED.fullmatch(text.strip())
    if not match:
        return text, ""
    return match["name"] + match["alias"], match["quoted"] or match["link"].upper()


def is_table(text: str, *, linked: bool = False) -> bool:
    """Whether ``text`` can stand after the colon of Spline's ``<jdbc url>:<table>``; ``linked``: with a link behind."""
    parts = split_name(split_link(text)[0] if linked else text)
    plain = [part.text for part in parts if not part.quoted]
    if not parts or len(parts) > 4 or (not parts[-1].quoted and parts[-1].text.isdigit()):
        return False
    return not any(_NOT_IN_A_NAME.search(name) for name in plain)


def fold_case(part: Part, case: str) -> str:
    """What the database stores for a part: unquoted names fold to ``case`` (``upper``, ``lower``, or not at all)."""
    if part.quoted or not case:
        return part.text
    return part.text.upper() if case == "upper" else part.text.lower()


def _part(match: re.Match[str]) -> Part:
    for group, quote in (("bracket", "]"), ("double", '"'), ("back", "`")):
        text = match[group]
        if text is not None:
            return Part(text.replace(quote * 2, quote), quoted=True)
    return Part(match["plain"].strip())
