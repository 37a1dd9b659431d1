"""Writes what follows from the tables: a block of the init script, and the tables of ``docs/databricks.md``.

    python -m databricks_init.generate

A test fails where a file is not what this would write.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from databricks_init import agent_settings, policy
from databricks_init.support import Support, load

SCRIPT = Path(__file__).parent / "lineage-init.sh"
DOCS = Path(__file__).parents[1] / "docs/databricks.md"
_SCRIPT_BLOCK = re.compile(r"(# --- generated: .*?---\n).*?(# --- end of generated ---\n)", re.DOTALL)


def script(text: str, support: Support) -> str:
    """The init script with its generated block."""
    block = "\n".join(_block(support)) + "\n"
    return _SCRIPT_BLOCK.sub(lambda found: found[1] + block + found[2], text, count=1)


def _block(support: Support) -> Iterator[str]:
    yield f"LISTENER='{agent_settings.LISTENER}'"
    yield f"ADD_OPENS='{agent_settings.ADD_OPENS}'"
    yield "bundle_verdict() { # spark minor, scala, java"
    yield '  case "$1 $2 $3" in'
    for bundle in support.bundles:
        patterns = " | ".join(f"'{bundle.spark} {bundle.scala} {java}'" for java in bundle.java)
        yield f"    {patterns}) echo {bundle.verdict} ;;"
    yield "    *) echo unsupported ;;"
    yield "  esac"
    yield "}"
    yield "driver_settings() {"
    yield from _chain(f"  setting '{each.key}' {_word(each.value)}" for each in agent_settings.SETTINGS)
    yield "}"
    yield "secrets() {"
    yield '  if [ -n "${LINEAGE_TOKEN_URL:-}" ]; then'
    yield from _chain(f"    secret '{key}' {_word(value)}" for key, value in agent_settings.ENTRA_SECRETS)
    yield "  else"
    yield from _chain(f"    secret '{key}' {_word(value)}" for key, value in agent_settings.SECRETS)
    yield "  fi"
    yield "}"


def _chain(commands: Iterable[str]) -> list[str]:
    """Commands of which the first that fails ends the rest: a full disk must not leave out a line."""
    return " &&\n".join(commands).splitlines()


def _word(value: str) -> str:
    """A value as a word of the shell: literal, or with the variables that the script has worked out."""
    return '"' + re.sub(r"\{(\w+)\}", r"$\1", value) + '"' if "{" in value else f"'{value}'"


def docs(text: str, support: Support) -> str:
    """The page with every generated table."""
    for name, lines in tables(support).items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not block.search(text):
            raise ValueError(f"docs/databricks.md has no place for the table {name!r}")
        content = "\n".join(lines) + "\n"
        text = block.sub(rf"\g<1>{_literal(content)}\g<2>", text, count=1)
    return text


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")


def tables(support: Support) -> Mapping[str, list[str]]:
    """Every generated table as Markdown lines, by the name of its place."""
    modes = [mode for mode in support.access_modes if mode.policy]
    others = [mode for mode in support.access_modes if not mode.policy]
    dedicated = support.access_modes[0]
    return {
        "runtimes": _table(
            ("Runtime", "Spark", "Scala", "Java", "End of support", "Verdict", "Why"),
            (
                (
                    each.label,
                    each.spark,
                    each.scala,
                    str(each.java),
                    each.end.isoformat() if each.end else "not set",
                    _bold(each.verdict),
                    each.why,
                )
                for each in support.runtimes
            ),
        ),
        "modes": _table(
            ("Access mode", "Verdict", "Why"),
            ((each.name, _bold(each.verdict), each.why) for each in (*modes, *others)),
        ),
        "matrix": _table(
            ("Runtime, " + dedicated.name, *(each.name for each in support.languages)),
            (
                (
                    runtime.label,
                    *(
                        str(answer.verdict)
                        for found, mode, _, answer in support.matrix()
                        if found is runtime and mode is dedicated
                    ),
                )
                for runtime in support.runtimes
            ),
        ),
        "languages": _table(
            ("Language", "Verdict", "Why"), ((each.name, _bold(each.verdict), each.why) for each in support.languages)
        ),
        "bundles": _table(
            ("Spark", "Scala", "Java", "The script", "Why"),
            (
                (each.spark, each.scala, ", ".join(map(str, each.java)), _attaches(str(each.verdict)), each.why)
                for each in support.bundles
            ),
        ),
        "unseen": _table(
            ("What", "What is seen of it", "Why", "Instead"),
            ((each["what"], each["seen"], each["why"], each["instead"]) for each in support.unseen),
        ),
        "settings": _table(
            ("Setting", "Value", "Written", "Why"),
            ((f"`{each.key}`", f"`{each.value}`", each.when.value, each.why) for each in agent_settings.SETTINGS),
        ),
        "policy": ["```json", *json.dumps(_example(), indent=2).splitlines(), "```"],
        "variables": _table(
            ("Variable", "Default", "What"),
            (
                (
                    f"`{each.name}`",
                    "required" if each.required else f"`{each.default}`" if each.default else "",
                    each.what,
                )
                for each in agent_settings.VARIABLES
            ),
        ),
    }


def _example() -> policy.Definition:
    """The policy of a deployment that has the function key, with invented names."""
    environment = {
        "LINEAGE_URL": "https://func-lineage-1a2b3c.azurewebsites.net/api/producer",
        "LINEAGE_KEY": "{{secrets/lineage/ingest-key}}",
        "LINEAGE_HOME": "/Workspace/Shared/lineage",
        "LINEAGE_WORKSPACE_URL": "adb-1234567890123456.7.azuredatabricks.net",
    }
    return policy.definition(script="/Shared/lineage/lineage-init-1a2b3c4d.sh", environment=environment)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_row(head), _row(("---",) * len(head)), *(_row(row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _bold(verdict: object) -> str:
    return f"**{verdict}**" if str(verdict) == "supported" else str(verdict)


def _attaches(verdict: str) -> str:
    return {"supported": "attaches", "untested": "attaches with `LINEAGE_UNTESTED=on`"}[verdict]


def main() -> int:
    """Write both files."""
    support = load()
    for path, render in ((SCRIPT, script), (DOCS, docs)):
        text = path.read_text(encoding="utf-8")
        path.write_text(render(text, support), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
