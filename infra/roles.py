"""What the Function's identity may do in Azure, as one table. Purview's own roles are granted in Purview."""

from dataclasses import dataclass
from typing import Literal

DATA_CURATOR = "data-curator"
"""The role on a Purview collection: read and write entities and types."""


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role; ``scope`` is the resource that it is granted on."""

    name: str
    id: str
    scope: Literal["storage", "insights"]
    why: str

    def definition(self, subscription: str) -> str:
        """The resource id of the role definition."""
        return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{self.id}"


ROLES = (
    Role(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "storage",
        "payloads and receipts; the host's leases and the deployment container",
    ),
    Role(
        "Storage Queue Data Contributor",
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        "storage",
        "pointers; the host moves what failed to the poison queue",
    ),
    Role(
        "Storage Table Data Contributor",
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        "storage",
        "the host's diagnostic events",
    ),
    Role(
        "Monitoring Metrics Publisher",
        "3913510d-42f4-4e42-8a64-420c390055eb",
        "insights",
        "telemetry without an instrumentation key",
    ),
)
