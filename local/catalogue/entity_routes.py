"""The routes below ``/entity`` and ``/relationship``."""

import re
from dataclasses import replace
from typing import Any

from local.catalogue import answers
from local.catalogue.answers import Reading
from local.catalogue.call import Call, Row
from local.catalogue.faults import Fault
from local.catalogue.graph import Edge, Entity
from local.catalogue.incoming import check_labels
from local.catalogue.upsert import Mutations, Upsert, delete, stamp

_NUMBERED = re.compile(r"attr_(\d+):(.+)")


def _save_many(call: Call) -> Any:
    upsert = call.upsert()
    upsert.run(call.reader.bulk(call.body))
    return _saved(upsert)


def _save_one(call: Call) -> Any:
    body = call.body if isinstance(call.body, dict) else {}
    upsert = call.upsert()
    upsert.run(call.reader.bulk({**body, "entities": [body.get("entity")]}))
    return _saved(upsert)


def _saved(upsert: Upsert, update: str = "UPDATE") -> Any:
    placeholders = answers.assigned(upsert.graph, upsert.assigned)
    return {**answers.mutated(upsert.graph, upsert.mutations, update), "guidAssignments": placeholders}


def _change_attribute(call: Call) -> Any:
    """``PUT /entity/guid/G?name=A``: one plain value or one reference, no list and no map."""
    entity = call.entity()
    name = call.query.get("name", "")
    entity_type = call.types.entity(entity.type_name)
    relation, attribute = entity_type.relations.get(name), entity_type.attributes.get(name)
    if relation is None and attribute is None:
        raise Fault.ATTRIBUTE_UNKNOWN(name, entity.type_name)
    if (relation and relation.many) or (attribute and "<" in attribute.type_name):
        raise Fault.ATTRIBUTE_NOT_PARTIAL(name, entity.type_name)
    value = {"guid": call.body} if relation and isinstance(call.body, str) else call.body
    return _change(call, entity, {"attributes": {name: value}})


def _change_unique(call: Call) -> Any:
    body = call.body.get("entity") if isinstance(call.body, dict) else None
    return _change(call, call.unique_entity(), body)


def _change(call: Call, entity: Entity, body: Any) -> Any:
    upsert = call.upsert()
    upsert.change(entity, call.reader.partial(call.types.entity(entity.type_name), body))
    return _saved(upsert, "PARTIAL_UPDATE")


def _get(call: Call) -> Any:
    return _reading(call).one(call.entity())


def _get_unique(call: Call) -> Any:
    return _reading(call).one(call.unique_entity())


def _get_header(call: Call) -> Any:
    return answers.header(call.entity())


def _get_many(call: Call) -> Any:
    return _shown(call, [call.by_guid(guid) for guid in _guids(call)])


def _get_many_unique(call: Call) -> Any:
    """``attr_0:qualifiedName=…&attr_1:qualifiedName=…``: those that exist; no refusal for the others."""
    wanted: dict[int, dict[str, str]] = {}
    for key, value in call.query.multi_items():
        numbered = _NUMBERED.fullmatch(key)
        if numbered:
            wanted.setdefault(int(numbered[1]), {})[numbered[2]] = value
    entity_type = call.types.entity(call.path["type"])
    found = (call.graph.by_unique(entity_type, unique) for _, unique in sorted(wanted.items()))
    return _shown(call, list({entity.id: entity for entity in found if entity}.values()))


def _shown(call: Call, entities: list[Entity]) -> Any:
    shown, referred = _reading(call).with_owned(entities)
    return {"referredEntities": referred, "entities": shown}


def _reading(call: Call) -> Reading:
    return Reading(call.graph, call.types, brief=call.flag("minExtInfo"), alone=call.flag("ignoreRelationships"))


def _guids(call: Call) -> list[str]:
    guids = list(dict.fromkeys(call.query.getlist("guid")))
    if not guids:
        raise Fault.PARAMETERS("Guid(s) not specified")
    return guids


def _delete_one(call: Call) -> Any:
    return _delete(call, [call.path["guid"]])


def _delete_many(call: Call) -> Any:
    return _delete(call, _guids(call))


def _delete_unique(call: Call) -> Any:
    unique = {key.removeprefix("attr:"): value for key, value in call.query.items() if key.startswith("attr:")}
    found = call.graph.by_unique(call.types.entity(call.path["type"]), unique)
    return _delete(call, [found.guid] if found else [])


def _delete(call: Call, guids: list[str]) -> Any:
    """What is not there was deleted before: no refusal."""
    found = [entity for entity in map(call.graph.by_guid, guids) if entity]
    removed = delete(call.graph, call.types, [entity.id for entity in found])
    return answers.mutated(call.graph, Mutations(deleted=dict(removed)))


def _add_labels(call: Call) -> None:
    entity = _marked(call)
    _label(call, entity, [*entity.labels, *check_labels(call.body)])


def _set_labels(call: Call) -> None:
    _label(call, _marked(call), check_labels(call.body))


def _remove_labels(call: Call) -> None:
    entity = _marked(call)
    gone = check_labels(call.body)
    _label(call, entity, [label for label in entity.labels if label not in gone])


def _label(call: Call, entity: Entity, labels: list[str]) -> None:
    _mark(call, entity, replace(entity, labels=list(dict.fromkeys(labels))))


def _move(call: Call) -> Any:
    collection = call.collection(call.query.get("collectionId", ""))
    body = call.body if isinstance(call.body, dict) else {}
    entities = [call.by_guid(str(guid)) for guid in body.get("entityGuids") or ()]
    mutations = Mutations(updated=[entity.id for entity in entities])
    for entity in entities:
        _mark(call, entity, replace(entity, collection=collection))
    return answers.mutated(call.graph, mutations)


def _mark(call: Call, before: Entity, after: Entity) -> None:
    if after != before:
        stamp(call.graph, call.types, after, call.writing)


def _marked(call: Call) -> Entity:
    return call.entity() if "guid" in call.path else call.unique_entity()


def _relate(call: Call) -> Any:
    body = call.body if isinstance(call.body, dict) else {}
    definition = call.types.relationship(body.get("typeName"))
    ends = [_end(call, definition[f"endDef{side}"], body.get(f"end{side}")) for side in (1, 2)]
    edge = call.upsert().relate(definition, *ends)
    return answers.relationship(call.graph, call.types, edge)


def _end(call: Call, end: Any, given: Any) -> Entity:
    reference = call.reader.reference(given)
    if reference.guid:
        found = call.graph.by_guid(reference.guid)
    else:
        found = call.graph.by_unique(call.types.entity(reference.type_name), dict(reference.unique))
    if found is None:
        raise Fault.RELATIONSHIP_END_MISSING(end["type"])
    return found


def _change_relation(call: Call) -> Any:
    """No relationship type here has attributes, so there is nothing to change; it must exist."""
    guid = call.body.get("guid") if isinstance(call.body, dict) else None
    return answers.relationship(call.graph, call.types, _edge(call, str(guid)))


def _get_relation(call: Call) -> Any:
    edge = _edge(call, call.path["guid"])
    shown = {"relationship": answers.relationship(call.graph, call.types, edge)}
    if not call.flag("extendedInfo"):
        return shown
    ends = call.graph.by_ids([edge.end1, edge.end2]).values()
    return {**shown, "referredEntities": {entity.guid: answers.header(entity) for entity in ends}}


def _delete_relation(call: Call) -> None:
    call.graph.disconnect([_edge(call, call.path["guid"])])


def _edge(call: Call, guid: str) -> Edge:
    found = call.graph.edge(guid)
    if found is None:
        raise Fault.RELATIONSHIP_GUID(guid)
    return found


_UNIQUE = "/entity/uniqueAttribute/type/{type}"
ROUTES = (
    Row("POST", "/entity/bulk", _save_many, writes=True),
    Row("POST", "/entity", _save_one, writes=True),
    Row("PUT", "/entity/guid/{guid}", _change_attribute, writes=True),
    Row("PUT", _UNIQUE, _change_unique, writes=True),
    Row("GET", "/entity/bulk", _get_many),
    Row("GET", "/entity/bulk/uniqueAttribute/type/{type}", _get_many_unique),
    Row("GET", "/entity/guid/{guid}", _get),
    Row("GET", "/entity/guid/{guid}/header", _get_header),
    Row("GET", _UNIQUE, _get_unique),
    Row("DELETE", "/entity/bulk", _delete_many, writes=True),
    Row("DELETE", "/entity/guid/{guid}", _delete_one, writes=True),
    Row("DELETE", _UNIQUE, _delete_unique, writes=True),
    *(
        Row(method, f"{path}/labels", handle, writes=True)
        for path in ("/entity/guid/{guid}", _UNIQUE)
        for method, handle in (("PUT", _add_labels), ("POST", _set_labels), ("DELETE", _remove_labels))
    ),
    Row("POST", "/entity/moveTo", _move, writes=True),
    Row("POST", "/relationship", _relate, writes=True),
    Row("PUT", "/relationship", _change_relation, writes=True),
    Row("GET", "/relationship/guid/{guid}", _get_relation),
    Row("DELETE", "/relationship/guid/{guid}", _delete_relation, writes=True),
)
