"""Whether people said something of an asset of ours: such a one is never removed."""

from collections.abc import Mapping
from typing import Any

from lineage.catalogue.parts import MARK, PLACEHOLDER_LABEL
from lineage.catalogue.stale import STALE_LABEL
from lineage.catalogue.typedefs import PROCESS_FACTS

EDITED = frozenset({"displayName", "userDescription"})
"""Attributes that people fill in: Purview keeps what they say apart from the scan's ``name`` and ``description``."""

_OUR_LABELS = frozenset({PLACEHOLDER_LABEL, MARK, STALE_LABEL})


def curated(entity: Mapping[str, Any]) -> bool:
    """Whether an entity has anything that we never write: a name or a description for people, a contact, a term, a
    classification, a label, business metadata or a custom attribute."""
    attributes, relations = entity.get("attributes") or {}, entity.get("relationshipAttributes") or {}
    said = (
        any(attributes.get(name) for name in EDITED | {"description"}),
        any((entity.get("contacts") or {}).values()),
        any((entity.get("businessAttributes") or {}).values()),
        active(entity.get("classifications")),
        active(entity.get("meanings")),
        active(relations.get("meanings")),
        set(entity.get("labels") or ()) - _OUR_LABELS,
        (entity.get("customAttributes") or {}).keys() - PROCESS_FACTS.keys(),
    )
    return any(said)


def active(references: Any) -> list[Any]:
    """Those of the references that are not deleted."""
    listed = [] if references is None else references if isinstance(references, list) else [references]
    gone = ("entityStatus", "relationshipStatus")
    return [one for one in listed if not any(one.get(status) == "DELETED" for status in gone)]
