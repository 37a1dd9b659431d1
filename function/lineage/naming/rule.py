"""The shape of a row of the naming table."""

import re
from dataclasses import dataclass

DATASET = "lineage_dataset"
"""Our own type, for what the catalogue has no type or no known name for."""


@dataclass(frozen=True, slots=True)
class Alternate:
    """Another asset that the same source may be in the catalogue; ``only`` for a ``folder`` or a ``file``."""

    type_name: str
    qualified_name: str
    only: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of source is spelled and what it is called.

    Templates may use the pattern's groups, and ``{tail}`` (the last two sections of container and path), ``{dfs}`` and
    ``{blob}`` (the host with that label). ``label`` is the readable name. ``confidence``: ``high`` follows from Azure's
    naming rules, ``medium`` is documented or consistent over sources, ``low`` is not confirmed on a tenant.
    ``example`` is a URI as Spline writes it, or ``NAMESPACE + NAME`` as OpenLineage does; ``given key=value`` behind it
    is what else has to be known.
    """

    name: str
    pattern: re.Pattern[str]
    type_name: str
    qualified_name: str
    label: str
    confidence: str
    example: str
    alternates: tuple[Alternate, ...] = ()


def rule(
    name: str,
    pattern: str,
    type_name: str,
    qualified_name: str,
    label: str,
    confidence: str,
    example: str,
    *alternates: Alternate,
) -> Rule:
    """A row, from its pattern as text."""
    return Rule(name, re.compile(pattern, re.S), type_name, qualified_name, label, confidence, example, alternates)
