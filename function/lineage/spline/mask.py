"""Plans and events without secrets and, unless they are to be kept, without literals: what may be stored.

The JSON is walked once, by a table that says what each key holds (``lineage.spline.params``). Ids, references,
names, types, URIs and the structure stay, so conversion gives the same lineage before and after.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from lineage.errors import MalformedPayload
from lineage.redact import PLACEHOLDER, is_secret_name, redact_text
from lineage.spline.catalyst import MASK, mask_text
from lineage.spline.descriptions import mask_metadata, mask_relation, mask_storage, mask_table
from lineage.spline.params import PARAMS, REFERENCES, Content
from lineage.spline.querytext import DOUBLE_QUOTED_TEXTS, is_query, mask_query, mask_uri
from lineage.spline.stacktrace import mask_error


def mask_payload(body: bytes, *, keep_literals: bool) -> bytes:
    """The same JSON (a plan, an event or an array of events) with secrets and literals masked. Idempotent.

    Secrets are ``*****``, literals ``?``; ``null`` stays. With ``keep_literals`` only secrets are masked and pickled
    functions dropped. Raises ``MalformedPayload`` for what is no JSON object or array, or is nested too deep to read.
    """
    try:
        payload = msgspec.json.decode(body)
        if not isinstance(payload, dict | list):
            raise MalformedPayload("", "expected a JSON object or array")
        for value in payload if isinstance(payload, list) else (payload,):
            _Walk(value, body, keep_literals).run()
        return msgspec.json.encode(payload)
    except msgspec.DecodeError as error:
        raise MalformedPayload("", f"not JSON: {error}") from error
    except RecursionError as error:
        raise MalformedPayload("", "nested too deep") from error


@dataclass(frozen=True, slots=True, eq=False)
class _Scope:
    """What the keys of a JSON object hold, by their lower-case names; ``other`` is for all that are not listed."""

    keys: Mapping[str, "_Rule"]
    other: "_Rule"


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """What a value is. ``scope``: that of the objects in it, through any arrays; ``None``: the one around it."""

    content: Content
    scope: _Scope | None = None


_PLAIN = _Rule(Content.PLAIN)
_EXTRAS = _Scope({}, _PLAIN)
_EXTRA = _Rule(Content.PLAIN, _EXTRAS)
"""Metadata of users: only secrets are masked."""
_SECRET = _Rule(Content.SECRET, _Scope(dict.fromkeys(REFERENCES, _PLAIN), _Rule(Content.SECRET)))
_KNOWN = {key: _Rule(content) for key, content in PARAMS.items()}
_OPTIONS = _Rule(Content.OPTION, _Scope(_KNOWN, _Rule(Content.OPTION)))
_ARGUMENTS = _Rule(Content.CATALYST, _Scope(_KNOWN, _Rule(Content.CATALYST)))


def _objects(skipped: str, **keys: _Rule) -> _Rule:
    ids = dict.fromkeys(skipped.lower().split(), _Rule(Content.SKIPPED))
    return _Rule(Content.PLAIN, _Scope({**ids, **{key.lower(): rule for key, rule in keys.items()}}, _EXTRA))


_OPERATION = "id childIds output schema append"
_EXPRESSION = "id dataType childRefs"
_PLAN = _objects(
    "id",
    operations=_objects(
        "",
        write=_objects(_OPERATION, params=_OPTIONS),
        reads=_objects(_OPERATION, params=_OPTIONS),
        other=_objects(_OPERATION, params=_ARGUMENTS),
    ),
    attributes=_objects(_EXPRESSION),
    expressions=_objects(
        "",
        functions=_objects(_EXPRESSION, params=_ARGUMENTS),
        constants=_objects(_EXPRESSION, value=_Rule(Content.LITERAL)),
    ),
    extraInfo=_objects("", dataTypes=_objects("id dataTypeId elementDataTypeId nullable")),
)
_EVENT = _objects("planId timestamp durationNs", error=_Rule(Content.ERROR))


class _Walk:
    """Masks one plan or event in place, without recursion."""

    def __init__(self, root: Any, body: bytes, keep_literals: bool) -> None:
        self._root = root
        self._body = body
        self._keep_literals = keep_literals
        self._texts = _KEEPING if keep_literals else _MASKING
        self._seen: dict[Content, dict[str, str]] = {content: {} for content in Content}
        self._ahead: list[tuple[Any, _Rule]] = []

    def run(self) -> None:
        is_plan = isinstance(self._root, dict) and "operations" in self._root
        if isinstance(self._root, dict | list):
            self._ahead.append((self._root, _PLAN if is_plan else _EVENT))
        while self._ahead:
            node, rule = self._ahead.pop()
            if isinstance(node, dict):
                self._mask_object(node, rule.scope or _EXTRAS)
            else:
                self._mask_array(node, rule)

    @cached_property
    def names(self) -> frozenset[str]:
        """The plan's column names, as they are once redacted."""
        return frozenset(redact_text(name) for name in _column_names(self._root))

    @cached_property
    def _double_quoted_texts(self) -> bool:
        """Whether a database is read for which double quotes hold texts, not names."""
        return DOUBLE_QUOTED_TEXTS.search(self._body.decode(errors="replace")) is not None

    def _mask_array(self, array: list[Any], rule: _Rule) -> None:
        names_secret = rule.scope is _EXTRAS and len(array) == 2 and _is_secret(array[0])
        for place, value in enumerate(array):
            masked = self._masked(value, _SECRET if names_secret and place else rule)
            if masked is not value:
                array[place] = masked

    def _mask_object(self, node: dict[str, Any], scope: _Scope) -> None:
        moved = []
        for key, value in node.items():
            rule, name = _look_up(scope, key) if len(key) <= _LONGEST_KEY else _rule_of(scope, key)
            if name != key:
                moved.append((key, name))
            masked = self._masked(value, rule)
            if masked is not value:
                node[key] = masked
        if "value" in node and _names_secret(node):
            node["value"] = PLACEHOLDER
        for key, name in moved:
            _move(node, key, name)

    def _masked(self, value: Any, rule: _Rule) -> Any:
        content = rule.content
        if isinstance(value, str):
            if content is Content.SKIPPED:
                return value
            seen = self._seen[content]
            masked = seen.get(value)
            if masked is None:
                masked = seen[value] = self._texts[content](self, value)
            return masked
        if isinstance(value, dict | list):
            if content is Content.LITERAL and not self._keep_literals:
                return MASK
            if content is not Content.SKIPPED:
                self._ahead.append((value, rule))
            return value
        return value if value is None else self._number(value, content)

    def _number(self, value: float | bool, content: Content) -> Any:
        """Numbers are literals where the key does not tell; flags only where it says so."""
        if content is Content.SECRET:
            return value if isinstance(value, bool) else PLACEHOLDER
        literal = content is Content.LITERAL or (content not in _WITH_NUMBERS and not isinstance(value, bool))
        return MASK if literal and not self._keep_literals else value

    def plain(self, text: str) -> str:
        return mask_uri(text) if text[:5].lower() == "jdbc:" and not self._keep_literals else _redacted(text)

    def catalyst(self, text: str) -> str:
        return mask_text(redact_text(text), names=self.names)

    def condition(self, text: str) -> str:
        return mask_text(redact_text(text), names=self.names, sql=True)

    def query(self, text: str) -> str:
        return mask_query(text, double_quoted_texts=self._double_quoted_texts) if is_query(text) else redact_text(text)

    def option(self, text: str) -> str:
        return self.catalyst(text) if _HAS_IDS.search(text) else MASK


_WITH_NUMBERS = frozenset({Content.PLAIN, Content.SKIPPED})
_HAS_IDS = re.compile(r"#[0-9]")
_MASKING: Mapping[Content, Callable[[_Walk, str], str]] = {
    Content.PLAIN: _Walk.plain,
    Content.CATALYST: _Walk.catalyst,
    Content.CONDITION: _Walk.condition,
    Content.QUERY: _Walk.query,
    Content.TABLE: lambda _, text: mask_table(text),
    Content.STORAGE: lambda _, text: mask_storage(text),
    Content.RELATION: lambda _, text: mask_relation(text),
    Content.METADATA: lambda _, text: mask_metadata(text),
    Content.ERROR: lambda _, text: mask_error(text),
    Content.OPTION: _Walk.option,
    Content.LITERAL: lambda *_: MASK,
    Content.PICKLED: lambda *_: MASK,
    Content.SECRET: lambda _, text: PLACEHOLDER if text else text,
    Content.SKIPPED: lambda _, text: text,
}
_KEEPING: Mapping[Content, Callable[[_Walk, str], str]] = {
    **dict.fromkeys(Content, _Walk.plain),
    **{content: _MASKING[content] for content in (Content.PICKLED, Content.SECRET, Content.SKIPPED)},
}

_LONGEST_NAME = 64


def _redacted(text: str) -> str:
    """``redact_text``, remembered for what is as short as the names that plans repeat."""
    return _redacted_name(text) if len(text) <= _LONGEST_NAME else redact_text(text)


_redacted_name = lru_cache(maxsize=8192)(redact_text)

_LONGEST_KEY = 100
"""Longer keys are looked up anew each time: what is remembered stays small."""


def _rule_of(scope: _Scope, key: str) -> tuple[_Rule, str]:
    """The rule for ``key`` with its scope filled in, and the key as it is stored; empty: it is dropped."""
    rule = scope.keys.get(key.lower()) or (_SECRET if is_secret_name(key) else scope.other)
    if rule.scope is None:
        rule = _Rule(rule.content, scope)
    return rule, "" if rule.content is Content.PICKLED else redact_text(key)


_look_up = lru_cache(maxsize=4096)(_rule_of)


def _move(node: dict[str, Any], key: str, name: str) -> None:
    value = node.pop(key)
    if name:
        node[name] = value


def _names_secret(node: Mapping[str, Any]) -> bool:
    """Whether ``node`` is a property as an object: ``{"name": "password", "value": …}``."""
    return node["value"] is not None and (_is_secret(node.get("name")) or _is_secret(node.get("key")))


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and is_secret_name(name)


def _column_names(root: Any) -> Iterator[str]:
    """The names of the attributes, wherever the version of the plan has them."""
    extra = root.get("extraInfo")
    for place in (root, extra if isinstance(extra, dict) else {}):
        attributes = place.get("attributes")
        for attribute in attributes if isinstance(attributes, list) else ():
            name = attribute.get("name") if isinstance(attribute, dict) else None
            if isinstance(name, str):
                yield name
