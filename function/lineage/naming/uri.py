"""One spelling for a URI: pure text, with no knowledge of what lies behind it.

Everything here is idempotent: doing it twice changes nothing. Percent-encoding is never touched (Hadoop's ``Path``
does not decode either); a caller that knows a URI to be encoded calls ``decode_once`` first.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from lineage.naming.hosts import is_workspace, storage_host

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MANAGED = re.compile(rf"/__unitystorage/|/{_UUID}/(?:tables|volumes)/{_UUID}(?:/|$)", re.IGNORECASE)
FILE_SCHEMES = {
    "abfs": "abfss",
    "abfss": "abfss",
    "wasb": "wasbs",
    "wasbs": "wasbs",
    "adl": "adl",
    "dbfs": "dbfs",
    "file": "file",
    "hdfs": "hdfs",
    "s3": "s3",
    "s3a": "s3",
    "s3n": "s3",
    "gs": "gs",
    "gcs": "gs",
    **{
        scheme: scheme
        for scheme in ("oss", "obs", "cosn", "swift", "viewfs", "webhdfs", "alluxio", "maprfs", "ofs", "o3fs", "lakefs")
    },
}
"""Schemes of paths, and the one of them that each is written as."""

LONGEST = 4_000
"""Characters of a name; a longer one is cut and ends in a digest, so that it stays unique."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NO_BLANKS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SECRET_QUERY = re.compile(
    r"[?&](?:sig|sv|se|st|sp|spr|sr|ss|srt|skoid|sktid|code|key|token|password|pwd|secret)=", re.I
)
_SECRET_SETTING = re.compile(
    r";\s*(?:SharedAccessKey|SharedAccessSignature|AccountKey|App(?:lication)? ?Key|(?:User|App) ?Token|Password|Pwd"
    r"|Secret|Token)\s*=[^;]*",
    re.I,
)
_S3_HTTPS = re.compile(
    r"https?://(?:(?P<bucket>[^/?@]+)\.)?s3(?:[.-][a-z0-9.-]{0,60})?\.amazonaws\.com(?:\.cn)?(?P<path>[/?].*)?",
    re.I | re.S,
)
_GCS_HTTPS = re.compile(
    r"https?://(?:(?P<bucket>[^/?@]+)\.)?storage\.(?:googleapis|cloud\.google)\.com(?P<path>[/?].*)?", re.I | re.S
)
_AZURE_HTTPS = re.compile(
    r"https?://(?P<host>[^/?@]+\.(?P<kind>dfs|blob)\.[^/?@]+)/(?P<container>[^/?]+)(?P<path>[/?].*)?", re.I | re.S
)
_GEN1_HTTPS = re.compile(
    r"https?://(?P<host>[^/?@]+\.azuredatalakestore\.net)(?:/webhdfs/v1)?(?P<path>[/?].*)?", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Location:
    """A path in a file store; ``container`` stands before the ``@`` of Azure's URIs and is empty elsewhere."""

    scheme: str
    container: str
    host: str
    segments: tuple[str, ...]

    @property
    def text(self) -> str:
        """The canonical URI; a root ends in ``/``, nothing else does."""
        container = f"{self.container}@" if self.container else ""
        return f"{self.scheme}://{container}{self.host}/{'/'.join(self.segments)}"


def clean(text: str) -> str:
    """Outer blanks off, NFC, no control characters (percent-encoded), no lone surrogates (U+FFFD)."""
    if text.isascii() and text.isprintable():  # nearly every text, and all that it can need
        return text.strip()
    text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text).strip())
    return unicodedata.normalize("NFC", _CONTROLS.sub(_percent_encoded, text))


def clean_lines(text: str) -> str:
    """As ``clean`` for SQL, in which line ends and tabs are blanks, and ``--`` ends with its line."""
    text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text))
    return _NO_BLANKS.sub(_percent_encoded, text).strip()


def decode_once(text: str) -> str:
    """Undo one percent-encoding; text that is not a valid one stays as it is."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def scheme_of(text: str) -> str:
    """The scheme in lower case; empty for a text without one."""
    match = _SCHEME.match(text)
    return match.group(1).lower() if match else ""


def drop_secrets(text: str) -> str:
    """Cut a shared access signature or a key off the end of a URI, and ``user:password@`` and the key of a connection
    string out of it."""
    if ";" in text:
        text = _SECRET_SETTING.sub("", text)
    match = _SECRET_QUERY.search(text)
    if match:
        at = text.rfind("?", 0, match.start() + 1)
        text = text[: at if at >= 0 else match.start()]
    head, mark, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    user, at_sign, host = authority.rpartition("@")
    if mark and at_sign and ":" in user:
        container = user.rpartition("@")[2]  # Azure's ``container@host`` behind credentials
        kept = f"{container}@{host}" if container != user and ":" not in container else host
        return f"{head}://{kept}{slash}{path}"
    return text


def file_location(text: str) -> Location | None:
    """The parts of a path in a file store, in one spelling; ``None`` for anything else. ``text`` is clean."""
    text = _https_as_file(drop_secrets(text))
    scheme = FILE_SCHEMES.get(scheme_of(text), "")
    if not scheme:
        return None
    rest = text.partition(":")[2]
    authority, path = "", rest
    if rest.startswith("//"):
        authority, _, path = rest[2:].partition("/")
    container, _, host = authority.rpartition("@")
    if scheme in {"abfss", "wasbs"}:
        container, host = lower(container), storage_host(lower(host), "dfs" if scheme == "abfss" else "blob")
    elif scheme != "file":
        is_folder = scheme == "dbfs" and not is_workspace(lower(host))  # ``dbfs://mnt/x``, whose case counts
        container, host = "", host if is_folder else storage_host(lower(host), "")
    segments = path_segments(path)
    if scheme in {"abfss", "wasbs"} and not container and segments:
        container, segments = lower(segments[0]), segments[1:]
    return Location(scheme, container, host, segments)


def path_segments(path: str) -> tuple[str, ...]:
    """Sections of a path: blanks around them off, ``.`` and ``..`` resolved (never above the root), none empty.

    Braces are percent-encoded as Purview does with them, but for an alternation (``{a,b}``), which is a glob.
    """
    kept: list[str] = []
    for raw in path.split("/"):
        section = raw.strip()
        if section == "..":
            del kept[-1:]
        elif section not in {"", "."}:
            kept.append(section if _is_alternation(section) else section.replace("{", "%7B").replace("}", "%7D"))
    return tuple(kept)


def generic_uri(text: str) -> str:
    """The one spelling of a URI of any other kind, without query and credentials. ``text`` is clean."""
    text = drop_secrets(text)
    scheme = scheme_of(text)
    if scheme in {"", "unknown"}:
        return _unknown(text.partition(":")[2] if scheme else text)
    rest = text.partition(":")[2].partition("?")[0]
    if not rest.startswith("//"):
        return f"{scheme}:{rest.strip()}"
    authority, _, path = rest[2:].partition("/")
    return f"{scheme}://{lower(authority.strip())}{''.join(f'/{section}' for section in path_segments(path))}"


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def _unknown(text: str) -> str:
    left = ""
    while left != text:  # each round cuts something off
        left, text = text, drop_secrets(f"unknown://{text}").removeprefix("unknown://").partition("?")[0].strip("/ ")
    return f"unknown://{text}"


def normalise(text: str) -> str:
    """The one spelling of any URI that is not JDBC: idempotent, never raises, free of secrets."""
    text = clean(text)
    location = file_location(text)
    return location.text if location else generic_uri(text)


def lower(text: str) -> str:
    """Lower case for what is case-insensitive by its standard (hosts, containers); others' letters stay."""
    return text.lower() if text.isascii() else text


def _is_alternation(section: str) -> bool:
    opening, closing = section.find("{"), section.rfind("}")
    return 0 <= opening < section.find(",", opening) < closing


def _https_as_file(text: str) -> str:
    match = _AZURE_HTTPS.fullmatch(text)
    if match:
        scheme = "abfss" if match["kind"].lower() == "dfs" else "wasbs"
        path = (match["path"] or "").partition("?")[0]
        return f"{scheme}://{match['container']}@{match['host']}{path}"
    for scheme, pattern in (("s3", _S3_HTTPS), ("gs", _GCS_HTTPS)):
        match = pattern.fullmatch(text)
        path = (match["path"] or "").partition("?")[0].strip("/") if match else ""
        if match and (match["bucket"] or path):
            return f"{scheme}://{'/'.join(filter(None, (match['bucket'], path)))}"
    match = _GEN1_HTTPS.fullmatch(text)
    return f"adl://{match['host']}{(match['path'] or '').partition('?')[0]}" if match else text


def is_managed(uri: str) -> bool:
    """Whether Unity Catalog chose this path itself, for a managed table or volume.

    It is in the storage of a catalogue or schema, or in that of a metastore (``ID/tables/ID``).
    """
    return _MANAGED.search(uri) is not None
