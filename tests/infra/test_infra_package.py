"""The package: the same hash everywhere, and never one that the Function could not run."""

import zipfile
from pathlib import Path

import pytest

from infra import package
from infra.errors import PackageError

pytestmark = pytest.mark.unit


@pytest.fixture
def function(tmp_path: Path) -> Path:
    root = tmp_path / "function"
    for name in (
        "host.json",
        "function_app.py",
        "lineage/__init__.py",
        "lineage/__pycache__/x.pyc",
        "local.settings.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "requirements.txt").write_text("generated")
    (root / ".funcignore").write_text("# not deployed\n.funcignore\n__pycache__/\n*.py[cod]\nlocal.settings.json\n")
    return root


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for name in (
        "azure/functions/__init__.py",
        "azure/__pycache__/y.pyc",
        "x-1.dist-info/METADATA",
        "x-1.dist-info/RECORD",
        "x-1.dist-info/direct_url.json",
        "bin/tool",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def test_it_holds_code_and_dependencies_and_nothing_of_this_machine(tmp_path, function, site_packages):
    made = package.write(tmp_path / "out.zip", package.contents_of(function, site_packages))
    with zipfile.ZipFile(made.path) as archive:
        assert sorted(archive.namelist()) == [
            ".python_packages/lib/site-packages/azure/functions/__init__.py",
            ".python_packages/lib/site-packages/x-1.dist-info/METADATA",
            "function_app.py",
            "host.json",
            "lineage/__init__.py",
            "package.sha256",
        ]
        assert archive.read("package.sha256").decode() == made.hash
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert package.read(made.path) == made


def test_its_hash_depends_on_contents_alone(tmp_path, function, site_packages):
    first = package.write(tmp_path / "a.zip", package.contents_of(function, site_packages))
    for path in function.rglob("*"):
        path.touch()
    (function / "local.settings.json").write_text("changed")
    second = package.write(tmp_path / "b.zip", package.contents_of(function, site_packages))
    assert (first.hash, first.path.read_bytes()) == (second.hash, second.path.read_bytes())
    (function / "lineage/__init__.py").write_text("changed")
    assert package.write(tmp_path / "c.zip", package.contents_of(function, site_packages)).hash != first.hash


@pytest.mark.parametrize("missing", package.NEEDED)
def test_it_refuses_what_would_answer_404_to_everything(tmp_path, function, site_packages, missing):
    files = package.contents_of(function, site_packages)
    del files[missing]
    with pytest.raises(PackageError, match=missing.replace(".", r"\.")):
        package.write(tmp_path / "out.zip", files)
    assert not (tmp_path / "out.zip").exists()


def test_reading_says_what_is_wrong(tmp_path, function, site_packages):
    with pytest.raises(PackageError, match="make package"):
        package.read(tmp_path / "none.zip")
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(PackageError, match="not a whole zip"):
        package.read(broken)
    made = package.write(tmp_path / "out.zip", package.contents_of(function, site_packages))
    with zipfile.ZipFile(made.path, "a") as archive:
        archive.writestr("lineage/extra.py", "")
    with pytest.raises(PackageError, match="was changed"):
        package.read(made.path)
