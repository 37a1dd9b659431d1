"""A PostgreSQL server for as long as a block lasts, on loopback, from the machine's own binaries."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.server import free

PORT = 5432
ADDRESSES = ("127.0.0.1", "127.0.54.32")
"""The notebook's URL states the port, so another server on it means another loopback address."""
DATABASE = "analytics"
USER = "publisher"
PASSWORD = "invented-for-the-demo"  # noqa: S105 (of a server that lives for minutes, on loopback)
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: PostgreSQL refuses to run as root."""

    options: dict[str, Any] = field(default_factory=dict)

    def own(self, folder: Path) -> None:
        """Give a folder to the account."""
        if self.options:
            os.chown(folder, self.options["user"], self.options["group"])


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, or ``None``."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextlib.contextmanager
def server() -> Iterator[str | None]:
    """The address on which the server listens at port 5432, or ``None`` where there are no binaries or no address."""
    place, address = binaries(), next((each for each in ADDRESSES if free(PORT, each)), None)
    if place is None or address is None:
        yield None
        return
    account = _account()
    with tempfile.TemporaryDirectory(prefix="demo-postgres-", ignore_cleanup_errors=True) as parent:
        account.own(Path(parent))
        data = _initialise(place, Path(parent), account)
        child = _start(place, data, address, account)
        try:
            _wait(child, address)
            yield address
        finally:
            child.terminate()
            child.wait(PATIENCE_SECONDS)


def _account() -> Account:
    if os.geteuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account({"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []})
    return Account()


def _initialise(place: Path, parent: Path, account: Account) -> Path:
    data = parent / "data"
    secret = parent / "password"
    secret.write_text(PASSWORD)
    account.own(secret)
    access = ("--auth", "scram-sha-256", "--username", USER, "--pwfile", str(secret))
    settings: dict[str, Any] = {"check": True, "capture_output": True, "cwd": parent, **account.options}
    subprocess.run(
        [str(place / "initdb"), "-D", str(data), "--no-sync", "--encoding", "UTF8", "--locale", "C", *access],
        **settings,
    )
    single = [str(place / "postgres"), "--single", "-D", str(data), "postgres"]
    subprocess.run(single, input=f"CREATE DATABASE {DATABASE}\n".encode(), **settings)
    return data


def _start(place: Path, data: Path, address: str, account: Account) -> subprocess.Popen[bytes]:
    command = [str(place / "postgres"), "-D", str(data), "-h", address, "-p", str(PORT), "-k", "", "-F"]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=data.parent, **account.options
    )


def _wait(child: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((address, PORT), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the PostgreSQL server did not start")
