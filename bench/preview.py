"""A preview's Python part against importing only the modules of Pulumi's SDKs that it uses.

The real program runs in an environment of its own (`.venv-infra`), Databricks switched off, before a monitor in the
same process that answers at once: what an engine and the clouds take is not in it. Both are counted in processor time.
"""

import subprocess
import tempfile
from pathlib import Path

from bench.figures import Figure, figure

ROUNDS = 5
PYTHON = Path(".venv-infra/bin/python")

_PROGRAM = """
import sys, time
start = time.process_time()
import asyncio, json, runpy
from pulumi.runtime import mocks, set_mocks
from pulumi.runtime.config import set_all_config
from pulumi.runtime.stack import wait_for_rpcs
from infra.rehearsal import azure

class Echo(mocks.Mocks):
    def new_resource(self, args):
        return "/id/" + args.name, {"collection": "c", **azure.outputs(args.typ, args.name, args.inputs)}
    def call(self, args):
        return azure.CLIENT

async def program():
    runpy.run_path("infra", run_name="__main__")
    await wait_for_rpcs()

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
project = "databricks-purview-lineage"
set_mocks(Echo(), project=project, stack="bench", preview=True)
given = {"location": "westeurope", "purviewAccount": "contoso", "package": sys.argv[1]}
set_all_config({f"{project}:{key}": value for key, value in given.items()})
loop.run_until_complete(program())
print(time.process_time() - start)
print(",".join(name for name in sys.modules if name.partition(".")[0].startswith("pulumi")))
"""
_IMPORTS = """
import importlib, sys, time
start = time.process_time()
for name in sys.argv[1].split(","):
    importlib.import_module(name)
print(time.process_time() - start)
"""


def measure() -> dict[str, Figure]:
    """In fresh interpreters, in turn. Nothing is built: the package is the smallest that is taken for one."""
    with tempfile.TemporaryDirectory() as folder:
        package = str(Path(folder) / "function.zip")
        _python(
            "import sys; from pathlib import Path; from infra import package;"
            " package.write(Path(sys.argv[1]), {name: b'' for name in package.NEEDED})",
            package,
        )
        runs = []
        for _ in range(ROUNDS + 1):
            whole, used = _python(_PROGRAM, package).splitlines()
            runs.append(float(whole) / float(_python(_IMPORTS, used)))
    return {"preview_over_sdks": figure(runs[1:], "<= 1.3")}  # the first one has read the files from the disk


def _python(code: str, *arguments: str) -> str:
    command = [str(PYTHON), "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
