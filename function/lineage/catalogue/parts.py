"""The entities of the Atlas API that stand around a process: its hierarchy, placeholders and their columns.

References are by type and qualified name until ``number`` gives the entities of one call their negative guids. Scanned
assets occur in references only.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyapacheatlas.core import entity as atlas

from lineage.catalogue.kinds import Schema, kind_of
from lineage.catalogue.mapping import NAME_BYTES, shorten_text
from lineage.catalogue.typedefs import APPLICATION
from lineage.catalogue.vocabulary import Vocabulary
from lineage.model import AssetName, Column, Dataset, Owner

Entity = dict[str, Any]

PLACEHOLDER_LABEL = "lineage-placeholder"
"""On an asset that we made because no scanned one was found."""
MARK = "lineage-feed"
"""On everything else of ours: only what carries one of the two may ever be removed by us."""

ATLAS: Any = atlas
"""pyapacheatlas has no types."""


@dataclass(frozen=True, slots=True)
class Part:
    """An entity of ours and the name that it has."""

    asset: AssetName
    entity: Entity


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A dataset that no scanned asset was found for; its columns are all that are known."""

    asset: AssetName
    dataset: Dataset

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the dataset."""
        return self.dataset.columns


def hierarchy(owner: Owner) -> Iterable[Owner]:
    """The owner, what is above it and what it links to; each after what it needs."""
    if owner.parent:
        yield from hierarchy(owner.parent)
    for _, linked in owner.links:
        yield from hierarchy(linked)
    yield owner


def owner_parts(owner: Owner, vocabulary: Vocabulary) -> list[Part]:
    """The hierarchy above a process, each part once, parents first; the last one is ``owner``."""
    parts = {one.asset: _owner(one, vocabulary) for one in hierarchy(owner)}
    return [*(part for asset, part in parts.items() if asset != owner.asset), parts[owner.asset]]


_PATHS = ("_path", "_resource_set")


def placeholder_entities(placeholder: Placeholder, vocabulary: Vocabulary) -> list[Entity]:
    """The placeholder, behind the entity that holds its columns, if its type has one."""
    asset, dataset = placeholder.asset, placeholder.dataset
    attributes = {
        **({"path": urlsplit(asset.qualified_name).path} if asset.type_name.endswith(_PATHS) else {}),
        "uri": dataset.uri,
        "format": dataset.format,
        "rule": dataset.rule,
        "confidence": dataset.confidence,
    }
    attributes = vocabulary.attributes(asset.type_name, attributes)
    schema = _schema(asset, vocabulary)
    if schema is None or not schema.through:
        return [entity_of(asset, dataset.name, attributes, labels=[PLACEHOLDER_LABEL])]
    holder = AssetName(schema.through, f"{asset.qualified_name}#__tabular_schema")
    return [
        entity_of(holder, "tabular_schema", {}, labels=[MARK]),
        entity_of(asset, dataset.name, attributes, {schema.through: reference(holder)}, [PLACEHOLDER_LABEL]),
    ]


def column_entities(placeholder: Placeholder, columns: Iterable[Column], vocabulary: Vocabulary) -> list[Entity]:
    """The given columns of a placeholder, each with a reference to what it belongs to."""
    schema = _schema(placeholder.asset, vocabulary)
    if schema is None:
        return []
    asset = placeholder.asset.qualified_name
    parent = AssetName(schema.through, f"{asset}#__tabular_schema") if schema.through else placeholder.asset
    return [
        entity_of(
            AssetName(schema.column, schema.qualified_name(asset, column.name)),
            column.name,
            vocabulary.attributes(schema.column, {schema.data_type: column.type or "unknown"}),
            {schema.parent: reference(parent)},
        )
        for column in columns
    ]


def name_of(entity: Mapping[str, Any]) -> AssetName:
    """What an entity is called."""
    return AssetName(entity["typeName"], entity["attributes"]["qualifiedName"])


def digest(asset: AssetName) -> str:
    """The asset in keys of the store, which names are too long for."""
    return hashlib.sha256(f"{asset.type_name}\n{asset.qualified_name}".encode()).hexdigest()[:32]


def number(entities: Sequence[Entity], guids: Mapping[AssetName, str]) -> list[Entity]:
    """The entities of one call, each with its negative guid, which references within the call use.

    ``guids`` are those that the catalogue gave to what earlier calls wrote.
    """
    names = {name_of(entity): str(-at) for at, entity in enumerate(entities, start=1)}
    known = {**guids, **names}
    return [{**_pointed(entity, known), "guid": names[name_of(entity)]} for entity in entities]


def entity_of(
    asset: AssetName,
    name: str,
    attributes: Mapping[str, Any],
    relations: Mapping[str, Any] | None = None,
    labels: Sequence[str] = (),
) -> Entity:
    """An entity without a guid; attributes that are empty are left out, so that they are left alone."""
    # The library changes the attributes that it is given, and its addRelationship() forgets earlier relations.
    given: dict[str, Any] = {"attributes": {key: value for key, value in attributes.items() if value not in (None, "")}}
    if relations:
        given["relationshipAttributes"] = dict(relations)
    if labels:
        given["labels"] = list(labels)
    shown = shorten_text(name or asset.qualified_name, NAME_BYTES)
    return as_dict(ATLAS.AtlasEntity(shown, asset.type_name, asset.qualified_name, **given))


def reference(asset: AssetName) -> Entity:
    """The asset as something that another one refers to: by type and qualified name, whatever its guid is."""
    made: Entity = ATLAS.AtlasEntity("", asset.type_name, asset.qualified_name, guid=None).to_json(minimum=True)
    return made


def as_dict(entity: Any) -> Entity:
    """An entity of pyapacheatlas as it travels, still without a guid."""
    made: Entity = entity.to_json()
    return {key: value for key, value in made.items() if key != "guid"}


def _pointed(value: Any, guids: Mapping[AssetName, str]) -> Any:
    if isinstance(value, list):
        return [_pointed(one, guids) for one in value]
    if not isinstance(value, dict):
        return value
    if "uniqueAttributes" in value:
        guid = guids.get(AssetName(value["typeName"], value["uniqueAttributes"]["qualifiedName"]))
        return {"typeName": value["typeName"], "guid": guid} if guid else value
    return {key: _pointed(one, guids) for key, one in value.items()}


def _owner(owner: Owner, vocabulary: Vocabulary) -> Part:
    asset = owner_asset(owner, vocabulary)
    own = asset.type_name == APPLICATION
    wanted = [("parent" if own else owner.relation, owner.parent)] if owner.parent else []
    wanted += [] if own else list(owner.links)
    related = {name: owner_asset(other, vocabulary) for name, other in wanted if name and other}
    relations = {name: reference(other) for name, other in related.items() if (other.type_name == APPLICATION) == own}
    kind = owner.asset.type_name.removeprefix("databricks_").removeprefix("lineage_")
    given = {"kind": kind} if own else _typed(dict(owner.attributes))
    return Part(asset, entity_of(asset, owner.name, vocabulary.attributes(asset.type_name, given), relations, [MARK]))


def owner_asset(owner: Owner, vocabulary: Vocabulary) -> AssetName:
    """Built-in where the catalogue has the whole hierarchy, else an application of our own."""
    builtin = vocabulary.builtin_process and vocabulary.creates(owner.asset.type_name)
    return owner.asset if builtin else AssetName(APPLICATION, owner.asset.qualified_name)


def _typed(attributes: dict[str, str]) -> dict[str, Any]:
    """``jobId`` is a number, and not that of a job whose name was made stable."""
    job = attributes.get("jobId", "")
    return {**attributes, "jobId": int(job)} if job.isdigit() else {k: v for k, v in attributes.items() if k != "jobId"}


def _schema(asset: AssetName, vocabulary: Vocabulary) -> Schema | None:
    """The asset's own kind of columns where the catalogue has it, else the tabular one, else none."""
    fitting = (kind_of(asset.type_name).schema, kind_of("").schema)
    return next(
        (
            schema
            for schema in fitting
            if vocabulary.creates(schema.column) and (not schema.through or vocabulary.creates(schema.through))
        ),
        None,
    )
