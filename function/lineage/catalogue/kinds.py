"""What is particular to each type of asset: other spellings that it may be scanned under, and how it has columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lineage.catalogue.typedefs import COLUMN, DATASET


@dataclass(frozen=True, slots=True)
class Schema:
    """How an asset has columns: their type, the relation to what they belong to, name and attribute of the data type.

    ``through`` is the type of an entity of its own between asset and columns (``tabular_schema``); empty: none.
    """

    column: str
    parent: str
    qualified_name: Callable[[str, str], str]
    data_type: str = "data_type"
    through: str = ""


def _hashed(asset: str, column: str) -> str:
    return f"{asset}#{column}"


def _below(asset: str, column: str) -> str:
    return f"{asset}/columns/{column}"


def _tabular(asset: str, column: str) -> str:
    return f"{asset}#__tabular_schema//{column}"


def _hive(asset: str, column: str) -> str:
    table, at, host = asset.rpartition("@")
    return f"{table}.{column}{at}{host}"


TABULAR = Schema("column", "composeSchema", _tabular, "type", through="tabular_schema")
"""Fits every dataset where the catalogue has these types."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``twin`` is (type, part of the host here, part of the host there) of the same place under another name.

    ``resource_set`` is the type of a set of part files in the same folder, ``siblings`` are types with names of the
    same form. ``fold_case`` says that names which differ in case only are one asset, scanned in small letters
    (``lower``) or as its system spells it (``any``); empty: they are two.
    """

    resource_set: str = ""
    twin: tuple[str, str, str] | None = None
    siblings: tuple[str, ...] = ()
    fold_case: str = ""
    schema: Schema = TABULAR

    @property
    def folder(self) -> bool:
        """Whether the name is a path, with or without a slash at its end."""
        return bool(self.resource_set)


def _table(*siblings: str, fold_case: str = "any", schema: Schema = TABULAR) -> Kind:
    return Kind(siblings=siblings, fold_case=fold_case, schema=schema)


KINDS: Mapping[str, Kind] = {
    "azure_datalake_gen2_path": Kind("azure_datalake_gen2_resource_set", ("azure_blob_path", ".dfs.", ".blob.")),
    "azure_blob_path": Kind("azure_blob_resource_set", ("azure_datalake_gen2_path", ".blob.", ".dfs.")),
    "azure_datalake_gen1_path": Kind("azure_datalake_gen1_resource_set"),
    "aws_s3_v2_directory": Kind("aws_s3_v2_resource_set"),
    "azure_datalake_gen2_filesystem": Kind(twin=("azure_blob_container", ".dfs.", ".blob.")),
    "azure_blob_container": Kind(twin=("azure_datalake_gen2_filesystem", ".blob.", ".dfs.")),
    "azure_sql_table": _table("azure_sql_view", schema=Schema("azure_sql_column", "table", _hashed)),
    "azure_sql_dw_table": _table("azure_sql_dw_view"),
    "azure_sql_mi_table": _table("azure_sql_mi_view"),
    "azure_synapse_dedicated_sql_table": _table("azure_synapse_dedicated_sql_view"),
    "azure_synapse_serverless_sql_table": _table("azure_synapse_serverless_sql_view"),
    "mssql_table": _table("mssql_view"),
    "azure_postgresql_table": _table("azure_postgresql_view"),
    "postgresql_table": _table("postgresql_view"),
    "azure_mysql_table": _table("azure_mysql_view"),
    "azure_mariadb_table": _table("azure_mariadb_view"),
    "snowflake_table": _table("snowflake_view"),
    "oracle_table": _table("oracle_view"),
    "databricks_table": _table(
        "databricks_view", fold_case="lower", schema=Schema("databricks_table_column", "table", _below)
    ),
    "hive_table": _table("hive_view", fold_case="lower", schema=Schema("hive_column", "table", _hive, "type")),
    DATASET: Kind(schema=Schema(COLUMN, "dataset", _hashed)),
}
"""Types without a row have one spelling and a tabular schema."""

PLAIN = Kind()


def kind_of(type_name: str) -> Kind:
    """The row of a type."""
    return KINDS.get(type_name, PLAIN)
