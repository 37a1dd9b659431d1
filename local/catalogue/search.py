"""Search: Purview's query body and Atlas' basic search, as conditions on the rows of ``entity``.

Like the real index it knows no case and does not know the columns of a table; whoever wants one exact name reads it by
its unique attribute.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.catalogue.faults import Fault
from local.catalogue.graph import Entity
from local.catalogue.typesystem import TypeSystem

SCHEMA_TYPE = "tabular_schema"
"""What holds the columns of a file: part of an asset and none itself."""
MAX_LIMIT = 1000
DEFAULT_LIMIT = 50
MAX_NODES, MAX_DEPTH = 250, 12
"""Conditions of a filter, all and one within the other, so that SQLite's parser does not meet its own limits."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition on ``entity`` and the values bound to it."""

    sql: str
    values: tuple[Any, ...] = ()

    def negated(self) -> "Condition":
        """Everything else, rows without the attribute included."""
        return Condition(f"NOT coalesce({self.sql}, 0)", self.values)


EVERYTHING = Condition("1")


def joined(word: str, conditions: list[Condition]) -> Condition:
    """Conditions joined with AND or OR."""
    if not conditions:
        return EVERYTHING
    sql = f" {word} ".join(f"({each.sql})" for each in conditions)
    return Condition(sql, tuple(value for each in conditions for value in each.values))


def _like(before: str, after: str) -> Callable[[str, str], Condition]:
    def condition(column: str, value: str) -> Condition:
        escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Condition(f"{column} LIKE ? ESCAPE '\\'", (f"{before}{escaped}{after}",))

    return condition


def _starts(column: str, value: str) -> Condition:
    # A range, unlike LIKE, is answered from an index.
    return Condition(f"{column} >= ? AND {column} < ?", (value, value + "\U0010ffff"))


def _compare(operator: str) -> Callable[[str, str], Condition]:
    return lambda column, value: Condition(f"{column} {operator} ?", (value,))


_ORDER: Mapping[str, str] = {"eq": "=", "=": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
OPERATORS: Mapping[str, Callable[[str, str], Condition]] = {
    **{name: _compare(operator) for name, operator in _ORDER.items()},
    "contains": _like("%", "%"),
    "startswith": _starts,
    "prefix": _starts,
    "endswith": _like("%", ""),
    "suffix": _like("%", ""),
}
NEGATIONS: Mapping[str, str] = {"ne": "eq", "neq": "eq", "!=": "eq", "notcontains": "contains"}
_COLUMNS: Mapping[str, str] = {"qualifiedName": "folded", "createTime": "created_at", "updateTime": "updated_at"}


class Filter:
    """Compiles the filter of one query body."""

    def __init__(self, types: TypeSystem) -> None:
        self._types = types
        self._nodes = self._depth = 0
        self._keys: Mapping[str, Callable[[Mapping[str, Any]], Condition]] = {
            "and": lambda node: joined("AND", [self.compile(each) for each in _list(node["and"])]),
            "or": lambda node: joined("OR", [self.compile(each) for each in _list(node["or"])]),
            "not": lambda node: self.compile(node["not"]).negated(),
            "attributeName": _attribute,
            "entityType": self._type,
            "typeName": self._type,
            "collectionId": lambda node: Condition("collection = ?", (str(node["collectionId"]),)),
            "label": _label,
        }

    def compile(self, node: Any) -> Condition:
        """The condition of one node; an empty one lets everything through."""
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES or self._depth > MAX_DEPTH:
            raise Fault.PARAMETERS(f"the filter has more than {MAX_NODES} conditions or {MAX_DEPTH} levels")
        condition = self._compile(node) if node else EVERYTHING
        self._depth -= 1
        return condition

    def _compile(self, node: Any) -> Condition:
        if not isinstance(node, dict):
            raise Fault.PARAMETERS(f"filter {str(node)[:100]} is not an object")
        key = next((key for key in self._keys if key in node), None)
        if key is None:
            raise Fault.PARAMETERS(f"filter {str(node)[:100]} has none of {', '.join(self._keys)}")
        return self._keys[key](node)

    def _type(self, node: Mapping[str, Any]) -> Condition:
        name = node.get("entityType", node.get("typeName"))
        if name not in self._types.definitions or not node.get("includeSubTypes"):
            return Condition("type_name = ?", (str(name),))
        return of_type(self._types, str(name))


def of_type(types: TypeSystem, name: str) -> Condition:
    """Entities of a type or below it."""
    return Condition("type_name IN (SELECT value FROM json_each(?))", (json.dumps(types.entity(name).subs),))


def keywords(text: Any) -> Condition:
    """Every word is somewhere in the name, the qualified name or the description; ``*`` stands for anything."""
    words = str(text or "").casefold().replace("*", " ").split()
    columns = ("folded", "fold(name)", "fold(json_extract(attributes, '$.description'))")
    return joined("AND", [joined("OR", [OPERATORS["contains"](column, word) for column in columns]) for word in words])


def visible(types: TypeSystem, calls: int) -> Condition:
    """What search knows by now: neither what is too new nor what belongs to an asset (its columns and its schema)."""
    owned = [each["name"] for each in types.of("ENTITY") if _is_owned(types, each["name"])]
    sql = "found_from <= ? AND type_name NOT IN (SELECT value FROM json_each(?))"
    return Condition(sql, (calls, json.dumps([*owned, SCHEMA_TYPE])))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of hits: by how well the name fits the words that were looked for, then by age."""

    words: str

    @classmethod
    def of(cls, text: Any) -> "Ranking":
        """For the keywords of a query."""
        return cls(" ".join(str(text or "").casefold().split()))

    @property
    def sql(self) -> Condition:
        """0 for the name itself, 1 for its beginning, 2 for the rest."""
        case = "CASE WHEN fold(name) = ? THEN 0 WHEN substr(fold(name), 1, ?) = ? THEN 1 ELSE 2 END"
        return Condition(case, (self.words, len(self.words), self.words))

    def token(self, entity: Entity) -> str:
        """The continuation token after this hit."""
        name = entity.name.casefold()
        rank = 0 if name == self.words else 1 if name.startswith(self.words) else 2
        return base64.urlsafe_b64encode(f"{rank}:{entity.id}".encode()).decode()

    def after(self, token: Any) -> Condition:
        """The rest of a result, from its continuation token."""
        if not token:
            return EVERYTHING
        try:
            rank, _, last = base64.urlsafe_b64decode(str(token)).decode().partition(":")
            place = (int(rank), int(last))
        except (ValueError, binascii.Error):
            raise Fault.PARAMETERS("continuationToken is not one of ours") from None
        return Condition(f"({self.sql.sql}, id) > (?, ?)", (*self.sql.values, *place))


def limit(given: Any) -> int:
    """A valid number of results."""
    if given is None:
        return DEFAULT_LIMIT
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= MAX_LIMIT:
        raise Fault.PARAMETERS(f"limit must be between 1 and {MAX_LIMIT}")
    return given


def _is_owned(types: TypeSystem, name: str) -> bool:
    return any(relation.required for relation in types.entity(name).relations.values())


def _attribute(node: Mapping[str, Any]) -> Condition:
    name, value = str(node["attributeName"]), node.get("attributeValue")
    operator = str(node.get("operator", "eq")).lower()
    positive = NEGATIONS.get(operator, operator)
    number = isinstance(value, int | float)
    if positive not in (_ORDER if number else OPERATORS) or value is None or not name.isidentifier():
        raise Fault.PARAMETERS(f"filter on {name!r} with operator {operator!r} and value {str(value)[:100]!r}")
    column = _COLUMNS.get(name) or f"json_extract(attributes, '$.{name}')"
    if number:
        condition = Condition(f"{column} {_ORDER[positive]} ?", (value,))
    else:
        text = column if name == "qualifiedName" else f"fold({column})"
        condition = OPERATORS[positive](text, str(value).casefold())
    return condition.negated() if operator in NEGATIONS else condition


def _label(node: Mapping[str, Any]) -> Condition:
    return Condition("EXISTS (SELECT 1 FROM json_each(labels) WHERE value = ?)", (str(node["label"]),))


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise Fault.PARAMETERS("and, or: a list of filters")
    return given
