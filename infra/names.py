"""Every name that the deployment gives, by one pure function within Azure's limits."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields

LIMITS: Mapping[str, tuple[int, str]] = {
    "group": (90, r"[a-z0-9-]+"),
    "storage": (24, r"[a-z0-9]{3,}"),
    "function": (32, r"[a-z0-9][a-z0-9-]+[a-z0-9]"),  # 60 are allowed; past 32 two apps may get one host id
    "plan": (60, r"[a-z0-9-]+"),
    "identity": (128, r"[a-z0-9][a-z0-9-]{2,}"),
    "insights": (255, r"[a-z0-9-]+"),
    "logs": (63, r"[a-z0-9][a-z0-9-]{2,}[a-z0-9]"),
    "actions": (255, r"[a-z0-9-]+"),
    "workbook": (36, r"[0-9a-f-]{36}"),
    "budget": (63, r"[a-z0-9-]+"),
    "network": (64, r"[a-z0-9][a-z0-9-]*[a-z0-9]"),
    "scope": (128, r"[a-z0-9-]+"),
    "policy": (100, r"[a-z0-9-]+"),
}
"""Field to the longest name that Azure (or Databricks) takes, and its shape."""

PROJECT = "databricks-purview-lineage"
"""The name in ``Pulumi.yaml``."""
CONTAINER = "lineage"
"""Blob container of payloads, receipts and process state."""
DEPLOYMENTS = "deployments"
"""Blob container that the platform keeps the package in."""
QUEUE = "lineage"
POISON_QUEUE = f"{QUEUE}-poison"
"""The Functions host moves to this name what failed too often."""
FUNCTION_KEY = "spark-agent"
"""Name of the function key that clusters use; theirs alone, so that it can be rotated."""
SECRET = "ingest-key"  # noqa: S105 - the name of a secret, not one
"""Name of that key in the Databricks secret scope."""


@dataclass(frozen=True, slots=True)
class Names:
    """One name for each resource that has one in the whole subscription or world."""

    group: str
    storage: str
    function: str
    plan: str
    identity: str
    insights: str
    logs: str
    actions: str
    workbook: str
    budget: str
    network: str
    scope: str
    policy: str

    @classmethod
    def of(cls, *, project: str, stack: str, subscription: str) -> "Names":
        """The same for the same three; different for any other, however much of the stack's name fits."""
        seed = f"{subscription.lower()}/{project}/{stack}"
        code = hashlib.sha256(seed.encode()).hexdigest()[:6]
        word = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")
        made = {each.name: _fit(each.name, word, code) for each in fields(cls) if each.name != "workbook"}
        return cls(**made, workbook=str(uuid.uuid5(uuid.NAMESPACE_URL, f"workbook/{seed}")))


_PREFIXES: Mapping[str, str] = {
    "group": "rg-lineage",
    "storage": "stlineage",
    "function": "func-lineage",
    "plan": "plan-lineage",
    "identity": "id-lineage",
    "insights": "appi-lineage",
    "logs": "log-lineage",
    "actions": "ag-lineage",
    "budget": "budget-lineage",
    "network": "vnet-lineage",
    "scope": "lineage",
    "policy": "lineage",
}


def _fit(kind: str, word: str, code: str) -> str:
    """Prefix, as much of the stack's name as fits, code."""
    dash = "" if kind == "storage" else "-"
    prefix, longest = _PREFIXES[kind], LIMITS[kind][0]
    if kind == "storage":
        word = word.replace("-", "")
    room = max(longest - len(prefix) - len(code) - 2 * len(dash), 0)
    return dash.join(part for part in (prefix, word[:room].strip("-"), code) if part)
