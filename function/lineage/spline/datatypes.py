"""Data types by their id, as Spark writes them: ``decimal(12,2)``, ``array<struct<sku:string>>``.

Ids are counters of one plan and mean nothing beyond it.
"""

from typing import Any

from lineage.spline.wire import Params, text_of

DEPTH = 16
"""Deeper nesting is cut: types may refer to themselves in a damaged plan."""


class DataTypes:
    """The types that ``extraInfo.dataTypes`` of a plan lists."""

    def __init__(self, extra_info: Params | None) -> None:
        listed = (extra_info or {}).get("dataTypes")
        items = listed if isinstance(listed, list) else []
        self._types: dict[str, Params] = _by_id(items)
        self._names: dict[str, str] = {}

    def name(self, identity: Any) -> str:
        """The type's name; empty where it is not known."""
        try:
            name = self._names.get(identity)
        except TypeError:  # of a damaged plan: lists and objects are no ids
            return ""
        if name is None:
            name = self._names[identity] = self._spell(identity, DEPTH)
        return name

    def field(self, identity: Any, ordinal: Any) -> str:
        """The name of the field in that place of a struct; empty where it is not known."""
        item = self._types.get(identity) if isinstance(identity, str) else None
        fields = (item or {}).get("fields")
        if not isinstance(fields, list) or not isinstance(ordinal, int) or not 0 <= ordinal < len(fields):
            return ""
        field = fields[ordinal]
        return text_of(field.get("name")) if isinstance(field, dict) else ""

    def _spell(self, identity: str, depth: int) -> str:
        item = self._types.get(identity)
        if item is None or depth == 0:
            return ""
        if "fields" not in item and "elementDataTypeId" not in item:
            return text_of(item.get("name"))
        fields, element = item.get("fields"), item.get("elementDataTypeId")
        if isinstance(fields, list):
            return f"struct<{','.join([self._field(field, depth) for field in fields])}>"
        if element is not None:
            return f"array<{self._spell(text_of(element), depth - 1)}>"
        return text_of(item.get("name"))

    def _field(self, field: object, depth: int) -> str:
        if not isinstance(field, dict):
            return ""
        return f"{text_of(field.get('name'))}:{self._spell(text_of(field.get('dataTypeId')), depth - 1)}"


def _by_id(items: list[Any]) -> dict[str, Params]:
    """The first of each id."""
    try:
        return {item["id"]: item for item in reversed(items)}
    except (TypeError, KeyError):  # of a damaged plan
        sound = [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
        return {item["id"]: item for item in reversed(sound)}
