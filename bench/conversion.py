"""Conversion (stored bytes → Lineage) against ``orjson.loads`` of the same bytes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import orjson

from bench.figures import Figure, figure, ratio
from lineage import spline
from lineage.convert import convert
from lineage.model import Observation
from lineage.naming import NamingContext
from lineage.spline.mask import mask_payload

DEMO = Path("demo/recording.json")
WIDE = Path("tests/traffic/47-wide-500/wire.json")


def measure() -> dict[str, Figure]:
    """Median over the plans of the demo; the plan of 500 columns apart."""
    return {
        "convert_over_parse": figure([_ratio(*pair) for pair in pairs(DEMO)], "<= 8"),
        "convert_wide_over_parse": figure([_ratio(*pair) for pair in pairs(WIDE)]),
    }


def pairs(recording: Path) -> Iterable[tuple[bytes, bytes, dict[str, str]]]:
    """Masked plan, masked event and the event's headers, each distinct plan once."""
    plans: dict[str, bytes] = {}
    seen: set[str] = set()
    for request in msgspec.json.decode(recording.read_bytes())["requests"]:
        body = mask_payload(request["body"].encode(), keep_literals=False)
        if request["path"].endswith("execution-plans"):
            plans.setdefault(orjson.loads(body)["id"], body)
            continue
        plan_id = orjson.loads(body)[0]["planId"]
        if plan_id not in seen:
            seen.add(plan_id)
            yield plans[plan_id], body, {key.lower(): value for key, value in request["headers"]}


def context(observation: Observation) -> NamingContext:
    """What the pipeline knows without mounts."""
    return NamingContext(workspace_url=observation.context.workspace_url)


def converted(plan: bytes, event: bytes, headers: dict[str, str]) -> Any:
    """The whole walk, from the stored bytes."""
    return convert(spline.decode_plan(plan), spline.decode_events(event)[0], headers, context)


def _ratio(plan: bytes, event: bytes, headers: dict[str, str]) -> float:
    return ratio(lambda: converted(plan, event, headers), lambda: (orjson.loads(plan), orjson.loads(event)))
