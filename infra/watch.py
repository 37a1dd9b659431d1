"""What is watched: the alerts and the workbook's tiles, as queries over the Function's own telemetry.

The texts that the queries look for are the Function's function names and log lines; a test looks for them in its code.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Alert:
    """Fires when ``query`` gives more rows than none, or (``expects``) fewer than one. Times as ISO 8601 durations.

    ``fix`` is the next step of who is told.
    """

    name: str
    title: str
    fix: str
    query: str
    severity: Literal[1, 2, 3]
    window: str = "PT15M"
    every: str = "PT5M"
    expects: bool = False


ALERTS = (
    Alert(
        "poison",
        "Pointers failed too often and went to the poison queue",
        "lineage parked shows the events and why; the sweep goes on trying",
        "AppRequests | where OperationName == 'poisoned'",
        2,
    ),
    Alert(
        "oldest",
        "An event has been waiting for more than 30 minutes",
        "lineage parked shows which, and why",
        "AppTraces | where Message startswith 'sweep: ' and Message has_any ('stays pending', 'catalogue is away')"
        " | extend Mark = extract('sweep: ([^ ]+) ', 1, Message)"
        " | summarize First = min(TimeGenerated), Last = max(TimeGenerated) by Mark"
        " | where Last - First > 30m",
        2,
        window="PT2H",
        every="PT15M",
    ),
    Alert(
        "refused-by-catalogue",
        "The catalogue refuses the Function, or a setting is wrong: nothing is published until that is mended",
        "lineage parked has the reason; pulumi -C infra refresh && make deploy grants Data Curator again",
        "AppExceptions | where OuterMessage has_any ('Forbidden', 'SettingsError')"
        " or InnermostMessage has_any ('Forbidden', 'SettingsError')",
        1,
    ),
    Alert(
        "refused-callers",
        "Callers are refused (401 or 403): a cluster has a wrong key",
        "make deploy, and restart the clusters that started before the key was changed",
        "AppRequests | where OperationName == 'receive' and ResultCode in ('401', '403')",
        2,
    ),
    Alert(
        "broken",
        "The door answers 5xx: the agent never sends again, so this lineage is lost",
        "lineage doctor; the storage account's network rules and the roles of the Function's identity decide it",
        "AppRequests | where OperationName == 'receive' and ResultCode startswith '5'",
        1,
    ),
    Alert(
        "silence",
        "No execution event came in 24 hours",
        "lineage attach shows which clusters and jobs are not under the policy",
        "AppRequests | where OperationName == 'receive' and ResultCode startswith '2' and Url has 'execution-events'",
        3,
        window="P1D",
        every="PT1H",
        expects=True,
    ),
)

TILES = (
    (
        "Received each hour, by answer",
        "AppRequests | where OperationName == 'receive' | summarize count() by bin(TimeGenerated, 1h), ResultCode",
        "timechart",
    ),
    (
        "Converted and published each hour",
        "AppRequests | where OperationName == 'convert' | summarize count() by bin(TimeGenerated, 1h), Success",
        "timechart",
    ),
    (
        "Time from pointer to edge (median and 95 %, ms)",
        "AppRequests | where OperationName == 'convert'"
        " | summarize percentiles(DurationMs, 50, 95) by bin(TimeGenerated, 1h)",
        "timechart",
    ),
    (
        "What stays pending, and why",
        "AppTraces | where Message startswith 'sweep: ' | summarize arg_max(TimeGenerated, Message) by"
        " extract('sweep: ([^ ]+) stays', 1, Message) | top 20 by TimeGenerated",
        "table",
    ),
    (
        "Refused bodies",
        "AppTraces | where Message startswith 'refused ' | summarize count() by Message | top 20 by count_",
        "table",
    ),
    (
        "Answers of the catalogue",
        "AppDependencies | where Target has 'purview' | summarize count() by bin(TimeGenerated, 1h), ResultCode",
        "timechart",
    ),
)
"""Title, query, how it is drawn."""


def workbook(tiles: tuple[tuple[str, str, str], ...] = TILES) -> str:
    """The workbook's document."""
    items = [_tile(number, *tile) for number, tile in enumerate(tiles)]
    return json.dumps({"version": "Notebook/1.0", "items": items, "$schema": _SCHEMA}, sort_keys=True)


_SCHEMA = "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json"


def _tile(number: int, title: str, query: str, drawn: str) -> dict[str, Any]:
    content = {
        "version": "KqlItem/1.0",
        "query": query,
        "size": 0,
        "title": title,
        "timeContext": {"durationMs": 86_400_000},
        "queryType": 0,
        "resourceType": "microsoft.operationalinsights/workspaces",
        "visualization": drawn,
    }
    return {"type": 3, "name": f"tile-{number}", "content": content}
