import pytest

from tests.operate.operated import Line


@pytest.fixture
def line(tmp_path):
    return Line(tmp_path / "store")
