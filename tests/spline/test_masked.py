"""Lineage is the same on stored payloads, whose literals are masked."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from lineage.model import Observation
from lineage.spline.mask import mask_payload
from tests.spline.test_traffic import JOBS, TRAFFIC, observed

pytestmark = pytest.mark.unit

DEMO = Path(__file__).parents[2] / "demo"


def both(recording: Path) -> tuple[list[Observation], list[Observation]]:
    requests = json.loads(recording.read_bytes())["requests"]
    masked = [
        request | {"body": mask_payload(request["body"].encode(), keep_literals=False).decode()}
        for request in requests
        if request["method"] == "POST"
    ]
    return observed(requests), observed(masked)


def without_texts(observation: Observation) -> Observation:
    """Less the expressions: a literal that reads like an operator is written as one unless it is masked."""
    return replace(observation, columns=tuple(replace(column, expression="") for column in observation.columns))


@pytest.mark.parametrize("job", JOBS)
def test_masked_traffic_gives_the_same(job: str) -> None:
    plain, masked = both(TRAFFIC / job / "wire.json")
    assert [without_texts(write) for write in masked] == [without_texts(write) for write in plain]


def test_masked_demo_gives_the_same() -> None:
    plain, masked = both(DEMO / "recording.json")
    assert [without_texts(write) for write in masked] == [without_texts(write) for write in plain]
