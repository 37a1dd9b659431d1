"""Naming is pure: importing it loads no SDK, and no SQL parser until a query has to be read."""

import subprocess
import sys

import pytest

HEAVY = ("sqlglot", "azure", "pyapacheatlas", "requests", "starlette", "click")
PROGRAM = f"""
import sys
import lineage.naming
from lineage.naming import NamingContext, name_source
from lineage.model import Source
name_source(Source("jdbc:sqlserver://h;database=d:dbo.t"), NamingContext())
loaded = [name for name in {HEAVY!r} if name in sys.modules]
ours = sorted(name for name in sys.modules if name.startswith("lineage.") and not name.startswith("lineage.naming"))
name_source(Source("jdbc:sqlserver://h;database=d:(select a from dbo.t) q"), NamingContext())
print(loaded, ours, "sqlglot" in sys.modules)
"""


@pytest.mark.unit
def test_fresh_interpreter_loads_nothing_heavy():
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout.strip() == "[] ['lineage.errors', 'lineage.model'] True"
