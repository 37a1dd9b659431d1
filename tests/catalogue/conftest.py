import pytest

from tests.catalogue.line import Line, embedded


@pytest.fixture
def line(tmp_path):
    made = Line(embedded(tmp_path))
    yield made
    made.close()
