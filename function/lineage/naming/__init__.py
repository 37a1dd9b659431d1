"""Names: what a source, a notebook or a process is called in the catalogue.

Pure: imports the model only; the SQL parser is imported when the first query has to be read.
"""

from lineage.naming.context import Naming, NamingContext
from lineage.naming.databricks import name_owner, name_process, process_name, process_qualified_name
from lineage.naming.explain import explain
from lineage.naming.observations import name
from lineage.naming.shapes import shape, stub
from lineage.naming.sources import name_source

__all__ = [
    "Naming",
    "NamingContext",
    "explain",
    "name",
    "name_owner",
    "name_process",
    "name_source",
    "process_name",
    "process_qualified_name",
    "shape",
    "stub",
]
