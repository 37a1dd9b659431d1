"""Data types by their id, as Spark writes them: ``decimal(12,2)``, ``array<struct<sku:string>>``.

Ids are counters of one plan and mean nothing beyond it.
"""

from lineage.spline.wire import Params, text_of

DEPTH = 16
"""Deeper nesting is cut: types may refer to themselves in a damaged plan."""


class DataTypes:
    """The types that ``extraInfo.dataTypes`` of a plan lists."""

    def __init__(self, extra_info: Params | None) -> None:
        listed = (extra_info or {}).get("dataTypes")
        items = listed if isinstance(listed, list) else []
        self._types: dict[str, Params] = {
            text_of(item.get("id")): item for item in reversed(items) if isinstance(item, dict)
        }
        self._names: dict[str, str] = {}

    def name(self, identity: object) -> str:
        """The type's name; empty where it is not known."""
        if not isinstance(identity, str):
            return ""
        name = self._names.get(identity)
        if name is None:
            name = self._names[identity] = self._spell(identity, DEPTH)
        return name

    def _spell(self, identity: str, depth: int) -> str:
        item = self._types.get(identity)
        if item is None or depth == 0:
            return ""
        fields, element = item.get("fields"), item.get("elementDataTypeId")
        if isinstance(fields, list):
            return f"struct<{','.join(self._field(field, depth) for field in fields)}>"
        if element is not None:
            return f"array<{self._spell(text_of(element), depth - 1)}>"
        return text_of(item.get("name"))

    def _field(self, field: object, depth: int) -> str:
        if not isinstance(field, dict):
            return ""
        return f"{text_of(field.get('name'))}:{self._spell(text_of(field.get('dataTypeId')), depth - 1)}"
