"""Who a process belongs to: workspace, job, task, notebook, with links into the workspace."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lineage.page.answers import Entity

_KIND = re.compile(r"(?:databricks_|lineage_)?(?:\w+_)?(workspace|notebook|job|task|application)")
_ABOVE = ("task", "job", "workspace", "notebook", "application", "parent")
"""Relations that lead from a process to its owner, and from there on up."""
_ORDER = ("workspace", "job", "task", "notebook", "application")

_NAMED = re.compile(
    r"databricks://(?P<host>[a-z0-9][a-z0-9.-]*)"
    r"(?:/jobs/(?P<job>[^/]+)(?:/tasks/(?P<task>[^/]+))?|/notebooks/(?P<notebook>.+?))?(?:/processes/[^/]+)?"
)


@dataclass(frozen=True, slots=True)
class Owner:
    """``kind`` is workspace, job, task, notebook or application; ``link`` leads into the workspace, or is empty."""

    kind: str
    name: str
    link: str = ""


def owners_of(process: Entity, entities: Mapping[str, Entity]) -> tuple[Owner, ...]:
    """From the workspace down. What the entities do not tell is read from the qualified name of the process."""
    found = {owner.kind: owner for owner in _named(_text(process, "qualifiedName"))}
    for entity in _above(process, entities, 4):
        kind = _KIND.fullmatch(_text(entity, "kind") or str(entity.get("typeName")))
        if kind:
            found[kind[1]] = _owner(kind[1], entity)
    return tuple(found[kind] for kind in _ORDER if kind in found)


def owner_references(entity: Entity) -> Iterator[Entity]:
    """References to what an entity hangs under."""
    related = entity.get("relationshipAttributes") or {}
    for relation in _ABOVE:
        if isinstance(related.get(relation), Mapping):
            yield related[relation]


def _above(entity: Entity, entities: Mapping[str, Entity], steps: int) -> Iterator[Entity]:
    """Every owner that is reached; there are never more steps than the hierarchy has."""
    for reference in owner_references(entity) if steps else ():
        owner = entities.get(reference.get("guid", ""))
        if owner is not None:
            yield owner
            yield from _above(owner, entities, steps - 1)


def _owner(kind: str, entity: Entity) -> Owner:
    [*_, named] = [Owner(kind, ""), *(owner for owner in _named(_text(entity, "qualifiedName")) if owner.kind == kind)]
    return Owner(kind, _text(entity, "name") or named.name, named.link)


def _named(qualified_name: str) -> Iterator[Owner]:
    found = _NAMED.fullmatch(qualified_name)
    if not found:
        return
    host = f"https://{found['host']}"
    yield Owner("workspace", found["host"], f"{host}/")
    if found["job"]:
        numbered = found["job"].isdecimal()
        yield Owner(
            "job",
            f"job {found['job']}" if numbered else found["job"],
            f"{host}/jobs/{found['job']}" if numbered else "",
        )
    if found["task"]:
        yield Owner("task", found["task"])
    if found["notebook"]:
        yield Owner("notebook", f"/{found['notebook']}", f"{host}/#workspace/{found['notebook']}")


def _text(entity: Entity, attribute: str) -> str:
    value = (entity.get("attributes") or {}).get(attribute)
    return value if isinstance(value, str) else ""
