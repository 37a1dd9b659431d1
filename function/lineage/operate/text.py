"""What the commands print for people. Texts that came from outside are stripped of what no eye should meet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lineage.catalogue.prune import Pruning
from lineage.catalogue.prune import Verdict as Pruned
from lineage.naming.databricks import shorten
from lineage.operate.rehearse import Change, Rehearsed
from lineage.operate.relink import Rebound, Relinked
from lineage.operate.replay import Replayed, Verdict
from lineage.operate.report import Report
from lineage.operate.stuck import StuckEvents
from lineage.operate.trace import Payload, Trace
from lineage.receipts import Receipt

_WIDE = 400
"""Characters of one text; the JSON has all of it."""


def stuck_lines(found: StuckEvents) -> Iterator[str]:
    """Counts first, then one line an event."""
    if not found.events:
        yield "nothing is stuck"
    for state, reasons in found.reasons.items():
        yield f"{state} {sum(reasons.values())}"
        yield from _counted(reasons)
    for one in found.events:
        tried = f", {_many(one.attempts, 'attempt')}" if one.attempts else ""
        yield f"{one.day} {clean(one.event)} {one.state}{tried}: {clean(one.reason)}"


def trace_lines(one: Trace) -> Iterator[str]:
    """From the door to the catalogue, in the order in which it happened."""
    yield f"event     {clean(one.key)} of {one.day}"
    yield from _stored("stored", [one.event] if one.event else [])
    yield f"plan      {clean(one.plan_id) or 'not known'}{'' if one.plans else ', which has not come'}"
    yield from _stored("  stored", one.plans)
    yield from (f"earlier   {_stand(receipt)}" for receipt in one.earlier)
    if one.receipt:
        yield from _receipt(one.receipt)
    yield f"pending   {'yes: the sweep has still to do with it' if one.pending else 'no'}"
    yield from (f"note      {clean(note)}" for note in one.notes)


def replay_lines(replayed: Sequence[Replayed]) -> Iterator[str]:
    """One line an event that is to be done again or cannot be, then the counts."""
    for one in replayed:
        if one.verdict is not Verdict.PENDING:
            yield f"{one.day} {clean(one.event)} {one.state}: {one.verdict}"
    yield _verdicts(one.verdict for one in replayed)


def rehearsal_lines(rehearsed: Sequence[Rehearsed]) -> Iterator[str]:
    """One block an event that would become something else, then the counts."""
    for one in rehearsed:
        if one.changes:
            yield f"{one.day} {clean(one.event)} {one.state}"
            yield from (line for change in one.changes for line in _change(change))
    if not rehearsed:
        yield _verdicts(())
        return
    changed = sum(bool(one.changes) for one in rehearsed)
    yield f"would be: {_verdicts(one.verdict for one in rehearsed)}; {changed} would change; nothing was written"
    yield "the catalogue was not asked: it may match other assets, or refuse"


def report_lines(found: Report) -> Iterator[str]:
    """The period, then one section a count that is not empty."""
    yield f"runs of {found.first} to {found.last} (UTC days, both included): {found.runs}"
    yield from _counted(found.states)
    sections = {
        "writes without reads": found.without_reads,
        "skipped": found.skipped,
        "parked": found.parked,
        "sources that no naming rule knows": found.unmapped,
        "notes": found.notes,
        "refused bodies": found.refused,
    }
    for title, counts in sections.items():
        if counts:
            yield f"{title}: {sum(counts.values())}"
            yield from _counted(counts)
    if found.stale:
        yield f"stale processes: {len(found.stale)}"
    for stale in found.stale:
        marked = "" if stale.marked else ", not marked yet"
        yield f"  last seen {_time(stale.last_seen)}{marked}: {clean(stale.name)}"
    if found.failed:
        yield f"failed: {len(found.failed)}"
    for one in found.failed:
        run = f" (run {clean(one.run_id)})" if one.run_id else ""
        yield f"  {_time(one.timestamp)} {clean(one.process_name)}{run}: {clean(one.reason) or 'no reason given'}"


def prune_lines(found: Pruning) -> Iterator[str]:
    """One line a process, then what of ours is left alone, then the counts."""
    for one in found.processes:
        yield f"{one.verdict:11} last seen {_time(one.last_seen)}  {clean(one.name)}"
    for kind, assets in (("placeholder", found.placeholders), ("owner", found.owners)):
        yield from (f"{kind:11} {clean(one.type_name)} {clean(one.qualified_name)}" for one in assets)
    counts = Counter(one.verdict for one in found.processes)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Pruned if counts[verdict]) or "no process is stale"
    if not (found.processes or found.placeholders or found.owners):
        yield told
        return
    rest = f"{_many(len(found.placeholders), 'placeholder')}, {_many(len(found.owners), 'owner')}"
    dry = "; nothing was written: --yes removes them, but what something else refers to"
    yield f"{told}; {rest}{'' if found.removed else dry}"


def relink_lines(found: Relinked) -> Iterator[str]:
    """One line a process and a placeholder, then the counts."""
    yield from (f"relinked {clean(name)}" for name in found.processes)
    yield from (f"removed  {clean(one.type_name)} {clean(one.qualified_name)}" for one in found.placeholders)
    processes, placeholders = _many(len(found.processes), "process"), _many(len(found.placeholders), "placeholder")
    yield f"{processes} relinked, {placeholders} removed"


def rebound_lines(found: Sequence[Rebound]) -> Iterator[str]:
    """One line a placeholder of a process, then the counts."""
    for one in found:
        yield f"{clean(one.placeholder)} → {clean(one.asset.type_name)} {clean(one.asset.qualified_name)}"
        yield f"  in {clean(one.process)}"
    yield f"{_many(len({one.process for one in found}), 'process')} would be relinked; nothing was written"


def clean(text: object) -> str:
    """A text on one line, without control characters and direction marks, the middle of a long one cut."""
    return shorten(" ".join(str(text).split()), _WIDE)


def _receipt(receipt: Receipt) -> Iterator[str]:
    yield f"state     {_stand(receipt)}"
    if receipt.process:
        yield f"named     {clean(receipt.process)}"
        yield f"          {clean(receipt.process_name)}: {receipt.mode}, {receipt.columns} column edges"
    yield from (f"  input   {clean(name)}" for name in receipt.inputs)
    yield from (f"  output  {clean(name)}" for name in receipt.outputs)
    yield from (f"matched   {line}" for match in receipt.matches for line in _match(match))
    yield from (f"published {clean(guid)} {clean(name)}" for name, guid in receipt.guids.items())
    yield from (f"note      {clean(code)}: {clean(text)}" for code, text in receipt.notes)


def _match(match: Mapping[str, Any]) -> Iterator[str]:
    kind = "scanned asset" if match.get("scanned") else "placeholder"
    rule = f" (rule {clean(match.get('rule', ''))})"
    yield clean(f"{match.get('dataset')} → {kind} {match.get('type_name')} {match.get('qualified_name')}") + rule
    for one in match.get("candidates") or ():
        found = "there" if one.get("found") else "not there"
        yield "  " + clean(f"{one.get('rule')}: {one.get('type_name')} {one.get('qualified_name')}, {found}")
    if match.get("note"):
        yield f"  {clean(match['note'])}"


def _stand(receipt: Receipt) -> str:
    why = f": {clean(receipt.reason)}" if receipt.reason else ""
    mapper = f", mapper {clean(receipt.mapper)}" if receipt.mapper else ""
    return f"{receipt.state}{why} (attempt {receipt.attempts}, {_time(receipt.at)}{mapper})"


def _stored(label: str, payloads: Iterable[Payload]) -> Iterator[str]:
    for one in payloads:
        yield f"{label:10}{one.key}"
        yield f"          received {_time(one.received_at)}, SHA-256 {one.sha256}"


def _change(change: Change) -> Iterator[str]:
    if isinstance(change.before, tuple) and isinstance(change.after, tuple):
        gone, come = set(change.before) - set(change.after), set(change.after) - set(change.before)
        yield from (f"  - {change.field}: {_value(one)}" for one in sorted(gone))
        yield from (f"  + {change.field}: {_value(one)}" for one in sorted(come))
        if not gone and not come:
            yield f"  {change.field}: in another order"
    else:
        yield f"  {change.field}: {_value(change.before)} → {_value(change.after)}"


def _value(value: Any) -> str:
    return clean(": ".join(map(str, value)) if isinstance(value, tuple) else value) or "nothing"


def _verdicts(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(verdicts)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]) or "no event selected"


def _many(count: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{count} {noun if count == 1 else plural}"


def _counted(counts: Mapping[str, int]) -> Iterator[str]:
    width = max((len(str(count)) for count in counts.values()), default=1)
    yield from (f"  {count:{width}}  {clean(name) or 'no reason given'}" for name, count in counts.items())


def _time(milliseconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"
    except (OverflowError, OSError, ValueError):
        return f"{milliseconds} ms"
