"""Endpoints of Azure in all its clouds: which host belongs to which service, and the one name of each."""

import re

SQL = r"database\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)"
SYNAPSE = r"sql\.azuresynapse\.(?:net|azure\.cn|azure\.us|usgovcloudapi\.net)"
FABRIC_SQL = r"(?:[\w-]*datawarehouse|database)\.(?:fabric\.microsoft\.com|pbidedicated\.windows\.net)"
POSTGRESQL = r"postgres\.database\.(?:azure\.com|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)"
MYSQL = r"mysql\.database\.(?:azure\.com|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)"
MARIADB = r"mariadb\.database\.(?:azure\.com|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)"
KUSTO = (
    r"kusto\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de|azuresynapse\.net"
    r"|fabric\.microsoft\.com|data\.microsoft\.com)"
)
COSMOS = r"documents\.(?:azure\.com|azure\.cn|azure\.us|microsoftazure\.de)"
EVENT_HUBS = r"servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)"
DATABRICKS = r"(?:azuredatabricks\.(?:net|us|cn)|databricks\.azure\.(?:us|cn)|databricks\.com)"

_AZURE_SQL = re.compile(rf"[^/]+\.(?:{SQL}|{SYNAPSE}|{FABRIC_SQL})")
_MANAGED_INSTANCE = re.compile(rf"[^.]+\.(?:public|secondary)\.[^/]*{SQL}")
_WORKSPACE = re.compile(rf"[^/]+\.{DATABRICKS}")
_ONELAKE = re.compile(r"[\w-]*onelake\.(?:dfs|blob)\.fabric\.microsoft\.com")
_DEFAULT_PORTS = (":443", ":80")


def public_host(host: str) -> str:
    """The host that Purview scans: no private-link label, no final dot. ``host`` is in lower case."""
    return host.rstrip(".").replace(".privatelink.", ".")


def storage_host(host: str, kind: str) -> str:
    """The public primary endpoint of a storage host; ``kind`` (``dfs``, ``blob`` or empty) sets that label.

    The read-only replica (``-secondary``) is the same account: account names cannot hold ``-``.
    """
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    host = public_host(host)
    if _ONELAKE.fullmatch(host):
        return "onelake.dfs.fabric.microsoft.com"
    if not kind:
        return host
    account, dot, domain = host.partition(".")
    labels = [kind if label in {"dfs", "blob"} else label for label in domain.split(".")]
    return f"{account.removesuffix('-secondary')}{dot}{'.'.join(labels)}"


def database_host(host: str) -> str:
    """The public host of a database server; read-only and public endpoints of Azure SQL are the server itself."""
    host = public_host(host)
    if _MANAGED_INSTANCE.fullmatch(host):
        return host.replace(".public.", ".", 1).replace(".secondary.", ".", 1)
    return host


def is_azure_sql(host: str) -> bool:
    """Whether a SQL Server host is Azure's own, so that it has no named instances."""
    return bool(_AZURE_SQL.fullmatch(host))


def is_workspace(host: str) -> bool:
    """Whether a host is a Databricks workspace."""
    return bool(_WORKSPACE.fullmatch(host))


def kusto_host(host: str) -> str:
    """The query endpoint of a cluster: no ingestion prefix, and the domain once (writers append it to full hosts)."""
    host = public_host(host).removeprefix("ingest-")
    first = re.match(rf".*?\.{KUSTO}", host)
    if first:
        return first.group()
    return host if "kusto" in host else f"{host}.kusto.windows.net"


def cosmos_host(account: str) -> str:
    """The host of an account given as a host or by its name alone."""
    host = public_host(account)
    return host if "." in host or not host else f"{host}.documents.azure.com"


def snowflake_host(account: str) -> str:
    """The host of an account given as a host or as ``organisation-account``."""
    host = public_host(account)
    return host if ".snowflakecomputing." in host else f"{host}.snowflakecomputing.com"
