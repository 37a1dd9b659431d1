"""The write of a plan: its output, what it does to the rows that were there, and whether it is lineage at all."""

from collections.abc import Mapping

from lineage.errors import NotConvertible
from lineage.model import Column, Mode, Role, Source
from lineage.spline.expressions import class_of
from lineage.spline.graph import Graph, parameter, references
from lineage.spline.identifiers import table_name
from lineage.spline.sources import naming_options
from lineage.spline.wire import Function, Params, Ref, WriteOperation, text_of

COMMAND_MODES: Mapping[str, Mode] = {
    "MergeIntoCommand": Mode.MERGE,
    "MergeIntoCommandEdge": Mode.MERGE,
    "UpdateCommand": Mode.UPDATE,
    "UpdateCommandEdge": Mode.UPDATE,
    "DeleteCommand": Mode.DELETE,
    "DeleteCommandEdge": Mode.DELETE,
}
TWINS: Mapping[str, Role] = {
    "InsertIntoHadoopFsRelationCommand": Role.INSERT,
    "InsertIntoHiveTable": Role.INSERT,
    "CreateDataSourceTableAsSelectCommand": Role.TABLE,
    "CreateHiveTableAsSelectCommand": Role.NEW_TABLE,
    "OptimizedCreateHiveTableAsSelectCommand": Role.NEW_TABLE,
    "InsertIntoDataSourceDirCommand": Role.TABLE,
    "InsertIntoHiveDirCommand": Role.TABLE,
    "CreateTableAsSelect": Role.TABLE,
    "ReplaceTableAsSelect": Role.TABLE,
}
"""Commands that may be one half of a write that is reported twice. A half that comes alone is a whole write."""
SKIPPED_COMMANDS: Mapping[str, str] = {
    "DropTableCommand": "drops a table or a view",
    "CreateDataSourceTableCommand": "creates a table without rows",
    "CreateTableCommand": "creates a table without rows",
    "TruncateTableCommand": "empties a table",
    "AlterTableRenameCommand": "renames a table",
}
DATABASES = frozenset({"jdbc"})
"""Formats of catalogue tables that stand for a database's: what inserts into them is a write of its own into that."""
SKIPPED_SCHEMES: Mapping[str, str] = {
    "memory:": "writes to memory only",
    "noop:": "writes nothing",
    "console:": "writes to the console",
}
SKIPPED_FORMATS: Mapping[str, str] = {"noop": "writes nothing", "memory": "writes to memory only"}
PREDICATES = frozenset({"And", "EqualNullSafe", "IsNull", "Cast"})
"""What the predicate of an overwritten static partition is made of."""
LARGEST_PREDICATE = 1_000


def output_source(write: WriteOperation, columns: tuple[Column, ...]) -> Source:
    """The dataset that is written; raises ``NotConvertible`` where the plan names none."""
    params = write.params or {}
    table = table_name(params)
    uri = write.output_source or ""
    if not uri and not table:
        message = f"{write.title or 'the write'} names no output"
        raise NotConvertible(message)
    return Source(
        uri=uri,
        format=text_of((write.extra or {}).get("destinationType")),
        table=table,
        columns=columns,
        options=naming_options(params),
    )


def mode_of(graph: Graph) -> Mode:
    """What the write does to the rows that were there."""
    write = graph.write
    command = COMMAND_MODES.get(write.title)
    if command is not None:
        return command
    if write.append:
        return Mode.OVERWRITE if _is_staged(write) else Mode.APPEND
    return Mode.REPLACE_WHERE if _has_predicate(graph) else Mode.OVERWRITE


def _has_predicate(graph: Graph) -> bool:
    params = graph.write.params or {}
    options = params.get("writeOptions")
    if _replace_where(params) or (isinstance(options, dict) and _replace_where(options)):
        return True
    return any(not _is_static_partition(graph, ref) for ref in references(parameter(graph.write, "deleteExpr")))


def _replace_where(options: Params) -> bool:
    return any(key.lower() == "replacewhere" and value not in (None, "") for key, value in options.items())


def _is_static_partition(graph: Graph, ref: Ref) -> bool:
    """Whether a delete predicate is ``true``, or ``partition <=> literal`` and the like: that is plain overwriting."""
    pending, seen = [ref], 0
    while pending and seen < LARGEST_PREDICATE:
        node, seen = graph.node(pending.pop()), seen + 1
        if isinstance(node, Function):
            if class_of(node) not in PREDICATES:
                return False
            pending.extend(node.child_refs or ())
    return True


def role_of(write: WriteOperation) -> Role:
    """Which half of a twin pair the command can be."""
    return Role.INSERT if _is_staged(write) else TWINS.get(write.title, Role.WHOLE)


def _is_staged(write: WriteOperation) -> bool:
    """Whether rows go into a table that the same statement creates: such a table has no catalogue in its name yet."""
    return write.title == "AppendData" and len(table_name(write.params or {})) == 1


def skip_reason(write: WriteOperation) -> str:
    """Why the write is not lineage; empty where it is."""
    uri = (write.output_source or "").lower()
    scheme = SKIPPED_SCHEMES.get("".join(uri.partition(":")[:2]), "")
    destination = text_of((write.extra or {}).get("destinationType")).lower()
    if write.title == "InsertIntoDataSourceCommand" and destination in DATABASES:
        return "is told by the write into the database that it makes"
    return SKIPPED_COMMANDS.get(write.title, "") or scheme or SKIPPED_FORMATS.get(destination, "")
