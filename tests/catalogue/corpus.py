"""Every recorded write, and a scanner that found each of their datasets in one of the forms that scanners use."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lineage.catalogue.kinds import kind_of
from lineage.catalogue.statements import used_columns
from lineage.catalogue.typedefs import DATASET
from lineage.model import AssetName, Dataset, Lineage, Observation
from lineage.naming import NamingContext
from lineage.recording import convert_recording
from tests.catalogue.line import Line

RECORDINGS = (Path("demo/recording.json"), *sorted(Path("tests/traffic").glob("*/wire.json")))
PATH, SET = "azure_datalake_gen2_path", "azure_datalake_gen2_resource_set"
HOST = "adb-8765432109876543.7.azuredatabricks.net"


@functools.cache
def corpus() -> tuple[Lineage, ...]:
    """The writes of the demo and of the traffic that are lineage; keys and times are the recordings' own."""

    def context(observation: Observation) -> NamingContext:
        return NamingContext(workspace_url=observation.context.workspace_url or HOST)

    writes = [one for recording in RECORDINGS for one in convert_recording(recording.read_bytes(), context)]
    return tuple(one for one in writes if not one.skip and _can_be_scanned(one))


def _can_be_scanned(write: Lineage) -> bool:
    """Whether all of its datasets have a type of Purview's own: no scanner finds unmounted folders and buckets."""
    return all(dataset.asset.type_name != DATASET for dataset in (*write.inputs, write.output))


def columns_of(some: Iterable[Lineage]) -> dict[Dataset, list[str]]:
    """Every dataset with all its columns that any write names."""
    found: dict[str, tuple[Dataset, dict[str, None]]] = {}
    for one in some:
        used = used_columns(one)
        for dataset in (*one.inputs, one.output):
            _, columns = found.setdefault(dataset.qualified_name, (dataset, {}))
            columns.update(dict.fromkeys([column.name for column in (*dataset.columns, *used[dataset.qualified_name])]))
    return {dataset: list(columns) for dataset, columns in found.values()}


_FOLDERS = (
    lambda asset: (SET, f"{asset.qualified_name}/{{SparkPartitions}}"),
    lambda asset: (SET, f"{asset.qualified_name}/day={{Year}}-{{Month}}-{{Day}}/{{SparkPartitions}}"),
    lambda asset: (SET, f"{asset.qualified_name}/{{N}}"),
    lambda asset: (PATH, f"{asset.qualified_name}/"),
    lambda asset: (PATH, asset.qualified_name),
    lambda asset: ("azure_blob_resource_set", f"{_blob(asset)}/{{SparkPartitions}}"),
    lambda asset: ("azure_blob_path", f"{_blob(asset)}/"),
)


def _blob(asset: AssetName) -> str:
    return asset.qualified_name.replace(".dfs.", ".blob.")


def scanned_as(datasets: Iterable[Dataset]) -> dict[str, AssetName]:
    """By qualified name, what the scanner calls each dataset: folders in turn in each form, tables in capitals."""
    found = {}
    for at, dataset in enumerate(datasets):
        asset = dataset.asset
        if asset.type_name == PATH:
            found[asset.qualified_name] = AssetName(*_FOLDERS[at % len(_FOLDERS)](asset))
        elif kind_of(asset.type_name).fold_case == "any":
            found[asset.qualified_name] = AssetName(asset.type_name, _in_capitals(asset.qualified_name))
        else:
            found[asset.qualified_name] = asset
    return found


def _in_capitals(name: str) -> str:
    scheme, _, rest = name.partition("://")
    host, _, table = rest.partition("/")
    return f"{scheme}://{host}/{table.upper()}"


def confusing(datasets: Iterable[Dataset]) -> set[tuple[str, str]]:
    """Assets that only look like the scanned ones: siblings, files, children, other types, another account."""
    made: set[tuple[str, str]] = set()
    names = {dataset.qualified_name for dataset in datasets}
    for name in names:
        if name.startswith("https://"):
            made |= {(PATH, f"{name}_old"), (SET, f"{name}_old/{{SparkPartitions}}"), (SET, f"{name}-{{N}}.csv")}
            made |= {(PATH, f"{name}/_archive"), (SET, f"{name}/archive/{{SparkPartitions}}")}
            made |= {(PATH, name.replace(".core.", ".other.")), ("databricks_process", f"{name}/processes/1")}
            made |= {("databricks_notebook", name)}
        else:
            made |= {(PATH, f"https://lake.dfs.core.windows.net/tables/{name.replace('/', '_')}")}
            made |= {("databricks_notebook", name), ("azure_sql_table", name)}
    return {one for one in made if one[1] not in names or not one[0].startswith("azure")}


def scan(line: Line, columns: dict[Dataset, list[str]]) -> dict[str, AssetName]:
    """Load what a scanner would have found of all datasets, columns in capitals; returns ``scanned_as``."""
    found = scanned_as(columns)
    line.load(*sorted(confusing(columns)))
    for dataset, names in columns.items():
        _load(line, found[dataset.qualified_name], [name.upper() for name in names])
    return found


def _load(line: Line, asset: AssetName, columns: list[str]) -> None:
    schema, name = kind_of(asset.type_name).schema, asset.qualified_name
    said = {"description": "by the scanner"}
    if asset.type_name.endswith(("_path", "_set")):
        said |= {"path": urlsplit(name).path}
    if schema.through:
        holder = AssetName(schema.through, f"{name}#__tabular_schema")
        line.load((holder.type_name, holder.qualified_name))
        line.load((asset.type_name, name, {"tabular_schema": _reference(holder)}, said))
    else:
        holder = asset
        line.load((asset.type_name, name, {}, said))
    parent = {schema.parent: _reference(holder)}
    for start in range(0, len(columns), 50):
        some = columns[start : start + 50]
        line.load(
            *[
                (schema.column, schema.qualified_name(name, one), parent, {"name": one, schema.data_type: "text"})
                for one in dict.fromkeys(some)
            ]
        )


def _reference(asset: AssetName) -> dict[str, Any]:
    return {"typeName": asset.type_name, "uniqueAttributes": {"qualifiedName": asset.qualified_name}}
