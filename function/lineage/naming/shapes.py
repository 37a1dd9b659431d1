"""Shapes of URIs that no row names, for a report with a row ready to be written."""

import re

from lineage.naming.databricks import shorten

_URI = re.compile(r"(?P<scheme>[a-z][a-z0-9+.\-]*):(?P<slashes>/*)(?P<rest>.*)", re.S | re.I)


def shape(uri: str) -> str:
    """The URI with its variable parts generalised: ``weird://{host}.example.com:{port}/{path}``, ``odps:{1}:{2}``.

    Two sources of one kind have one shape, and of their names only the host's domain is left in it.
    """
    match = _URI.fullmatch(uri)
    if not match:
        return "{text}"
    scheme, slashes, rest = match["scheme"].lower(), match["slashes"], match["rest"]
    if scheme == "unknown":
        return "unknown://{text}"
    if not slashes:
        count = rest.count(":") + 1
        parts = [f"{{{number}}}" for number in range(1, count + 1)] if count < 10 else ["{text}"]
        return shorten(f"{scheme}:{':'.join(parts)}", 200)
    authority, slash, path = rest.partition("/")
    if slashes != "//":
        return f"{scheme}:{slashes[:1]}{{path}}"
    return shorten(f"{scheme}://{_authority(authority)}{slash}{'{path}' if path else ''}", 200)


def stub(shape_text: str) -> str:
    """A row for ``rules.py`` that reads URIs of this shape, to be completed by hand."""
    parts = re.split(r"(\{[a-z0-9]+\})", shape_text)
    pattern = "".join(_GROUPS.get(part, _PART) if part.startswith("{") else re.escape(part) for part in parts)
    template = shape_text
    for number in range(1, 10):
        pattern = pattern.replace("(?P<part>", f"(?P<part{number}>", 1)
        template = template.replace(f"{{{number}}}", f"{{part{number}}}")
    name = re.sub(r"\W", "_", shape_text.partition(":")[0])
    raw = repr(pattern) if '"' in pattern or pattern.endswith("\\") else f'r"{pattern}"'
    return f'rule("{name}", {raw}, DATASET, {template!r}, "{{tail}}", "low", "<one such URI>"),'


_PART = r"(?P<part>[^:]*)"
_GROUPS = {
    "{container}": r"(?P<container>[^@/]+)",
    "{host}": r"(?P<host>[^./:]*)",
    "{address}": r"(?P<address>[^/:@]*)",
    "{port}": r"(?P<port>[^/]+)",
    "{path}": r"(?P<path>.+)",
    "{text}": r"(?P<text>.*)",
}


def _authority(authority: str) -> str:
    user, at, place = authority.rpartition("@")
    host, colon, port = place.partition(":")
    _, dot, domain = host.partition(".")
    is_named = bool(dot) and not host.replace(".", "").isdigit()
    named = f"{{host}}.{domain}" if is_named else "{address}"
    return f"{'{container}' if user else ''}{at}{named}{colon}{'{port}' if port else ''}"
