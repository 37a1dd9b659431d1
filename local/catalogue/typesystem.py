"""Type definitions, compiled: what attributes and relations an entity of a type has, its super- and subtypes. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.catalogue.faults import Fault

Definition = Mapping[str, Any]
"""A type definition as it is on the wire."""

PRIMITIVES = frozenset(
    {"boolean", "byte", "short", "int", "long", "float", "double", "biginteger", "bigdecimal", "string", "date"}
)
KINDS: Mapping[str, str] = {"entityDefs": "ENTITY", "relationshipDefs": "RELATIONSHIP", "enumDefs": "ENUM"}
"""The lists of a type upload that this catalogue takes, and the category of what they hold."""
OTHER_KINDS = ("structDefs", "classificationDefs", "businessMetadataDefs")
LIST_OPTIONS = ("schemaAttributes", "derivedLineageSources")
"""Options whose value must be a JSON list in a string."""
_GENERIC = re.compile(r"(array|map)<(.+)>")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ]*")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that holds a value (a relation is a ``Relation``)."""

    name: str
    type_name: str
    optional: bool
    unique: bool
    owner: str
    """The type that declares it."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship seen from one of its ends: an attribute that holds references."""

    name: str
    relationship: str
    side: int
    """1 or 2: which end the owner of this attribute is."""
    many: bool
    other: str
    """Type of the other end."""
    other_many: bool
    """Whether the other end's attribute holds many."""
    owns: bool
    """The container of a COMPOSITION: what leaves it is deleted."""
    required: bool
    """The child of a COMPOSITION, which must name its parent."""
    legacy: bool
    """Shown among the plain attributes as well."""


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type with all that it inherits."""

    name: str
    supers: tuple[str, ...]
    """Itself and every type above it."""
    subs: tuple[str, ...]
    """Itself and every type below it."""
    attributes: Mapping[str, Attribute]
    relations: Mapping[str, Relation]
    options: Mapping[str, str]

    @property
    def unique(self) -> tuple[str, ...]:
        """Names of the attributes that identify an entity within its type."""
        return tuple(name for name, attribute in self.attributes.items() if attribute.unique)

    def listed(self, option: str) -> tuple[str, ...]:
        """The names in one of ``LIST_OPTIONS``."""
        return tuple(str(name) for name in json.loads(self.options.get(option) or "[]"))


class TypeSystem:
    """All definitions together; made anew when one changes. Raises ``AtlasError`` where they do not fit together."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.definitions: Mapping[str, Definition] = {each["name"]: each for each in definitions}
        self.enums: Mapping[str, frozenset[str]] = {
            each["name"]: frozenset(element["value"] for element in each.get("elementDefs", ()))
            for each in self.of("ENUM")
        }
        self._supers = {each["name"]: tuple(self._above(each["name"])) for each in self.of("ENTITY")}
        for definition in self.definitions.values():
            self._check(definition)
        self._entities = {name: self._compile(name) for name in self._supers}
        for entity_type in self._entities.values():
            self._check_bound(entity_type)

    def of(self, category: str) -> Iterator[Definition]:
        """The definitions of one category, in the order of their upload."""
        return (each for each in self.definitions.values() if each["category"] == category)

    def entity(self, name: Any) -> EntityType:
        """The entity type ``name``; a refused call when there is none."""
        found = self._entities.get(name) if isinstance(name, str) else None
        if found is None:
            raise Fault.TYPE_UNKNOWN(name)
        return found

    def is_a(self, name: str, wanted: str) -> bool:
        """Whether type ``name`` is ``wanted`` or below it."""
        return wanted in self._supers.get(name, ())

    def relationship(self, name: Any) -> Definition:
        """The relationship definition ``name``."""
        found = self.definitions.get(name) if isinstance(name, str) else None
        if found is None or found["category"] != "RELATIONSHIP":
            raise Fault.RELATIONSHIP_TYPE_UNKNOWN(name)
        return found

    def _above(self, name: str, below: tuple[str, ...] = ()) -> Iterator[str]:
        definition = self.definitions.get(name)
        if definition is None or definition["category"] != "ENTITY" or name in below:
            raise Fault.TYPE_REFERENCE_UNKNOWN(name)
        yield name
        seen = {name}
        for parent in definition["superTypes"]:
            for above in self._above(parent, (*below, name)):
                if above not in seen:
                    seen.add(above)
                    yield above

    def _compile(self, name: str) -> EntityType:
        supers = self._supers[name]
        relations = {relation.name: relation for each in self.of("RELATIONSHIP") for relation in _seen(each, supers)}
        attributes = {
            each["name"]: Attribute(each["name"], each["typeName"], each["isOptional"], each["isUnique"], owner)
            for owner in reversed(supers)
            for each in self.definitions[owner]["attributeDefs"]
            if each["name"] not in relations
        }
        subs = tuple(sub for sub, above in self._supers.items() if name in above)
        return EntityType(name, supers, subs, attributes, relations, self.definitions[name].get("options") or {})

    def _check(self, definition: Definition) -> None:
        if definition["category"] == "RELATIONSHIP":
            _check_ends(definition)
            for end in (definition["endDef1"], definition["endDef2"]):
                if end["type"] not in self._supers:
                    raise Fault.TYPE_REFERENCE_UNKNOWN(end["type"])
        for attribute in definition.get("attributeDefs") or ():
            for part in _parts(attribute["typeName"]):
                if part not in PRIMITIVES and part not in self.enums and part not in self._supers:
                    raise Fault.TYPE_REFERENCE_UNKNOWN(part)

    def _check_bound(self, entity_type: EntityType) -> None:
        for attribute in entity_type.attributes.values():
            if any(part in self._supers for part in _parts(attribute.type_name)):
                message = f"references outside of a relationshipDef ({entity_type.name}.{attribute.name})"
                raise Fault.UNSUPPORTED(message)


def _seen(definition: Definition, supers: tuple[str, ...]) -> Iterator[Relation]:
    """The relations that a type has through one relationship definition: none, one, or both ends."""
    ends = (definition["endDef1"], definition["endDef2"])
    composed = definition["relationshipCategory"] == "COMPOSITION"
    for side, (own, other) in enumerate((ends, ends[::-1]), start=1):
        if own["type"] in supers:
            yield Relation(
                name=own["name"],
                relationship=definition["name"],
                side=side,
                many=own["cardinality"] != "SINGLE",
                other=other["type"],
                other_many=other["cardinality"] != "SINGLE",
                owns=composed and own["isContainer"],
                required=composed and other["isContainer"],
                legacy=own["isLegacyAttribute"],
            )


def _parts(type_name: str) -> Iterator[str]:
    """``map<string,array<int>>`` → string, int."""
    generic = _GENERIC.fullmatch(type_name)
    if generic is None:
        yield type_name
        return
    for part in generic[2].split(",", 1) if generic[1] == "map" else [generic[2]]:
        yield from _parts(part.strip())


def _check_ends(definition: Definition) -> None:
    ends = (definition["endDef1"], definition["endDef2"])
    containers = sum(end["isContainer"] for end in ends)
    category = definition["relationshipCategory"]
    wrong = {
        Fault.RELATIONSHIP_LIST_END: any(end["cardinality"] == "LIST" for end in ends),
        Fault.RELATIONSHIP_TWO_CONTAINERS: containers == 2,
        Fault.RELATIONSHIP_ASSOCIATION_CONTAINER: category == "ASSOCIATION" and containers > 0,
        Fault.RELATIONSHIP_COMPOSITION_OPEN: category == "COMPOSITION" and containers == 0,
        Fault.RELATIONSHIP_AGGREGATION_OPEN: category == "AGGREGATION" and containers == 0,
        Fault.RELATIONSHIP_MANY_PARENTS: category == "COMPOSITION"
        and any(end["cardinality"] != "SINGLE" and not end["isContainer"] for end in ends),
    }
    for fault, is_wrong in wrong.items():
        if is_wrong:
            raise fault(definition["name"])


def check_name(name: str, category: str) -> None:
    """Refuse a name that Atlas refuses."""
    if not _NAME.fullmatch(name):
        raise Fault.TYPE_NAME(f"{name} ({category})")


def check_options(definition: Definition) -> None:
    """Refuse an option that must be a JSON list and is not: Purview does so, Apache Atlas takes anything."""
    for option in LIST_OPTIONS:
        text = (definition.get("options") or {}).get(option)
        if text is not None and not _is_json_list(text):
            raise Fault.PARAMETERS(f"option {option} of {definition['name']} must be a JSON list, not {text!r}")


def _is_json_list(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except (TypeError, ValueError):
        return False
