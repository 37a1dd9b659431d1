"""What has come in and is not in the catalogue yet: the queue, the marks in the store, and what the logs tell."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from infra import names
from infra.clients.management import Management
from infra.commands.deployment import Deployment
from infra.commands.finding import Finding, Level
from infra.errors import CallError
from infra.watch import ALERTS
from lineage.errors import StoreError
from lineage.operate import events
from lineage.records import EventName
from lineage.store import Store

LONG_QUEUE = 1000
"""Pointers: a few minutes of one instance."""
MOST = 500
"""So many marks are looked at."""
PATIENCE = {"received": timedelta(minutes=10), "retrying": timedelta(minutes=30), "waiting": timedelta(hours=48)}
"""State of an event that is not finished → how long it may stay in it."""
_MEANS = {
    "received": "accepted and not tried: the sweep does not run",
    "retrying": "not published",
    "waiting": "waiting for their plan",
}
FIX = {
    "received": "look at the app's log stream in the portal; make deploy",
    "retrying": "lineage parked shows each with its reason",
    "waiting": "lineage parked; look for plans that were refused with lineage report",
}


def queues(deployment: Deployment) -> Iterable[Finding]:
    """D08: pointers that wait, and pointers that nobody took."""
    arm = Management(deployment.arm)
    account = deployment.output("storage")
    waiting = arm.waiting(account, names.QUEUE)
    if waiting > LONG_QUEUE:
        fix = "pulumi -C infra config set maximumInstances N && make deploy, or wait: nothing is lost"
        yield Finding("D08", Level.WARN, f"{waiting} pointers wait on the queue", fix)
    else:
        yield Finding("D08", Level.OK, f"{waiting} pointers wait on the queue")
    if poisoned := arm.waiting(account, names.POISON_QUEUE):
        what = f"{poisoned} pointers lie on the poison queue, and the Function does not take them"
        yield Finding("D08", Level.FAIL, what, "look at the app's log stream in the portal; make deploy")
    else:
        yield Finding("D08", Level.OK, "the poison queue is empty")


@dataclass(frozen=True, slots=True)
class _Pending:
    age: timedelta
    reason: str


def pending(deployment: Deployment) -> Iterable[Finding]:
    """D09: events that are not finished, by state, with the age of the oldest."""
    try:
        found = _by_state(deployment)
    except StoreError as error:
        fix = (
            f"az role assignment create --assignee YOU --role 'Storage Blob Data Reader' --scope {_account(deployment)}"
        )
        yield Finding("D09", Level.WARN, f"the store cannot be read by who looks: {error}", fix)
        return
    if not found:
        yield Finding("D09", Level.OK, "no event is pending")
    for state, events_ in sorted(found.items()):
        oldest = max(events_, key=lambda one: one.age)
        more = "at least " if sum(map(len, found.values())) >= MOST else ""
        what = f"{more}{len(events_)} events are {_MEANS[state]}, the oldest for {_said(oldest.age)}"
        if oldest.age <= PATIENCE[state]:
            yield Finding("D09", Level.OK, what)
        else:
            reason = f": {oldest.reason}" if oldest.reason else ""
            level = Level.WARN if state == "waiting" else Level.FAIL
            yield Finding("D09", level, what + reason, FIX[state])


def logs(deployment: Deployment) -> Iterable[Finding]:
    """D12: what would fire of the alerts at this moment, an event in the last 24 hours included."""
    arm, workspace = Management(deployment.arm), deployment.output("logs")
    quiet = 0
    for alert in ALERTS:
        try:
            rows = arm.logged(workspace, alert.query, alert.window)
        except CallError as error:
            yield _unread(error, workspace)
            return
        if bool(rows) is alert.expects:
            quiet += 1
        else:
            yield Finding("D12", Level.FAIL if alert.severity < 3 else Level.WARN, alert.title, alert.fix)
    if quiet == len(ALERTS):
        yield Finding("D12", Level.OK, f"none of the {quiet} alerts would fire; an event came in the last 24 hours")


def _unread(error: CallError, workspace: str) -> Finding:
    if error.status == 400 and "table" in error.body:
        return Finding("D12", Level.WARN, "no telemetry has come yet", "run something under the policy, and look again")
    fix = f"az role assignment create --assignee YOU --role 'Log Analytics Reader' --scope {workspace}"
    return Finding("D12", Level.WARN, f"the logs cannot be read by who looks: {error}", fix)


def _account(deployment: Deployment) -> str:
    return str(deployment.outputs.get("storage", "THE_STORAGE_ACCOUNT"))


def _by_state(deployment: Deployment) -> dict[str, list[_Pending]]:
    store = deployment.store()
    now = deployment.now.timestamp() * 1000
    found: defaultdict[str, list[_Pending]] = defaultdict(list)
    for named in islice(events.pending(store), MOST):
        state, since, reason = _stands(store, named)
        if state in PATIENCE:
            found[state].append(_Pending(timedelta(milliseconds=max(now - since, 0)), reason))
    return found


def _stands(store: Store, named: EventName) -> tuple[str, int, str]:
    """State, since when (ms), and the last reason; a final state is about to lose its mark."""
    stored = store.get(named.receipt)
    receipt = events.readable(stored.value) if stored else None
    if receipt:
        return str(receipt.state), receipt.received_at or receipt.at, receipt.reason
    record = events.load(store, named.payload)
    return ("received", record.received_at, "") if record else ("gone", 0, "")


def _said(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    return f"{days} days" if days > 1 else f"{hours} h" if hours > 1 else f"{minutes} min"
