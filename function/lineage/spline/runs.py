"""The facts of one run: status, size and error, from an event."""

import re
from collections.abc import Mapping

from lineage.model import Run, Status
from lineage.spline.wire import Event, Params

ROWS = (
    ("numOutputRows",),
    ("numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted"),
    ("numUpdatedRows",),
    ("numDeletedRows",),
)
BYTES = (("numOutputBytes",), ("numTargetBytesAdded",), ("numAddedBytes",))
FILES = (("numFiles",), ("numTargetFilesAdded",), ("numAddedFiles",))
"""Metrics by the names that the kinds of write give them, the first that is there; those of one row are added up."""
HIDDEN_CLAUSES = {
    "numTargetRowsNotMatchedBySourceUpdated": "updated",
    "numTargetRowsNotMatchedBySourceDeleted": "deleted",
}
MERGE_METRIC = "numTargetRowsInserted"
ERROR_CLASS = re.compile(r"\s*((?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]*)\s*(?=[:\n]|$)")


def run_of(event: Event | None, key: str) -> Run:
    """What ``event`` says of its run. A plan without an event may have failed or never have ended."""
    if event is None:
        return Run(key=key)
    extra: Params = event.extra or {}
    metrics = _write_metrics(event)
    duration = event.duration_ns if event.duration_ns is not None else extra.get("durationNs")
    failed = event.error not in (None, [], {})
    return Run(
        key=key,
        timestamp=event.timestamp,
        status=Status.FAILED if failed else Status.SUCCEEDED,
        duration_ns=duration if isinstance(duration, int) and not isinstance(duration, bool) else None,
        rows=_first(metrics, ROWS[1:] if MERGE_METRIC in metrics else ROWS),
        bytes=_first(metrics, BYTES),
        files=_first(metrics, FILES),
        error=error_class(event.error) if failed else "",
        application_id=_text(extra.get("appId")),
    )


def hidden_clauses(event: Event) -> list[str]:
    """What a MERGE did to rows by clauses that the agent leaves out: ``updated``, ``deleted``."""
    metrics = _write_metrics(event)
    return [did for name, did in HIDDEN_CLAUSES.items() if metrics.get(name, 0) > 0]


def dynamic_partitions(event: Event) -> bool:
    """Whether the rows of a write told which partitions they belong to."""
    return _write_metrics(event).get("numParts", 0) > 0


def error_class(error: object) -> str:
    """The class at the head of a stack trace; ``error`` where it has no such head. Never any of its message."""
    match = ERROR_CLASS.match(_text(error))
    return match[1] if match else "error"


def _write_metrics(event: Event) -> Mapping[str, int]:
    return _metrics((event.extra or {}).get("writeMetrics"))


def _metrics(value: object) -> Mapping[str, int]:
    items = value.items() if isinstance(value, dict) else ()
    return {key: number for key, number in items if type(number) is int}


def _first(metrics: Mapping[str, int], names: tuple[tuple[str, ...], ...]) -> int | None:
    for group in names if metrics else ():
        if group[0] in metrics:
            return sum(metrics.get(name, 0) for name in group)
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
