"""What every rehearsal needs: how a phase fails, and a package whose code was changed."""

import zipfile
from pathlib import Path

from infra import package


class Unexpected(Exception):
    """A phase did not end as it must."""


def expect(right: bool, what: str) -> None:
    """Raises ``Unexpected``."""
    if not right:
        raise Unexpected(what)


def changed_package(built: Path, out: Path) -> package.Package:
    """The same with one more line of code."""
    with zipfile.ZipFile(built) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents["lineage/__init__.py"] += b"\n# a newer version\n"
    return package.write(out, contents)
