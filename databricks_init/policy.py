"""The cluster policy that attaches lineage: init script, environment and version limits as a policy definition."""

from collections.abc import Mapping
from typing import Any

from databricks_init.agent_settings import ADD_OPENS
from databricks_init.support import Support, Verdict, load

Element = dict[str, Any]
Definition = dict[str, Element]
"""Attribute → its rule; what Databricks takes as JSON."""


def definition(
    *, script: str, environment: Mapping[str, str], in_volume: bool = False, support: Support | None = None
) -> Definition:
    """A policy definition (before JSON) for ``databricks.ClusterPolicy``.

    ``script`` is the absolute path of the init script, ``environment`` the ``LINEAGE_*`` variables, the key as
    ``{{secrets/SCOPE/KEY}}``. Users may set ``LINEAGE`` to ``off`` and add Java options; the rest is fixed. What they
    may set is optional, so that a job whose definition does not name it still gets its cluster.
    """
    support = support or load()
    place = "volumes" if in_volume else "workspace"
    return {
        f"init_scripts.0.{place}.destination": _fixed(script),
        **{f"spark_env_vars.{name}": _variable(name, value) for name, value in sorted(environment.items())},
        "spark_env_vars.LINEAGE": {
            "type": "allowlist",
            "values": ["on", "off"],
            "defaultValue": "on",
            "isOptional": True,
        },
        "spark_env_vars.JDK_JAVA_OPTIONS": {
            "type": "regex",
            "pattern": f"(.* )?{ADD_OPENS}( .*)?",
            "defaultValue": ADD_OPENS,
            "isOptional": True,
        },
        # Older guides say REQUIRED, with which no query runs.
        "spark_conf.spark.spline.mode": {"type": "allowlist", "values": ["ENABLED", "DISABLED"], "isOptional": True},
        "data_security_mode": {"type": "allowlist", "values": access_modes(support), "defaultValue": "SINGLE_USER"},
        "spark_version": {"type": "regex", "pattern": versions(support)},
    }


def access_modes(support: Support) -> list[str]:
    """What ``data_security_mode`` may be."""
    return [spelled for mode in support.access_modes if mode.verdict is Verdict.SUPPORTED for spelled in mode.policy]


def versions(support: Support) -> str:
    """A regular expression for ``spark_version``: the supported images."""
    allowed = [each for each in support.runtimes if each.verdict is Verdict.SUPPORTED]
    numbers = "|".join(each.name.split(" ")[0].replace(".", "\\.") for each in allowed)
    (scala,) = {each.scala.replace(".", "\\.") for each in allowed}
    return f"({numbers})\\.x-(.+-)?scala{scala}"


def _variable(name: str, value: str) -> Element:
    return _fixed(value) | ({"hidden": True} if name == "LINEAGE_KEY" else {})


def _fixed(value: str) -> Element:
    return {"type": "fixed", "value": value}
