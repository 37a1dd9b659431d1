"""Uploads of type definitions: what they become next to those that are there. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.catalogue.faults import AtlasError, Fault
from local.catalogue.typesystem import KINDS, OTHER_KINDS, Definition, TypeSystem, check_name, check_options

_ATTRIBUTE: Mapping[str, Any] = {
    "isOptional": False,
    "cardinality": "SINGLE",
    "isUnique": False,
    "isIndexable": False,
    "includeInNotification": False,
    "searchWeight": -1,
}
_END: Mapping[str, Any] = {"isContainer": False, "cardinality": "SINGLE", "isLegacyAttribute": False}
_ENDS = ("endDef1", "endDef2")
_FIXED = ("type", "name", "isContainer", "cardinality")
_MANY = {"SINGLE": (0, 1), "LIST": (0, 2147483647), "SET": (0, 2147483647)}
_COMPUTED = ("subTypes", "relationshipAttributeDefs", "businessAttributeDefs", "guid", "version")
"""Keys of an answer that an upload may repeat and that are made anew."""


def read(upload: Any) -> list[Definition]:
    """The definitions of an upload, whole and with every default. Refuses what is not shaped like one."""
    if not isinstance(upload, dict):
        raise Fault.PARAMETERS("type definitions must be a JSON object")
    for kind in OTHER_KINDS:
        if upload.get(kind):
            raise Fault.UNSUPPORTED(kind)
    return [_whole(each, category) for kind, category in KINDS.items() for each in _list("upload", kind, upload)]


def created(types: TypeSystem, uploaded: list[Definition]) -> TypeSystem:
    """The types after a POST: all of it is new, or none of it is taken."""
    seen = set(types.definitions)
    for definition in uploaded:
        if definition["name"] in seen:
            raise Fault.TYPE_EXISTS(definition["name"])
        seen.add(definition["name"])
    return TypeSystem([*types.definitions.values(), *uploaded])


def updated(types: TypeSystem, uploaded: list[Definition]) -> TypeSystem:
    """The types after a PUT: optional attributes and super types may come, nothing may go."""
    for definition in uploaded:
        before = types.definitions.get(definition["name"])
        if before is None or before["category"] != definition["category"]:
            raise Fault.TYPE_INVALID(definition["name"])
        _check_update(before, definition)
    return TypeSystem({**types.definitions, **{each["name"]: each for each in uploaded}}.values())


def without(types: TypeSystem, names: list[str]) -> TypeSystem:
    """The types after a DELETE, refused while another type needs one of them."""
    for name in names:
        if name not in types.definitions:
            raise Fault.TYPE_INVALID(name)
    try:
        return TypeSystem(each for each in types.definitions.values() if each["name"] not in names)
    except AtlasError:
        raise Fault.TYPE_IN_USE(", ".join(names)) from None


def shown(types: TypeSystem, definition: Definition) -> dict[str, Any]:
    """A definition as it is answered: with its direct subtypes and the relations that its ends bring."""
    if definition["category"] != "ENTITY":
        return dict(definition)
    name = definition["name"]
    relations = [
        {
            "name": relation.name,
            "typeName": f"array<{relation.other}>" if relation.many else relation.other,
            "isOptional": not relation.required,
            "cardinality": "SET" if relation.many else "SINGLE",
            "isUnique": False,
            "isIndexable": False,
            "relationshipTypeName": relation.relationship,
            "isLegacyAttribute": relation.legacy,
            **({"constraints": [{"type": "ownedRef"}]} if relation.owns else {}),
        }
        for relation in types.entity(name).relations.values()
    ]
    subtypes = [each["name"] for each in types.of("ENTITY") if name in each["superTypes"]]
    return {**definition, "subTypes": subtypes, "relationshipAttributeDefs": relations, "businessAttributeDefs": {}}


def _whole(given: Any, category: str) -> Definition:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise Fault.PARAMETERS(f"a definition of {category} needs a name")
    name = given["name"]
    check_name(name, category)
    definition = {
        **{key: value for key, value in given.items() if key not in _COMPUTED},
        "category": category,
        "description": given.get("description") or name,
        "typeVersion": given.get("typeVersion") or "1.0",
        "options": {} if given.get("options") is None else _object(name, "options", given["options"]),
    }
    if category == "ENUM":
        definition["elementDefs"] = [_element(name, each) for each in _list(name, "elementDefs", given)]
    if category != "ENUM":
        definition["attributeDefs"] = [_attribute(name, each) for each in _list(name, "attributeDefs", given)]
    if category == "ENTITY":
        definition["superTypes"] = [str(each) for each in _list(name, "superTypes", given)]
    if category == "RELATIONSHIP":
        definition |= _ends(name, given)
    check_options(definition)
    return definition


def _ends(name: str, given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "relationshipCategory", given.get("relationshipCategory") or "ASSOCIATION"
    yield "propagateTags", given.get("propagateTags") or "NONE"
    for key in _ENDS:
        end = _object(name, key, given.get(key))
        if not isinstance(end.get("type"), str) or not isinstance(end.get("name"), str):
            raise Fault.PARAMETERS(f"{key} of {name} needs a type and a name")
        yield key, {**_END, **{field: value for field, value in end.items() if value is not None}}


def _attribute(owner: str, given: Any) -> Definition:
    attribute = _object(owner, "attributeDefs", given)
    if not isinstance(attribute.get("name"), str) or not isinstance(attribute.get("typeName"), str):
        raise Fault.PARAMETERS(f"an attribute of {owner} needs a name and a typeName")
    whole = {**_ATTRIBUTE, **attribute}
    least, most = _MANY.get(whole["cardinality"], (0, 1))
    return {"valuesMinCount": least if whole["isOptional"] else 1, "valuesMaxCount": most, **whole}


def _element(owner: str, given: Any) -> Definition:
    element = _object(owner, "elementDefs", given)
    if not isinstance(element.get("value"), str):
        raise Fault.PARAMETERS(f"an element of {owner} needs a value")
    return element


def _object(owner: str, key: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Fault.PARAMETERS(f"{key} of {owner} must be a JSON object")
    return given


def _list(owner: str, key: str, given: Mapping[str, Any]) -> list[Any]:
    found = [] if given.get(key) is None else given[key]
    if not isinstance(found, list):
        raise Fault.PARAMETERS(f"{key} of {owner} must be a list")
    return found


def _check_update(before: Definition, after: Definition) -> None:
    name = after["name"]
    if any(before[end].get(key) != after[end].get(key) for end in _ENDS if end in before for key in _FIXED):
        raise Fault.RELATIONSHIP_ENDS_CHANGED(name)
    if set(before.get("superTypes", ())) - set(after.get("superTypes", ())):
        raise Fault.TYPE_SUPER_REMOVED(name)
    known = {each["name"]: each for each in before.get("attributeDefs", ())}
    given = {each["name"]: each for each in after.get("attributeDefs", ())}
    for gone in known.keys() - given.keys():
        raise Fault.TYPE_ATTRIBUTE_REMOVED(name, gone)
    for attribute, definition in given.items():
        if attribute not in known and not definition["isOptional"]:
            raise Fault.TYPE_ATTRIBUTE_MANDATORY(name, attribute)
        if attribute in known and known[attribute]["typeName"] != definition["typeName"]:
            raise Fault.TYPE_ATTRIBUTE_CHANGED(name, attribute)
