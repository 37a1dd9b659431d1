"""How connectors of services spell their sources → canonical URIs: brokers, warehouses, document stores, catalogues.

A further scheme that needs rewriting is one function and one line in ``BY_SCHEME``.
"""

import re
from collections.abc import Callable, Mapping

from lineage.naming.context import UNKNOWN
from lineage.naming.dialects import DIALECTS
from lineage.naming.folding import fold_shard
from lineage.naming.hosts import cosmos_host, is_workspace, kusto_host, snowflake_host
from lineage.naming.identifiers import fold_case, split_name
from lineage.naming.spelling import HIVE_CATALOGS, Reading, hive_table, lower_segment, segment, unity_uri
from lineage.naming.uri import drop_secrets, lower


def _kafka(reading: Reading) -> str:
    brokers = reading.options.get("kafka.bootstrap.servers", "").partition(",")[0].rpartition("://")[2].strip()
    if reading.text.partition(":")[2].startswith("//"):
        host, _, topic = reading.rest.partition("/")
        return f"kafka://{lower(host.partition(',')[0]) or UNKNOWN}/{segment(topic)}"
    return f"kafka://{lower(brokers) or UNKNOWN}/{segment(reading.rest)}"


def _cassandra(reading: Reading) -> str:
    host = reading.options.get("spark.cassandra.connection.host", "").partition(",")[0].strip()
    if reading.text.partition(":")[2].startswith("//"):
        host, _, table = reading.rest.partition("/")
        return f"cassandra://{lower(host)}/{table.replace('.', '/', 1) if '/' not in table else table}"
    return f"cassandra://{lower(host) or UNKNOWN}/{re.sub('[:.]', '/', reading.rest, count=1)}"


_ENTITY_PATH = re.compile(r";\s*EntityPath\s*=\s*([^;]+)", re.IGNORECASE)


def _event_hubs(reading: Reading) -> str:
    """A hub by its namespace, however that is written; without one as a topic without a broker.

    In a connection string (``sb://NAMESPACE/;…;EntityPath=HUB``) the settings have its name.
    """
    place, _, hub = reading.rest.partition("/")
    named, _, settings = hub.partition(";")
    told = _ENTITY_PATH.search(f";{settings}")
    hub = named or (told[1] if told else "")
    if not reading.text.partition(":")[2].startswith("//"):
        return f"eventhubs://{UNKNOWN}/{segment(reading.rest)}"
    return f"eventhubs://{lower(place)}/{segment(hub.strip('/'))}"


def _bigquery(reading: Reading) -> str:
    """``project:dataset.table``, ``project.dataset.table`` or segments."""
    rest = "/".join(filter(None, reading.rest.partition("?")[0].strip(":./").split("/")))
    project, mark, table = rest.partition("/") if "/" in rest else rest.partition(":" if ":" in rest else ".")
    parts = [project, *(table.split("/", 1) if mark == "/" and "/" in table else table.split(".", 1))]
    parts = [part.strip(":./") for part in parts if part.strip(":./")]
    if len(parts) > 2:
        parts[-1] = fold_shard(parts[-1], dates=reading.context.fold_dates)
    return "bigquery://" + "/".join(parts)


def _mongodb(reading: Reading) -> str:
    place, _, table = reading.rest.rpartition("/")
    authority = place.partition("/")[0].partition("?")[0].rpartition("@")[2].partition(",")[0]
    table = table.partition("?")[0]
    if not authority:
        return ""
    inner = place.partition("/")[2].partition("?")[0] if "." not in table else ""
    return f"mongo://{lower(authority)}/{'/'.join(part for part in (inner, table.replace('.', '/', 1)) if part)}"


def _kusto(reading: Reading) -> str:
    """``azurekusto://host/db/table``; a host pasted with its scheme, doubled domain or ingestion prefix is mended."""
    host, _, path = re.sub(r"^https?:/+", "", reading.rest, flags=re.I).partition("/")
    sections = [section for section in path.partition("?")[0].split("/") if section]
    return f"azurekusto://{'/'.join([kusto_host(lower(host.partition(':')[0])), *sections])}"


def _cosmos(reading: Reading) -> str:
    """``azurecosmos://host/dbs/db/colls/collection``, from ``/db/collection`` as well."""
    host, _, path = re.sub(r"^https?:/+", "", reading.rest, flags=re.I).partition("/")
    sections = [section for section in path.partition("?")[0].split("/") if section]
    if sections[:1] == ["dbs"] and len(sections) == 3:
        sections = [*sections[1:2], sections[2]]
    if sections[:1] != ["dbs"] or len(sections) == 1:
        sections = [word for pair in zip(("dbs", "colls"), sections, strict=False) for word in pair]
    return f"azurecosmos://{'/'.join([cosmos_host(lower(host.partition(':')[0])), *sections])}"


def _https(reading: Reading) -> str:
    host = lower(reading.rest.partition("/")[0].partition(":")[0])
    if ".kusto." in host:
        return _kusto(reading)
    return _cosmos(reading) if ".documents." in host else ""


def _snowflake(reading: Reading) -> str:
    """``snowflakedb://host/D/S/T``, from ``account/D.S.T`` and from Spline's ``url.warehouse.db.schema.table``."""
    place, _, table = drop_secrets(reading.text).partition("://")[2].partition("/")
    if not table:
        match = re.fullmatch(r"(.+?\.snowflakecomputing\.(?:com|cn))\.[^.]+\.([^.]+\.[^.]+\.[^.]+)", place, re.I)
        place, table = (match[1], match[2]) if match else (place, "")
    names = [name for name in table.partition("?")[0].split("/") if name]
    if len(names) == 1:  # SQL, where unquoted parts fold; a path of names is taken as it is
        names = [segment(fold_case(part, "upper")) for part in split_name(names[0], literal=True)]
    return f"snowflakedb://{'/'.join([snowflake_host(lower(place.partition(':')[0])), *names])}"


def _unity(reading: Reading) -> str:
    """A table by workspace or metastore; the metastore's name is the better one."""
    place, table = _place_and_table(reading)
    parts = table.split("/") if "/" in table else [part.text for part in split_name(table, literal=True)]
    names = [lower_segment(part) for part in parts]
    in_hive = names[0] in HIVE_CATALOGS if len(names) == 3 else len(names) == 2 and "/" not in table
    if in_hive and all(names):
        workspace = lower(place) if is_workspace(lower(place)) else reading.context.workspace
        return hive_table(workspace, *names[-2:]).uri
    return unity_uri(reading.context, lower(place), names) if len(names) == 3 and all(names) else ""


def _place_and_table(reading: Reading) -> tuple[str, str]:
    """Of ``scheme://place/table``, or of ``scheme:table``."""
    place, slash, table = reading.rest.partition("/")
    return (place, table) if slash else ("", place)


def _hive(reading: Reading) -> str:
    """``hive://metastore/db.table``: the workspace stands for its metastore, another one for its own."""
    place, table = _place_and_table(reading)
    names = [name for name in re.split(r"[./]", table) if name][-2:]
    if not names:
        return ""
    host = lower(place.partition(":")[0])
    workspace = host if is_workspace(host) else reading.context.workspace_url or host or UNKNOWN
    return hive_table(workspace, *(names if len(names) == 2 else ["default", *names])).uri


def _as_it_is(reading: Reading) -> str:
    return drop_secrets(reading.text)


BY_SCHEME: Mapping[str, Callable[[Reading], str]] = {
    "kafka": _kafka,
    "cassandra": _cassandra,
    "bigquery": _bigquery,
    "mongodb": _mongodb,
    "mongodb+srv": _mongodb,
    "azurekusto": _kusto,
    "kusto": _kusto,
    "azurecosmos": _cosmos,
    "cosmos": _cosmos,
    "http": _https,
    "https": _https,
    "snowflake": _snowflake,
    **dict.fromkeys(("eventhubs", "eventhub", "sb"), _event_hubs),
    "unitycatalog": _unity,
    "hive": _hive,
    # our own canonical forms, which name the same asset again
    **dict.fromkeys((*(dialect.scheme for dialect in DIALECTS), "sqldw"), _as_it_is),
    **dict.fromkeys(("mongo", "volume", "deltasharing"), _as_it_is),
}
"""From a scheme to the function that writes its canonical URI; an empty one where something is missing."""
