"""Importing ``function_app`` against importing only the third-party packages that it loads: part of the cold start."""

import subprocess
import sys
from pathlib import Path

from bench.figures import Figure, figure

ROUNDS = 7

_LOADED = """
import sys, time
sys.path.insert(0, "function")
before = set(sys.modules)
import function_app
from importlib.metadata import packages_distributions
known = packages_distributions()
print(",".join(name for name in sys.modules if name not in before and name.partition(".")[0] in known))
"""
_TIMED = """
import importlib, sys, time
sys.path.insert(0, "function")
start = time.perf_counter()
for name in sys.argv[1].split(","):
    importlib.import_module(name)
print(time.perf_counter() - start)
"""


def measure() -> dict[str, Figure]:
    """In fresh interpreters, in turn, compiled."""
    sdks = _python(_LOADED).strip()
    own = {"lineage", "function_app", "local", "demo", "bench"}
    sdks = ",".join(name for name in sdks.split(",") if name.partition(".")[0] not in own)
    runs = [float(_python(_TIMED, "function_app")) / float(_python(_TIMED, sdks)) for _ in range(ROUNDS)]
    return {"import_over_sdks": figure(runs, "<= 1.25")}


def _python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path.cwd()).stdout
