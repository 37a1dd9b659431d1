"""The same program under a real Pulumi engine; the cloud's plugins are stand-ins."""

import pytest

from infra.rehearsal.cloud import Cloud
from tests.infra import real_engine
from tests.infra.program import a_package

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not real_engine.available(), reason="no Pulumi engine on PATH"),
]


def test_preview_up_up_change_and_destroy(tmp_path):
    with Cloud(tmp_path / "cloud") as cloud, real_engine.stack(tmp_path, cloud) as pulumi:
        assert real_engine.walk(pulumi, cloud, a_package(tmp_path), tmp_path)
