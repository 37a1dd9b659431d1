"""Relations of connectors that the agent has no plugin for: their text is all that the plan has.

``SqlDWRelation(…,jdbc:sqlserver://host;database=dw,dbo.Dim)``, ``DeltaCDFRelation(…Snapshot(path=abfss://…/_delta_log…``.
Only what masking leaves of a text is read (``descriptions.py``): a URL, the table next to it, a location. Texts that do
not come with a plan are read by ``naming/relations.py``; tests keep both alike.
"""

import re

from lineage.model import Source

JDBC = re.compile(r"jdbc:[a-z][^\s,()]*", re.IGNORECASE)
TABLE = re.compile(r"\s*,\s*((?:[\w$\[\]\"`]+\.){0,3}[\w$\[\]\"`]+)\s*(?=[,)])")
LOCATION = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}:/[^\s,()\"']+", re.IGNORECASE)
DELTA_LOG = re.compile(r"/_delta_log/?$")


FORMATS = {"SqlDWRelation": "com.databricks.spark.sqldw"}
"""Connectors over JDBC that are to be told from plain JDBC, by the class of their relations."""


def recover(text: str) -> Source | None:
    """The dataset that the text of a relation names; ``None`` where it names none."""
    jdbc = JDBC.search(text)
    if jdbc:
        return _database(text, jdbc)
    location = LOCATION.search(text)
    if not location:
        return None
    uri = location[0]
    folder = DELTA_LOG.sub("", uri)
    return Source(uri=folder, format="delta" if folder != uri else "")


def _database(text: str, jdbc: re.Match[str]) -> Source:
    url, table = jdbc[0], TABLE.match(text, jdbc.end())
    connector = FORMATS.get(text.partition("(")[0].rpartition(".")[2], "jdbc")
    if not table:
        return Source(uri=url, format=connector, options=(("url", url),))
    return Source(uri=f"{url}:{table[1]}", format=connector, options=(("dbtable", table[1]), ("url", url)))
