"""Attribute values: which JSON value fits which attribute type, and what is kept of it. Pure."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_GENERIC = re.compile(r"(array|map)<(.+)>")


class Unfit(ValueError):
    """The value is not one of this type."""


def fit(type_name: str, value: Any, enums: Mapping[str, frozenset[str]]) -> Any:
    """The value as it is kept: numbers and booleans in strings are taken for what they say. Raises ``Unfit``."""
    if value is None:
        return None
    generic = _GENERIC.fullmatch(type_name)
    if generic is None:
        return _fit_enum(value, enums[type_name]) if type_name in enums else _PRIMITIVES[type_name](value)
    if generic[1] == "array":
        return [fit(generic[2].strip(), item, enums) for item in _instance(value, list)]
    of_key, of_value = (part.strip() for part in generic[2].split(",", 1))
    return {fit(of_key, key, enums): fit(of_value, item, enums) for key, item in _instance(value, dict).items()}


def default(type_name: str) -> Any:
    """What an entity has where the attribute was never given."""
    return _DEFAULTS.get(type_name)


def _instance(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise Unfit
    return value


def _fit_enum(value: Any, elements: frozenset[str]) -> str:
    if not isinstance(value, str) or value not in elements:
        raise Unfit
    return value


def _fit_string(value: Any) -> str:
    if isinstance(value, list | dict):
        raise Unfit
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fit_boolean(value: Any) -> bool:
    try:
        return {"true": True, "false": False}[str(value).lower()]
    except KeyError:
        raise Unfit from None


def _integer(bits: int) -> Callable[[Any], int]:
    limit = 1 << (bits - 1)

    def fit_integer(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise Unfit
        try:
            number = int(value)
        except (ValueError, OverflowError):
            raise Unfit from None
        if not -limit <= number < limit:
            raise Unfit
        return number

    return fit_integer


def _fit_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unfit
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Unfit from None
    if not math.isfinite(number):
        raise Unfit
    return number


def _fit_decimal(value: Any) -> str:
    try:
        return str(Decimal(str(value)))
    except InvalidOperation:
        raise Unfit from None


def _fit_date(value: Any) -> int:
    """Milliseconds since the epoch, or ISO 8601; kept as the former."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unfit from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


_PRIMITIVES: Mapping[str, Callable[[Any], Any]] = {
    "string": _fit_string,
    "boolean": _fit_boolean,
    "byte": _integer(8),
    "short": _integer(16),
    "int": _integer(32),
    "long": _integer(64),
    "float": _fit_float,
    "double": _fit_float,
    "biginteger": _fit_decimal,
    "bigdecimal": _fit_decimal,
    "date": _fit_date,
}
_DEFAULTS: Mapping[str, Any] = {
    "boolean": False,
    "byte": 0,
    "short": 0,
    "int": 0,
    "long": 0,
    "float": 0.0,
    "double": 0.0,
    "date": 0,
}
