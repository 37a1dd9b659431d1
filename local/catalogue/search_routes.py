"""The routes that look for assets and follow their lineage, and those of the account."""

from typing import Any

from local.catalogue import answers, database, lineage, search
from local.catalogue.call import Call, Row
from local.catalogue.faults import Fault
from local.catalogue.graph import Entity
from local.catalogue.search import Condition


def _query(call: Call) -> Any:
    """Purview's search."""
    body = call.body if isinstance(call.body, dict) else {}
    size = search.limit(body.get("limit"))
    ranking = search.Ranking.of(body.get("keywords"))
    matching = _among_visible(call, search.Filter(call.types).compile(body.get("filter")), body.get("keywords"))
    page = search.joined("AND", [matching, ranking.after(body.get("continuationToken"))])
    clause = f"WHERE {page.sql} ORDER BY {ranking.sql.sql}, id LIMIT ?"
    # One more than asked for tells whether there are more.
    found = call.graph.select(clause, [*page.values, *ranking.sql.values, size + 1])
    answer = {
        "@search.count": call.graph.count(f"WHERE {matching.sql}", matching.values),
        "@search.count.approximate": False,
        "value": [_hit(entity) for entity in found[:size]],
    }
    if len(found) > size:
        answer["continuationToken"] = ranking.token(found[size - 1])
    return answer


def _basic(call: Call) -> Any:
    """Atlas' basic search, from parameters or from a body."""
    asked = call.body if isinstance(call.body, dict) else dict(call.query)
    size, offset = _number(asked, "limit", 100), _number(asked, "offset", 0)
    conditions = []
    if asked.get("typeName"):
        conditions.append(search.of_type(call.types, asked["typeName"]))
    if asked.get("entityFilters"):
        conditions.append(search.Filter(call.types).compile(_criteria(asked["entityFilters"])))
    matching = _among_visible(call, search.joined("AND", conditions), asked.get("query"))
    found = call.graph.select(f"WHERE {matching.sql} ORDER BY id LIMIT ? OFFSET ?", [*matching.values, size, offset])
    return {
        "queryType": "BASIC",
        "searchParameters": asked,
        "entities": [answers.header(entity) for entity in found],
        "approximateCount": call.graph.count(f"WHERE {matching.sql}", matching.values),
    }


def _among_visible(call: Call, wanted: Condition, words: Any) -> Condition:
    visible = search.visible(call.types, database.calls(call.connection))
    return search.joined("AND", [visible, wanted, search.keywords(words)])


def _hit(entity: Entity) -> Any:
    attributes = entity.attributes
    return {
        "id": entity.guid,
        "entityType": entity.type_name,
        "qualifiedName": entity.qualified_name,
        "name": entity.name,
        "displayText": entity.name,
        "description": attributes.get("description"),
        "owner": attributes.get("owner"),
        "label": entity.labels,
        "collectionId": entity.collection,
        "createTime": entity.created_at,
        "updateTime": entity.updated_at,
        "@search.score": 1.0,
    }


def _criteria(node: Any) -> Any:
    """Atlas' filter in the spelling of Purview's."""
    if not isinstance(node, dict):
        raise Fault.PARAMETERS("entityFilters must be an object")
    if "criterion" in node:
        return {str(node.get("condition", "AND")).lower(): [_criteria(each) for each in node["criterion"]]}
    return {**node, "operator": str(node.get("operator", "eq")).lower()}


def _number(asked: Any, name: str, default: int) -> int:
    try:
        number = int(asked.get(name) or default)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= 10_000:
        raise Fault.PARAMETERS(f"{name} must be a number up to 10000")
    return number


def _refresh(call: Call) -> None:
    """Let search know everything now; the real index does so by itself, some minutes later."""
    call.connection.execute("UPDATE entity SET found_from = 0")


def _lineage(call: Call) -> Any:
    return lineage.lineage(call.graph, call.types, call.entity(), _question(call))


def _lineage_unique(call: Call) -> Any:
    return lineage.lineage(call.graph, call.types, call.unique_entity(), _question(call))


def _question(call: Call) -> lineage.Question:
    direction = call.query.get("direction", "BOTH")
    if direction not in lineage.DIRECTIONS:
        raise Fault.PARAMETERS(f"direction must be one of {', '.join(lineage.DIRECTIONS)}")
    return lineage.Question(
        direction=direction,
        depth=call.number("depth", 3),
        width=max(0, call.number("width", 0)),
        include_parent=call.flag("includeParent"),
        derived=call.flag("getDerivedLineage"),
    )


def _collections(call: Call) -> Any:
    rows = call.connection.execute("SELECT name, friendly_name, parent FROM collection ORDER BY rowid").fetchall()
    return {"value": [_collection(*row) for row in rows], "count": len(rows)}


def _put_collection(call: Call) -> Any:
    body = call.body if isinstance(call.body, dict) else {}
    name = call.path["name"]
    parent = (body.get("parentCollection") or {}).get("referenceName") or call.setup.account
    friendly = str(body.get("friendlyName") or name)
    call.connection.execute(
        "INSERT INTO collection VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET friendly_name = ?2",
        (name, friendly, call.collection(str(parent))),
    )
    return _collection(name, friendly, str(parent))


def _collection(name: str, friendly_name: str, parent: str | None) -> Any:
    shown: dict[str, Any] = {"name": name, "friendlyName": friendly_name, "collectionProvisioningState": "Succeeded"}
    if parent:
        shown["parentCollection"] = {"type": "CollectionReference", "referenceName": parent}
    return shown


ROUTES = (
    Row("POST", "/search/query", _query),
    Row("GET", "/search/basic", _basic),
    Row("POST", "/search/basic", _basic),
    Row("POST", "/search/refresh", _refresh, writes=True),
    Row("GET", "/lineage/{guid}", _lineage),
    Row("GET", "/lineage/uniqueAttribute/type/{type}", _lineage_unique),
)
ACCOUNT_ROUTES = (
    Row("GET", "/account/collections", _collections),
    Row("PUT", "/account/collections/{name}", _put_collection, writes=True),
)
