"""The messages between the Functions host and its Python worker, as compiled protobufs.

Microsoft publishes them only among the tests of an older runtime's wheel. That folder alone is unpacked into
``.cache/`` under a name of its own; the wheel is never installed, since its top-level ``tests`` would hide this one.
"""

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
NAME = "functions_rpc"
WHEEL = "azure-functions-runtime-v1==1.2.0"
SHA256 = "6ae0abb681e28c61a404b52e1c4481f203bb113e5027fbe908989ea9585a02a0"
FOLDER = ROOT / ".cache" / WHEEL


class NotAvailable(Exception):
    """The wheel cannot be had; the message says why."""


def load_protocol() -> ModuleType:
    """The module of the messages, fetched on first use. Raises ``NotAvailable``."""
    if not (FOLDER / NAME).is_dir():
        _fetch()
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    return importlib.import_module(NAME)


def _fetch() -> None:
    FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as scratch:
        _unpack(Path(scratch) / "wheel")
        shutil.move(Path(scratch) / "wheel/tests/protos", Path(scratch) / "kept" / NAME)
        try:
            os.rename(Path(scratch) / "kept", FOLDER)
        except OSError:
            if not (FOLDER / NAME).is_dir():  # else another process was first
                raise


def _unpack(target: Path) -> None:
    uv = shutil.which("uv") or ROOT / ".tools/uv/bin/uv"
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", target, "-r", "-"]
    try:
        subprocess.run(
            [*command, "--python", sys.executable],
            input=f"{WHEEL} --hash=sha256:{SHA256}",
            text=True,
            check=True,
            capture_output=True,
            timeout=120,
        )
    except subprocess.CalledProcessError as error:
        raise NotAvailable(f"{WHEEL}: {error.stderr.strip()}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAvailable(f"{WHEEL}: {error}") from None
