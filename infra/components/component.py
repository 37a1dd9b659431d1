"""What every component is: a resource of its own type whose children are its parts."""

from typing import Any

import pulumi


class Component(pulumi.ComponentResource):
    """A concern of the deployment; ``name`` is unique within the stack."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        kind = type(self).__name__
        super().__init__(f"lineage:infra:{kind}", name, {}, opts)

    def own(self, **more: Any) -> pulumi.ResourceOptions:
        """Options of a part."""
        return pulumi.ResourceOptions(parent=self, **more)
