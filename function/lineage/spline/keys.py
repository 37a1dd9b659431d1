"""The key of an event: what makes it one, however often and in whatever order it arrives."""

import hashlib
import re
from collections.abc import Mapping

from lineage.spline.identity import Fields, reported, workspace_of
from lineage.spline.wire import Event

UNSAFE = re.compile(r"[^A-Za-z0-9-]+")


def event_key(event: Event, headers: Mapping[str, str]) -> str:
    """The same for the same event of the same cluster: workspace, cluster, plan id and timestamp.

    Safe as part of a file's or blob's name (letters, digits and ``-``), and sorted by time within a plan:
    ``1f923528-1795360357556-0d1c…``. Plans are shared between clusters, so two events may differ in that alone.
    """
    return key_of(event, reported(event, headers))


def key_of(event: Event, told: Fields) -> str:
    """The key of ``event``, which has ``told`` who ran it."""
    parts = (workspace_of(told), told.get("cluster_id", ""), event.plan_id, str(event.timestamp))
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    head = event.plan_id[:8]  # of a UUID: nothing in it to replace
    readable = head if head.isascii() and head.isalnum() else UNSAFE.sub("-", event.plan_id)[:8]
    return f"{readable}-{event.timestamp}-{digest[:16]}"
