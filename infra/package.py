"""The package that the Function runs: its code and its locked dependencies in one zip.

Dependencies are built for the Function's Python and Linux, whatever this machine is. The package's hash is taken over
names and contents, not over the zip's bytes, so it is the same on every machine; the zip carries it in ``STAMP``, and
the running Function answers with it.

    python -m infra.package        build/package/function.zip
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from infra.errors import PackageError

PYTHON = "3.13"
"""The Function's Python; ``infra.components.function_app`` asks for the same."""
PLATFORM = "x86_64-manylinux_2_28"
SITE_PACKAGES = ".python_packages/lib/site-packages"
"""Where the Functions worker looks for dependencies."""
STAMP = "package.sha256"
"""File in the package that holds its hash."""
NEEDED = ("host.json", "function_app.py", "lineage/__init__.py", f"{SITE_PACKAGES}/azure/functions/__init__.py")
"""Without one of these a package is accepted and then answers 404 to everything."""

_ROOT = Path(__file__).parent.parent
_NEVER = (STAMP, "requirements.txt", ".python_packages/")
"""Beside what ``.funcignore`` lists: dependencies come from the lock alone."""
_UNSTABLE = ("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/*.json", "bin/*")
"""What an installer writes that differs from machine to machine."""
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Package:
    """A package on disk; ``hash`` is of its contents."""

    path: Path
    hash: str


def build(out: Path, *, function: Path = _ROOT / "function", project: Path = _ROOT) -> Package:
    """Build the package at ``out``. Raises ``PackageError``."""
    with tempfile.TemporaryDirectory() as folder:
        site_packages = Path(folder)
        _install(site_packages, project)
        return write(out, contents_of(function, site_packages))


def contents_of(function: Path, site_packages: Path) -> dict[str, bytes]:
    """Name in the package → content, of the code and of its installed dependencies."""
    ignored = (*(function / ".funcignore").read_text().splitlines(), *_NEVER)
    patterns = [line for line in ignored if line and not line.startswith("#")]
    code = {name: path.read_bytes() for name, path in _walk(function) if not _ignored(name, patterns)}
    installed = {
        f"{SITE_PACKAGES}/{name}": path.read_bytes()
        for name, path in _walk(site_packages)
        if not _ignored(name, ["__pycache__/", "*.pyc"]) and not any(fnmatch(name, one) for one in _UNSTABLE)
    }
    return code | installed


def content_hash(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over the names and the SHA-256 of each content, in order of the names; ``STAMP`` is left out."""
    whole = hashlib.sha256()
    for name in sorted(contents):
        if name != STAMP:
            whole.update(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def write(out: Path, contents: Mapping[str, bytes]) -> Package:
    """Write the zip: sorted, without times, with its stamp. Raises ``PackageError``."""
    _check(contents)
    digest = content_hash(contents)
    contents = {**contents, STAMP: digest.encode()}
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents[name])
    unfinished.replace(out)
    return Package(out, digest)


def read(path: Path) -> Package:
    """The package at ``path``. Raises ``PackageError`` for whatever the Function could not run."""
    try:
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
    except FileNotFoundError:
        raise PackageError(f"there is no package at {path}; build it with: make package") from None
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise PackageError(f"{path} is not a whole zip ({error}); build it again with: make package") from None
    _check(contents)
    digest = content_hash(contents)
    if contents.get(STAMP, b"").decode(errors="replace").strip() != digest:
        raise PackageError(f"{path} was changed after it was built; build it again with: make package")
    return Package(path, digest)


def _check(contents: Mapping[str, bytes]) -> None:
    missing = [name for name in NEEDED if name not in contents]
    if missing:
        raise PackageError(
            f"the package lacks {', '.join(missing)}: the Function would start and answer 404 to everything;"
            " build it with: make package"
        )


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _ignored(name: str, patterns: list[str]) -> bool:
    path = PurePosixPath(name)
    folders, parts = path.parts[:-1], path.parts
    return any(
        any(fnmatch(part, pattern.rstrip("/")) for part in (folders if pattern.endswith("/") else parts))
        or name.startswith(pattern.rstrip("/") + "/")
        for pattern in patterns
    )


def _install(target: Path, project: Path) -> None:
    """The locked dependencies with their hashes, for the Function's platform."""
    uv = os.environ.get("UV") or shutil.which("uv") or str(_ROOT / ".tools/uv/bin/uv")
    locked = target.with_suffix(".txt")
    chosen = ["--no-default-groups", "--no-emit-project", "--no-header", "--no-annotate"]
    _run([uv, "export", "--frozen", "--quiet", "--project", str(project), *chosen, "-o", str(locked)])
    try:
        platform = ["--python-platform", PLATFORM, "--python-version", PYTHON, "--only-binary", ":all:"]
        exactly = ["--require-hashes", "--no-deps", "--no-compile-bytecode", "--target", str(target)]
        python = ["--python", sys.executable]
        _run([uv, "pip", "install", "--quiet", *python, *platform, *exactly, "-r", str(locked)])
    finally:
        locked.unlink(missing_ok=True)


def _run(command: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "UV_COMPILE_BYTECODE"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)  # noqa: S603
    except FileNotFoundError:
        raise PackageError(f"{command[0]} is missing; run: make dev") from None
    if done.returncode:
        raise PackageError(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-2000:]}")


def main() -> None:
    """Build the package and say what it is."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT / "build/package/function.zip"
    try:
        made = build(out)
    except PackageError as error:
        sys.exit(f"package: {error}")
    print(f"{os.path.relpath(made.path)}: {made.path.stat().st_size / 1e6:.1f} MB, {made.hash}")


if __name__ == "__main__":
    main()
