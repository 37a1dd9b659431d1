"""No spelling of a secret survives, and what names the asset does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.redact import (
    PLACEHOLDER,
    SECRETS,
    is_secret_name,
    redact_headers,
    redact_mapping,
    redact_text,
)

pytestmark = pytest.mark.unit

KEY = "aB3/" * 21 + "aB=="
"""A storage account's key has 86 characters of base64 and two equals signs."""
PAT = "dapi0123456789abcdef0123456789abcdef"
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzM2NyM3QifQ.c2VjcmV0"

CASES: dict[str, list[tuple[str, str]]] = {
    "private key": [
        ("a\n-----BEGIN RSA PRIVATE KEY-----\ns3cr3t\n-----END RSA PRIVATE KEY-----\nb", "a\n*****\nb"),
        ('{"k":"-----BEGIN PRIVATE KEY-----\\ns3cr3t\\n-----END PRIVATE KEY-----"}', '{"k":"*****"}'),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t", "*****"),
    ],
    "authorization header": [
        ("Authorization: Bearer s3cr3t", "Authorization: *****"),
        ("Proxy-Authorization: Basic czNjcjN0", "Proxy-Authorization: *****"),
        ('{"Authorization":"SharedKey acct:s3cr3t="}', '{"Authorization":"*****"}'),
        (
            "authorization: AWS4-HMAC-SHA256 Credential=AKIA, Signature=s3cr3t\nhost: h",
            "authorization: *****\nhost: h",
        ),
        ("Cookie: a=s3cr3t; b=s3cr3t\r\nHost: h", "Cookie: *****\r\nHost: h"),
        ("set-cookie: a=s3cr3t", "set-cookie: *****"),
    ],
    "bearer token": [
        ("curl said bearer s3cr3t.s3cr3t", "curl said bearer *****"),
        ("Bearer%20s3cr3t&", "Bearer%20*****&"),
    ],
    "basic authorization": [
        ("sent Basic ZXRsOnMzY3IzdA==", "sent Basic *****"),
        ("basic information", "basic information"),
    ],
    "json web token": [(f"got {JWT}, expired", "got *****, expired")],
    "databricks token": [
        (f"x={PAT}-2;", "x=*****;"),
        ("dapigraphs", "dapigraphs"),
        ("dkea0123456789abcdef", "*****"),
        ("dose0123456789abcdef", "*****"),
    ],
    "aws key id": [
        ("s3a: AKIAIOSFODNN7EXAMPLE was refused", "s3a: ***** was refused"),
        ("ASIAIOSFODNN7EXAMPLE", "*****"),
    ],
    "vendor token": [
        ("ghp_" + "a1" * 18 + " x", "***** x"),
        *(
            (shape + "b2" * 18, "*****")
            for shape in ("AIza", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxa-", "xoxb-", "xoxp-")
        ),
    ],
    "entra client secret": [("abc8Q~" + "s3cr3t" * 6, "*****")],
    "account key": [(f"the key {KEY} is wrong", "the key ***** is wrong")],
    "shared access signature": [
        (
            "https://acct.blob.core.windows.net/c/p?sv=2020-08-04&sr=c&sig=s3cr3t%3D&se=2030",
            "https://acct.blob.core.windows.net/c/p?*****",
        ),
        ("wasbs://c@acct.blob.core.windows.net/p?sig=s3cr3t", "wasbs://c@acct.blob.core.windows.net/p?*****"),
        ("sv=2020&ss=b&sig=s3cr3t and more", "***** and more"),
        ("a=1&design=x", "a=1&design=x"),
        ("BlobEndpoint=https://x;SharedAccessSignature=sv=2020&sig=s3cr3t", "BlobEndpoint=https://x;*****"),
    ],
    "signature": [
        ("https://a/c?sv=1\\u0026sig=s3cr3t", "https://a/c?sv=1\\u0026sig=*****"),
        ("url%3Fsig%3Ds3cr3t%26", "url%3Fsig%3D*****"),
    ],
    "function key": [
        ("https://f.azurewebsites.net/api/producer?code=s3cr3t==&x=1", "https://f.azurewebsites.net/api/producer?code=*****&x=1")
    ],
    "password in a URL": [
        ("jdbc:postgresql://u:s3c@r3t@h:5432/db:public.t", "jdbc:postgresql://u:*****@h:5432/db:public.t"),
        ("mongodb+srv://u:s3cr3t@c.mongodb.net/db.coll", "mongodb+srv://u:*****@c.mongodb.net/db.coll"),
        ("redis://:s3cr3t@h:6379/0", "redis://:*****@h:6379/0"),
        ("https://h:8080/path?mail=a@b.c", "https://h:8080/path?mail=a@b.c"),
        ("mongodb://h1:27017,h2:27017/db@x", "mongodb://h1:27017,h2:27017/db@x"),
        ("abfss://c@acct.dfs.core.windows.net/a b/%20ß", "abfss://c@acct.dfs.core.windows.net/a b/%20ß"),
    ],
    "password with a slash in a URL": [
        ("jdbc:postgresql://u:s3/cr3t@h:5432/db:public.t", "jdbc:postgresql://u:*****@h:5432/db:public.t"),
    ],
    "oracle login": [
        ("jdbc:oracle:thin:hr/s3cr3t@//db.host:1521/svc:HR.EMP", "jdbc:oracle:thin:hr/*****@//db.host:1521/svc:HR.EMP"),
        ("jdbc:oracle:thin:hr/s3@cr3t@db.host:1521:sid:HR.E", "jdbc:oracle:thin:hr/*****@db.host:1521:sid:HR.E"),
        ('jdbc:oracle:oci:hr/"s3@cr3t"@(DESCRIPTION=x)', "jdbc:oracle:oci:hr/*****@(DESCRIPTION=x)"),
    ],
    "identified by": [
        ("CREATE USER u IDENTIFIED BY s3cr3t;", "CREATE USER u IDENTIFIED BY *****;"),
        ("identified by 's3c r3t' x", "identified by ***** x"),
    ],
    "option of a command": [("beeline --password s3cr3t -e x", "beeline --password ***** -e x")],
    "property line": [
        ("spark.ssl.keyPassword s3cr3t", "spark.ssl.keyPassword *****"),
        ("fs.azure.account.key.a.dfs.windows.net\ts3cr3t\n", "fs.azure.account.key.a.dfs.windows.net\t*****\n"),
        ("hadoop.security.credential s3cr3t", "hadoop.security.credential *****"),
        ("hive.server2.keystore.password s3cr3t", "hive.server2.keystore.password *****"),
        ("javax.jdo.option.ConnectionPassword s3cr3t", "javax.jdo.option.ConnectionPassword *****"),
    ],
    "named, in braces": [
        (
            "jdbc:sqlserver://h:1433;database=db;user=u;password={p:w;}}s3cr3t};encrypt=true:dbo.T",
            "jdbc:sqlserver://h:1433;database=db;user=u;password=*****;encrypt=true:dbo.T",
        ),
        ("jdbc:sqlserver://h;password={s3;cr3t}:dbo.T", "jdbc:sqlserver://h;password=*****:dbo.T"),
    ],
    "named, in a connection string": [
        (
            "jdbc:sqlserver://h;user=u;password=my s3cr3t pass;database=d:dbo.T",
            "jdbc:sqlserver://h;user=u;password=*****;database=d:dbo.T",
        ),
        ("jdbc:sqlserver://h;database=d;pwd=s3cr3t:dbo.T", "jdbc:sqlserver://h;database=d;pwd=*****:dbo.T"),
        ("jdbc:sqlserver://h;database=d;password=*****", "jdbc:sqlserver://h;database=d;password=*****"),
        (
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=s3cr3t==;EndpointSuffix=core.windows.net",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=*****;EndpointSuffix=core.windows.net",
        ),
        (
            "Data Source=https://c.kusto.windows.net;Application Key=s3cr3t;AppKey=s3cr3t;Fed=True",
            "Data Source=https://c.kusto.windows.net;Application Key=*****;AppKey=*****;Fed=True",
        ),
        ("Endpoint=sb://n/;SharedAccessKey=s3cr3t=;EntityPath=hub", "Endpoint=sb://n/;SharedAccessKey=*****;EntityPath=hub"),
        (
            "jdbc:databricks://adb-1.azuredatabricks.net:443/default;AuthMech=3;UID=token;PWD=s3cr3t",
            "jdbc:databricks://adb-1.azuredatabricks.net:443/default;AuthMech=3;UID=token;PWD=*****",
        ),
        ("jdbc:db2://h:50000/db:user=u;password=s3cr3t;", "jdbc:db2://h:50000/db:user=u;password=*****;"),
    ],
    "named, in a query string": [
        ("jdbc:postgresql://h/db?user=u&password=s3cr3t&ssl=1:public.t", "jdbc:postgresql://h/db?user=u&password=*****&ssl=1:public.t"),
        ("jdbc:mysql://h/db?password=s3,c;r3t:db.t", "jdbc:mysql://h/db?password=*****:db.t"),
        ("https://h/x?access_token=s3cr3t&a=b", "https://h/x?access_token=*****&a=b"),
    ],
    "named, as a folder" : [ ( "abfss://c@a/data/token=s3cr3t/part-0.parquet",
    "abfss://c@a/data/token=*****/part-0.parquet" ) ],
    "named, URL-encoded": [("password%3Ds3cr3t%26user%3Du", "password%3D*****%26user%3Du")],
    "named, in XML": [("<a:password type='x'>s3cr3t</a:password>", "<a:password type='x'>*****</a:password>")],
    "named, in a pair": [("(spark.x.secret,s3cr3t)", "(spark.x.secret,*****)")],
    "named, quoted": [
        ('{"password":"s3cr3t","user":"u"}', '{"password":"*****","user":"u"}'),
        ('{\\"password\\":\\"s3c\\\\\\"r3t\\",\\"user\\":\\"u\\"}', '{\\"password\\":\\"*****\\",\\"user\\":\\"u\\"}'),
        ("{'client_secret': 's3c r3t', 'x': 1}", "{'client_secret': '*****', 'x': 1}"),
        ('.option("password", "s3cr3t")', '.option("password", "*****")'),
        ('{"name":"password","value":"s3cr3t"}', '{"name":"password","value":"*****"}'),
        ("CREATE USER u PASSWORD 's3cr3t'", "CREATE USER u PASSWORD '*****'"),
        ('username="$C" password="Endpoint=sb://n/;x=s3cr3t";', 'username="$C" password="*****";'),
        ("token='s3cr3t", "token='*****"),
        ("Map('password' -> 's3c r3t', 'x' => 1)", "Map('password' -> '*****', 'x' => 1)"),
    ],
    "named, with a colon": [
        ("x-functions-key: s3cr3t", "x-functions-key: *****"),
        ("host: h\napi_key: s3cr3t\nport: 1", "host: h\napi_key: *****\nport: 1"),
        ("token:s3cr3t", "token:*****"),
        ("jdbc:sqlserver://h;databaseName=tokens:dbo.T", "jdbc:sqlserver://h;databaseName=tokens:dbo.T"),
        ("bigquery://project:secrets.table", "bigquery://project:secrets.table"),
    ],
    "named, with an equals sign": [
        ("fs.azure.account.key.a.dfs.core.windows.net=s3cr3t==", "fs.azure.account.key.a.dfs.core.windows.net=*****"),
        ("fs.azure.account.oauth2.client.secret.a=s3cr3t", "fs.azure.account.oauth2.client.secret.a=*****"),
        ("Map(password -> s3cr3t, user -> etl)", "Map(password -> *****, user -> etl)"),
        ("{user=etl, password=s3c,r3t}", "{user=etl, password=*****}"),
        ("jdbc:mysql://(host=h,user=u,password=s3cr3t)/db", "jdbc:mysql://(host=h,user=u,password=*****)/db"),
        ("jdbc:teradata://h/DATABASE=d,PASSWORD=s3cr3t,USER=u", "jdbc:teradata://h/DATABASE=d,PASSWORD=*****,USER=u"),
        ("password=[s3cr3t", "password=*****"),
        ("password=*****s3cr3t", "password=*****"),
        ("(password#12 = DE)", "(password#12 = DE)"),
        ("passwordless = yes", "passwordless = *****"),
    ],
}  # fmt: skip
ALL = [case for cases in CASES.values() for case in cases]


def test_every_kind_of_secret_has_a_case():
    assert list(CASES) == [secret.name for secret in SECRETS]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.name)
def test_every_pattern_is_needed_for_its_own_case(secret):
    text, redacted = CASES[secret.name][0]
    assert text != redacted
    assert secret.pattern.search(text)
    assert any(word in text.lower() for word in secret.words)
    assert not secret.marks or any(mark in text for mark in secret.marks)


@pytest.mark.parametrize(("text", "redacted"), ALL)
def test_secrets_go_and_the_rest_stays(text: str, redacted: str):
    assert redact_text(text) == redacted
    assert redact_text(redacted) == redacted


@pytest.mark.parametrize(("text", "redacted"), ALL)
@pytest.mark.parametrize(
    "frame", ["java.sql.SQLException: cannot connect to {}\n\tat a.B.c(B.java:1)", '["{}"]', "<{}>"]
)
def test_secrets_go_from_the_middle_of_a_text(text: str, redacted: str, frame: str):
    around = frame.replace("{}", text)
    assert not re.search(r"s3/?[c;@]|r3t\b|AKIAIOS", redact_text(around)), around


KEYS = [
    "account", "access", "accountaccess", "api", "shared", "sharedaccess", "private", "pvt", "storage",
    "storageaccess", "master", "function", "functions", "host", "subscription", "encryption", "signing", "secret",
    "admin", "auth",
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "password", "passwd", "passphrase", "passcode", "db_pwd", "userPwd", "db_pass", "sslPass", "pw", "secret",
        "token", "credential", "credentials", "fs.azure.sas.c.acct", "connectionString", "connection string",
        "connection-string", "SharedAccessSignature", *(f"{key}_key" for key in KEYS), *(f"{key}Key" for key in KEYS),
    ],
)  # fmt: skip
def test_a_secret_goes_by_any_name_in_a_text(name: str):
    assert redact_text(f"it said {name}=s3cr3t then") == f"it said {name}=***** then"


@pytest.mark.parametrize(
    "text",
    [
        "order_id", "customer_key", "abfss://curated@contosolake.dfs.core.windows.net/silver/orders",
        "dbfs:/mnt/x/token list/a",
        "kafka:secret-topic", "cassandra:keyspace:table", "jdbc:sqlserver://h:1433;database=db:dbo.T",
        "elasticsearch://h/tokens/doc",
        "jdbc:oracle:thin:@//h:1521/svc:HR.EMP", "spark_catalog.sales.passwords", "key", "the keys are sorted",
        "primaryKey=id", "",
        "/Users/etl@contoso.com/Orders, daily", "taskKey: 03_build_gold", "secret#12 = token#13",
        "secrets.get(scope)", "assign=1",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "password", "PASSWORD", "dbPassword", "ssl.key.password", "passphrase", "pwd", "userPwd", "secret",
        "clientSecret",
        "fs.azure.account.oauth2.client.secret.acct.dfs.core.windows.net", "token", "accessToken", "refresh_token",
        "sastoken", "key",
        "accountKey", "accountkey", "fs.azure.account.key.acct.dfs.core.windows.net", "spark.cosmos.masterkey",
        "api_key", "x-functions-key",
        "sig", "signature", "credential", "credentials", "aws.secret.access.key", "sasl.jaas.config",
        "kafka.sasl.jaas.config", "SAS",
        "code", "connectionString", "eventhubs.connectionstring", "Authorization", "cookie", "sessionToken",
        "privateKey", "pass", "passcode", "jwt", "idJwt", "bearer", "jaas", "userSig", "ssoSignature", "blobSas",
        "blob.sas", "containerSAS", "connection_string", "connection-string", "connection.string",
        "primaryKeyPassword", "publicKeyToken", "errorCodeSecret",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str):
    assert is_secret_name(name)


HARMLESS_KEYS = [
    "primary", "partition", "partitioning", "sort", "join", "foreign", "cluster", "clustering", "group", "grouping",
    "surrogate", "business", "natural", "unique", "row", "map", "hash", "range", "distribution", "order", "record",
    "message", "task", "jobCluster", "lookup", "merge", "index", "public", "sequence",
]  # fmt: skip
HARMLESS_CODES = [
    "exit", "status", "error", "response", "country", "currency", "language", "zip", "postal", "op",
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "keyspace", "primaryKey", "primary_key", "partitionKey", "partition.key", "sortKey", "taskKey",
        "job_cluster_key", "joinKey",
        "keys", "path", "dbtable", "user", "url", "header", "inferSchema", "signal", "sassy",
        "passing", "bypass",
        *(f"{what}Key" for what in HARMLESS_KEYS), *(f"{what}_code" for what in HARMLESS_CODES),
        "assignment", "errorCode", "status_code", "compass", "tokyo", "groupingKey", "message.key", "codec", "",
        "a.primarykey",
    ],
)  # fmt: skip
def test_names_of_no_secrets(name: str):
    assert not is_secret_name(name)


def test_options_of_secret_names_are_masked_whatever_they_look_like():
    options = {
        "url": "jdbc:x://h;password=a;b=c",
        "user": "etl",
        "password": "DE",
        "accountKey": "x",
        "primaryKey": "id",
        "token": "",
    }
    assert redact_mapping(options) == {
        "url": "jdbc:x://h;password=*****;b=c",
        "user": "etl",
        "password": PLACEHOLDER,
        "accountKey": PLACEHOLDER,
        "primaryKey": "id",
        "token": "",
    }


def test_only_harmless_headers_are_kept():
    headers = {
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        "Content-Length": "12",
        "User-Agent": "scalaj-http/2.4.1",
        "Accept": "*/*",
        "Accept-Encoding": "gzip,deflate",
        "X-Request-Id": "8a6e",
        "X-Databricks-Workspace-Url": "adb-1.azuredatabricks.net",
        "x-databricks-cluster-name": f"job-1 {PAT}",
        "x-databricks-token": PAT,
        "X-SPLINE-TIMEOUT": "120000",
        "ABSA-Spline-API-Version": "1.2",
        "x-functions-key": "s3cr3t",
        "Authorization": "Bearer s3cr3t",
        "Cookie": "a=s3cr3t",
        "x-arr-clientcert": "s3cr3t",
        "x-forwarded-for": "10.0.0.1",
    }
    assert redact_headers(headers) == {
        "content-type": "application/json",
        "content-encoding": "gzip",
        "content-length": "12",
        "user-agent": "scalaj-http/2.4.1",
        "accept": "*/*",
        "accept-encoding": "gzip,deflate",
        "x-request-id": "8a6e",
        "x-databricks-workspace-url": "adb-1.azuredatabricks.net",
        "x-databricks-cluster-name": "job-1 *****",
        "x-spline-timeout": "120000",
        "absa-spline-api-version": "1.2",
    }


WORDS = [text for text, _ in ALL] + re.findall(r"[\w.]+|\W", " ".join(text for text, _ in ALL))


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map("".join), st.lists(st.sampled_from(WORDS)).map(" ".join))
)
def test_redacting_twice_is_redacting_once(text: str):
    once = redact_text(text)
    assert redact_text(once) == once


SECRET = st.text("abcXYZ019!#%+=./-_$^*~", min_size=4, max_size=30).map(lambda text: f"Q{text}Q9Z")
PLACES = [
    "jdbc:sqlserver://h:1433;database=d;user=u;password={};encrypt=true:dbo.T",
    "jdbc:mysql://h/d?user=u&password={}&x=y:d.t",
    '{"clientSecret": "{}"}', "Map(password -> {}, user -> u)", "https://a.blob.core.windows.net/c/p?sv=1&sig={}&se=2",
    "AccountKey={};EndpointSuffix=x", "Authorization: Bearer {}", "x-functions-key: {}", "--token {} x",
    "jdbc:oracle:thin:u/{}@//h:1/s:A.B",
]  # fmt: skip


@given(SECRET, st.sampled_from(PLACES), st.text(), st.text())
def test_a_planted_secret_never_survives(secret: str, place: str, before: str, after: str):
    if "&" in place:
        secret = re.sub(r"[&#%]", "x", secret)
    planted = place.replace("{}", secret)
    redacted = redact_text(f"{before}\n{planted}\n{after}")
    assert secret not in redacted
    assert "Q9Z" not in redacted.replace(before, "").replace(after, "") or "Q9Z" in before + after


@pytest.mark.long
@pytest.mark.parametrize(
    "unit",
    sorted({*WORDS, "password={", "://a:", "jdbc:oracle:thin:a/", "identified by '", "a=b&", ";", "-", "--password"}),
)
def test_a_long_text_of_anything_is_read_in_one_pass(unit: str):
    armed = (
        "sig= password= key= :// @ == eyj dapi spark. -- bearer basic  jdbc:oracle identified q~ code= authorization "
    )
    text = armed + unit * (20_000 // len(unit))
    once = redact_text(text)
    assert redact_text(once) == once
