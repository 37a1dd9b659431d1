"""What a write call says, checked against the types before anything is looked up or changed. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.catalogue import values
from local.catalogue.database import as_json
from local.catalogue.faults import Fault
from local.catalogue.typesystem import EntityType, Relation, TypeSystem

MAX_ATTRIBUTE_BYTES = 32 * 1024
"""Name and value together; Purview's limit, which Apache Atlas does not have."""
MAX_ASSET_BYTES = 2 * 1024 * 1024
_MARK = re.compile(r"[\w-]*")
"""Characters of labels and custom keys; letters of any script, as Atlas lets them pass."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Who is meant: by a guid (negative: another entity of the same call), or by type and unique attributes."""

    guid: str = ""
    type_name: str = ""
    unique: tuple[tuple[str, Any], ...] = ()

    @property
    def placeholder(self) -> bool:
        """Whether the guid is valid within its call only."""
        return self.guid.startswith("-")

    def __str__(self) -> str:
        return self.guid or f"{self.type_name} {dict(self.unique)}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One entity of a call. What is not in ``attributes`` or ``relations`` stays as it is.

    ``relations`` has every relation given, with the references that it is to have from now on.
    """

    guid: str
    entity_type: EntityType
    attributes: Mapping[str, Any]
    relations: Mapping[str, tuple[Reference, ...]]
    labels: tuple[str, ...] = ()
    custom_attributes: Mapping[str, str] | None = None
    last_modified: str = ""

    @property
    def placeholder(self) -> bool:
        """Whether the guid is valid within its call only."""
        return self.guid.startswith("-")


@dataclass(slots=True)
class Reader:
    """Reads entities of one call. ``drop_unknown`` is how Apache Atlas takes an attribute that the type lacks;
    otherwise the call is refused, which is how Purview takes it."""

    types: TypeSystem
    drop_unknown: bool = False
    _unnamed: int = field(default=0)

    def bulk(self, body: Any) -> list[Incoming]:
        """The entities of a bulk body and whatever they refer to; a guid that comes twice counts once, the first."""
        if not isinstance(body, dict) or not isinstance(body.get("entities"), list) or not body["entities"]:
            raise Fault.PARAMETERS("no entities to create/update.")
        referred = _mapping("referredEntities", body.get("referredEntities"))
        found: dict[str, Incoming] = {}
        waiting = list(body["entities"])
        while waiting:
            incoming = self.entity(waiting.pop(0))
            if incoming.guid in found:
                continue
            found[incoming.guid] = incoming
            for reference in references(incoming):
                if reference.guid in referred and reference.guid not in found:
                    waiting.append({"guid": reference.guid, **_mapping("referredEntities", referred[reference.guid])})
        return list(found.values())

    def entity(self, given: Any) -> Incoming:
        """One entity, whole: what is mandatory must be there, also when it exists already."""
        body = _mapping("entity", given or [])
        entity_type = self.types.entity(body.get("typeName"))
        incoming = self._read(body, entity_type)
        missing = [name for name in _mandatory(entity_type) if _absent(name, incoming)]
        if missing:
            text = f"{entity_type.name}.{missing[0]}: mandatory attribute value missing in type {entity_type.name}"
            raise Fault.INSTANCE(text)
        _check_asset_size(incoming)
        return incoming

    def partial(self, entity_type: EntityType, given: Any) -> Incoming:
        """Some attributes of an entity that exists; a null changes nothing."""
        body = _mapping("entity", given or [])
        kept = {
            key: {name: value for name, value in _mapping(key, body.get(key)).items() if value is not None}
            for key in ("attributes", "relationshipAttributes")
        }
        return self._read({**body, **kept}, entity_type)

    def _read(self, body: Mapping[str, Any], entity_type: EntityType) -> Incoming:
        attributes: dict[str, Any] = {}
        relations: dict[str, tuple[Reference, ...]] = {}
        for key in ("attributes", "relationshipAttributes"):
            for name, value in _mapping(key, body.get(key)).items():
                if name in entity_type.relations:
                    relations |= self._references(entity_type.relations[name], entity_type, value)
                elif name in entity_type.attributes:
                    attributes[name] = self._value(entity_type, name, value)
                elif not self.drop_unknown:
                    raise Fault.ATTRIBUTE_UNKNOWN(name, entity_type.name)
        custom = body.get("customAttributes")
        return Incoming(
            guid=self._guid(body.get("guid")),
            entity_type=entity_type,
            attributes=attributes,
            relations=relations,
            labels=tuple(check_labels(body.get("labels") or [])),
            custom_attributes=None if custom is None else check_custom_attributes(custom),
            last_modified=str(body.get("lastModifiedTS") or ""),
        )

    def _guid(self, given: Any) -> str:
        if given is None or given == "":
            self._unnamed += 1
            return f"-{10**15 + self._unnamed}"
        return str(given)

    def _value(self, entity_type: EntityType, name: str, value: Any) -> Any:
        type_name = entity_type.attributes[name].type_name
        try:
            fitted = values.fit(type_name, value, self.types.enums)
        except values.Unfit:
            shown = str(value)[:100]
            raise Fault.INSTANCE(f"{entity_type.name}.{name}={shown}: invalid value for type {type_name}") from None
        size = _size(name, fitted)
        if size > MAX_ATTRIBUTE_BYTES:
            raise Fault.ATTRIBUTE_SIZE(name, size, MAX_ATTRIBUTE_BYTES)
        return values.default(type_name) if fitted is None else fitted

    def _references(self, relation: Relation, entity_type: EntityType, value: Any) -> dict[str, tuple[Reference, ...]]:
        if value is None:  # takes a single reference away, and says nothing about a list
            return {} if relation.many else {relation.name: ()}
        if not relation.many:
            return {relation.name: (self.reference(value),)}
        if not isinstance(value, list):
            shown = f"{entity_type.name}.{relation.name}={str(value)[:100]}"
            raise Fault.INSTANCE(f"{shown}: invalid value for type array<objectid>")
        return {relation.name: tuple(dict.fromkeys(self.reference(each) for each in value))}

    def reference(self, given: Any) -> Reference:
        """An object id: ``{"guid"}``, or ``{"typeName", "uniqueAttributes"}``."""
        if not isinstance(given, dict):
            raise Fault.OBJECT_ID(str(given)[:100])
        if given.get("guid"):
            return Reference(guid=str(given["guid"]))
        unique = given.get("uniqueAttributes")
        if not isinstance(given.get("typeName"), str) or not isinstance(unique, dict) or not unique:
            raise Fault.OBJECT_ID(str(given)[:100])
        entity_type = self.types.entity(given["typeName"])
        pairs = tuple((name, str(value)) for name, value in unique.items() if name in entity_type.unique)
        if not pairs:
            raise Fault.OBJECT_ID(str(given)[:100])
        return Reference(type_name=entity_type.name, unique=pairs)


def references(incoming: Incoming) -> Iterable[Reference]:
    """Whomever an entity names."""
    return (reference for group in incoming.relations.values() for reference in group)


def check_labels(given: Any) -> list[str]:
    """Labels in the order given, each once: letters, digits, ``_`` and ``-``, at most 50 of them."""
    if not isinstance(given, list):
        raise Fault.PARAMETERS("labels must be a list of strings")
    for label in given:
        if not isinstance(label, str) or not label:
            raise Fault.PARAMETERS("labels must be a list of strings")
        if len(label) > 50:
            raise Fault.LABEL_LENGTH(label)
        if not _MARK.fullmatch(label):
            raise Fault.LABEL_CHARACTERS(label)
    return list(dict.fromkeys(given))


def check_custom_attributes(given: Any) -> dict[str, str]:
    """Custom attributes: keys as labels are, values at most 500 characters."""
    for key, value in _mapping("customAttributes", given).items():
        if len(key) > 50:
            raise Fault.CUSTOM_KEY_LENGTH(key)
        if not _MARK.fullmatch(key) or not key:
            raise Fault.CUSTOM_KEY_CHARACTERS(key)
        if len(str(value)) > 500:
            raise Fault.CUSTOM_VALUE_LENGTH(key)
    return {key: str(value) for key, value in given.items()}


def _mandatory(entity_type: EntityType) -> Iterable[str]:
    yield from (name for name, attribute in entity_type.attributes.items() if not attribute.optional)
    yield from (name for name, relation in entity_type.relations.items() if relation.required)


def _absent(name: str, incoming: Incoming) -> bool:
    return incoming.attributes.get(name, incoming.relations.get(name)) in (None, "", ())


def _mapping(what: str, given: Any) -> dict[str, Any]:
    """The JSON object ``given``, empty where it is absent."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Fault.PARAMETERS(f"{what} must be a JSON object")
    return given


def _size(name: str, value: Any) -> int:
    text = value if isinstance(value, str) else as_json(value)
    return len(name.encode()) + len(text.encode())


def _check_asset_size(incoming: Incoming) -> None:
    size = sum(_size(name, value) for name, value in incoming.attributes.items())
    size += sum(_size(name, value) for name, value in (incoming.custom_attributes or {}).items())
    if size > MAX_ASSET_BYTES:
        raise Fault.ASSET_SIZE(incoming.attributes.get("qualifiedName"), size, MAX_ASSET_BYTES)
