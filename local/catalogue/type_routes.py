"""The routes below ``/types``."""

from typing import Any

from local.catalogue import definitions
from local.catalogue.call import Call, Row
from local.catalogue.database import save_types
from local.catalogue.faults import Fault
from local.catalogue.typesystem import KINDS, OTHER_KINDS, Definition, TypeSystem

_CATEGORIES = {
    "entitydef": ("ENTITY",),
    "relationshipdef": ("RELATIONSHIP",),
    "enumdef": ("ENUM",),
    "typedef": ("ENTITY", "RELATIONSHIP", "ENUM"),
}
"""The part of the path that says what is asked for."""


def _all(call: Call) -> Any:
    wanted = call.query.get("type", "").upper()
    found = [each for each in call.types.definitions.values() if not wanted or each["category"] == wanted]
    return _grouped(call.types, found)


def _headers(call: Call) -> Any:
    keys = ("guid", "name", "serviceType", "category")
    return [{key: each[key] for key in keys if key in each} for each in call.types.definitions.values()]


def _one(call: Call) -> Any:
    name = call.path["name"]
    found = call.types.definitions.get(name)
    if found is None or found["category"] not in _CATEGORIES.get(call.path["kind"], ()):
        raise Fault.TYPE_INVALID(name)
    return definitions.shown(call.types, found)


def _create(call: Call) -> Any:
    return _save(call, definitions.created(call.types, definitions.read(call.body)))


def _update(call: Call) -> Any:
    return _save(call, definitions.updated(call.types, definitions.read(call.body)))


def _save(call: Call, after: TypeSystem) -> Any:
    names = [each["name"] for each in definitions.read(call.body)]
    changed: list[Definition] = []
    for name in names:
        before = call.types.definitions.get(name)
        times = {"createTime": before.get("createTime", call.now) if before else call.now, "updateTime": call.now}
        changed.append({**after.definitions[name], **times, "version": before.get("version", 0) + 1 if before else 1})
    save_types(call.connection, changed)
    return _grouped(after, changed)


def _delete_named(call: Call) -> None:
    _delete(call, [call.path["name"]])


def _delete_listed(call: Call) -> None:
    _delete(call, [each["name"] for each in definitions.read(call.body)])


def _delete(call: Call, names: list[str]) -> None:
    definitions.without(call.types, names)
    if call.graph.uses_type(names):
        raise Fault.TYPE_IN_USE(", ".join(names))
    save_types(call.connection, [], removed=names)


def _grouped(types: TypeSystem, found: list[Definition]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {kind: [] for kind in (*OTHER_KINDS, *KINDS)}
    kinds = {category: kind for kind, category in KINDS.items()}
    for definition in found:
        groups[kinds[definition["category"]]].append(definitions.shown(types, definition))
    return groups


ROUTES = (
    Row("GET", "/types/typedefs", _all),
    Row("POST", "/types/typedefs", _create, writes=True),
    Row("PUT", "/types/typedefs", _update, writes=True),
    Row("DELETE", "/types/typedefs", _delete_listed, writes=True),
    Row("GET", "/types/typedefs/headers", _headers),
    Row("GET", "/types/{kind}/name/{name}", _one),
    Row("DELETE", "/types/typedef/name/{name}", _delete_named, writes=True),
)
