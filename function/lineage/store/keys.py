"""Keys spelled so that every store can hold them: any text becomes printable ASCII in the same order.

Blob names and file names both have texts that they change or refuse: controls, backslashes, ``..`` and other parts
that end with a dot, empty parts. A byte outside of the plain ones becomes an escape and its two hex digits; the escape
sorts where its bytes sort (``!`` before all, ``[`` in its place, ``~`` behind all), so a listing of spelled names is a
listing of keys. A part that is empty or ends with a dot gets ``.~~`` before a slash and ``!`` at the end, which no
escape can be taken for and which keep the order, too.
"""

import re
from collections.abc import Iterable, Iterator

from lineage.errors import StoreError

LONGEST = 1024
"""Characters of a spelled key: the limit of a blob's name."""
LEASES = "~leases/"
"""Where the blobs lie that leases are taken on: no spelled key starts with it. One that is gone is made anew."""

_LOW, _BACKSLASH, _HIGH = range(0x22), b"[\\", range(0x7E, 0x100)
_SPELLED = {
    byte: f"{escape}{byte:02X}"
    for escape, members in (("!", _LOW), ("[", _BACKSLASH), ("~", _HIGH))
    for byte in members
}
_BARE_PART = re.compile(r"(?:(?<=[/.])|\A)(?=/)")
_BARE_END = re.compile(r"(?:(?<=[/.])|\A)\Z")
_ESCAPE = re.compile(r"[!\[~]([0-9A-F]{2})")


def spell(key: str) -> str:
    """The name of ``key``; raises ``StoreError`` when it is longer than ``LONGEST``."""
    name = _spell(key)
    if len(name) > LONGEST:
        message = f"the key has {len(name)} characters, a store takes {LONGEST}: {key[:80]}…"
        raise StoreError(message)
    return name


def spell_prefix(prefix: str) -> str:
    """What the names of all keys start with that start with ``prefix``; so do a few more, for ``read_all`` to drop."""
    text = prefix.encode("utf-8", "surrogatepass").decode("latin-1").translate(_SPELLED)
    return _BARE_PART.sub(".~~", text)


def read_all(names: Iterable[str], prefix: str) -> Iterator[str]:
    """The keys among ``names`` that start with ``prefix``; what is not a key's name is none of ours."""
    for name in names:
        try:
            key = _read(name)
        except ValueError:
            continue
        if key.startswith(prefix) and _spell(key) == name:
            yield key


def _spell(key: str) -> str:
    return _BARE_END.sub("!", spell_prefix(key))


def _read(name: str) -> str:
    text = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), name.replace(".~~/", "/").removesuffix("!"))
    return text.encode("latin-1").decode("utf-8", "surrogatepass")
