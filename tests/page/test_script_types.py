"""The types that the page's script states in its comments hold: TypeScript's own checker reads them."""

import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from lineage.page.render import SCRIPTS

TSC = Path(__file__).parents[1] / "node/node_modules/typescript/bin/tsc"
OPTIONS = ("--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2022", "--lib", "es2023,dom,dom.iterable")


@pytest.fixture(scope="module")
def node() -> str:
    """Skips with the reason where the checker cannot be, fails there when ``CI=true``."""
    found = shutil.which("node")
    missing = "" if found and TSC.is_file() else "node and npm are needed: `make test` installs TypeScript with them"
    if missing and os.environ.get("CI", "").lower() == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return found or ""


def check(node: str, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([node, TSC, *OPTIONS, *files], capture_output=True, text=True, timeout=300, check=False)


def parts() -> list[Path]:
    folder = Path(str(resources.files("lineage.page"))) / "script"
    return [folder / f"{name}.js" for name in SCRIPTS]


def test_the_script_is_what_its_comments_say(node: str) -> None:
    checked = check(node, *parts())

    assert checked.returncode == 0, checked.stdout


def test_a_call_against_the_stated_types_is_found(node: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.js"
    wrong.write_text('isDataset("the first");\n')

    checked = check(node, *parts(), wrong)

    assert "wrong.js(1,11): error TS2345" in checked.stdout


def test_every_part_is_on_the_page() -> None:
    assert {part.name for part in parts()} == {one.name for one in parts()[0].parent.glob("*.js")}
