"""What Spark prints of tables, relations and metadata: structure and places stay, data and people do not."""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from lineage.redact import redact_text
from lineage.spline.catalyst import MASK

_KEPT_LINE = re.compile(
    r"CatalogTable\(\s*|\)\s*"
    r"|(?:Catalog|Database|Table|Type|Provider|Location|Serde Library|InputFormat|OutputFormat|Partition Provider"
    r"|Partition Columns|Bucket Columns|Sort Columns|Num Buckets|Last Access|View Catalog and Namespace"
    r"|View Query Output Columns): [^\n]*"
    r"|Schema: root\s*|[ |]*\|--[^\n]*\((?:nullable|containsNull|valueContainsNull) = (?:true|false)\)\)?\s*"
)
_PROPERTIES = re.compile(r"(Properties: \[)[^\]]*+(?:\]|\Z)")
_CLASS = re.compile(r"[\w$.]{1,200}")
_NAMED_TABLE = re.compile(r"[\w$.]{1,200}\(((?:[\w$\[\]\"`]+\.){0,3}[\w$\[\]\"`]+)\)")
_PLACE = re.compile(
    r"(jdbc:[a-z][^\s,()]*)(\s*,\s*(?:[\w$\[\]\"`]+\.){0,3}[\w$\[\]\"`]+\s*(?=[,)]))?"
    r"|(\b[a-z][a-z0-9+.-]{1,20}:/[^\s,()\"']+)",
    re.IGNORECASE,
)
_MOST_PLACES = 50


def mask_table(text: str) -> str:
    """``CatalogTable(…)``: names, location, format and schema stay; owner, times, comment, properties, query go."""
    masked: list[str] = []
    for line in text.split("\n"):
        kept = line if _KEPT_LINE.fullmatch(line) else MASK
        if kept != MASK or masked[-1:] != [MASK]:
            masked.append(kept)
    return redact_text("\n".join(masked))


def mask_storage(text: str) -> str:
    """``Storage(Location: …, Serde Library: …, Storage Properties: […])`` without its properties."""
    return redact_text(_PROPERTIES.sub(rf"\g<1>{MASK}]", text))


def mask_relation(text: str) -> str:
    """A relation's class and the places that it names: ``SqlDWRelation(jdbc:sqlserver://h;database=d,dbo.T)``."""
    name = _CLASS.match(text)
    table = _NAMED_TABLE.match(text)
    places = [table[1]] if table else list(_places(text))
    return f"{name[0] if name else MASK}({', '.join(dict.fromkeys(places))})"


def _places(text: str) -> Iterator[str]:
    for match in islice(_PLACE.finditer(text), _MOST_PLACES):
        url, behind, location = match.groups(default="")
        yield redact_text(url or location) + behind.rstrip()


def mask_metadata(text: str) -> str:
    """A column's metadata (JSON): its keys with ``?`` for every value."""
    try:
        values = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return MASK
    if not isinstance(values, dict):
        return MASK
    return msgspec.json.encode(dict.fromkeys(map(redact_text, values), MASK)).decode()
