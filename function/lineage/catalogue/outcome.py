"""What publishing came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.catalogue.draft import Draft, process_key
from lineage.errors import LineageError, StoreError
from lineage.model import Lineage, Status
from lineage.receipts import State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What publishing one lineage came to.

    ``guids`` go by qualified name. ``matches`` explain each dataset's binding. ``operations`` is what the client spent
    meanwhile.
    """

    state: State
    reason: str = ""
    guids: Mapping[str, str] = field(default_factory=dict)
    matches: tuple[Mapping[str, Any], ...] = ()
    operations: int = 0


def outcome_of(lineage: Lineage, drafts: Mapping[str, Draft], operations: int) -> Outcome | LineageError:
    """What became of ``lineage``; ``drafts`` go by the key of their process."""
    if lineage.skip:
        return Outcome(State.SKIPPED, lineage.skip)
    draft = drafts[process_key(lineage.process.qualified_name)]
    if draft.error or draft.published is None:
        return draft.error or StoreError(f"{draft.key} was not published")
    failed = lineage.run.status is Status.FAILED
    state = State.FAILED_RUN if failed else State.PUBLISHED if draft.write else State.UNCHANGED
    bound, places = draft.published.bindings, {table.qualified_name: name for name, table in draft.tables.items()}
    return Outcome(
        state,
        reason=lineage.run.error if failed else "",
        guids=draft.published.guids,
        matches=tuple(
            {**bound[one.qualified_name].explained(one.asset), **_place(places.get(one.qualified_name))}
            for one in draft.shown.datasets
        ),
        operations=operations,
    )


def _place(name: str | None) -> dict[str, str]:
    """The path under which the lineage has what is called as the table that lies there."""
    return {"place": name} if name else {}
