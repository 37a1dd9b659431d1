"""Why a source has its name: for people, and for any tool that wants to check names."""

from collections.abc import Mapping
from typing import Any

from lineage.errors import MalformedPayload
from lineage.model import AssetName, Dataset, Source
from lineage.naming.context import Naming, NamingContext
from lineage.naming.identifiers import split_name
from lineage.naming.openlineage import source_of
from lineage.naming.sources import name_source
from lineage.naming.uri import decode_once


def explain(request: Mapping[str, Any]) -> dict[str, Any]:
    """The name of a source, the rule that matched, and each step.

    ``request`` has ``uri`` (a Spline URI), or ``namespace`` and ``name`` (OpenLineage; at times ``symlinks``), and
    what else is known: ``workspace_url``, ``mounts`` (mount → target), ``metastore_id``, ``table_identifier`` (text, or
    ``catalog``, ``database``, ``table``), ``params`` (the connector's options), ``origin`` (``path`` or
    ``catalog_table``), ``format``, ``fold_dates``, ``fold_files``.

    The answer has ``type_name``, ``qualified_name``, ``alternates``, ``rule``, ``confidence``, ``steps`` and
    ``notes``; type and name are ``None`` for a source that leaves nothing behind. A query that reads several tables
    has them all under ``datasets``. Raises ``MalformedPayload`` for a request without a source, or with a value of
    another type; ``None`` is as good as nothing.
    """
    naming = name_request(request)
    answer = _answer(naming.datasets[0] if naming.datasets else None, naming)
    if len(naming.datasets) > 1:
        answer["datasets"] = [_asset(dataset.asset) for dataset in naming.datasets]
    return answer


def name_request(request: Mapping[str, Any]) -> Naming:
    """The naming of a request, see ``explain``. Raises ``MalformedPayload`` as that does."""
    _check(request)
    return name_source(_source(request), _context(request))


_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("workspace_url", "metastore_id", "origin", "format"), ((str,), "text")),
    **dict.fromkeys(("fold_dates", "fold_files"), ((bool,), "true or false")),
    "mounts": ((Mapping,), "an object mount → target"),
    "params": ((Mapping,), "an object option → value"),
    "symlinks": ((list, tuple), "an array of objects"),
    "table_identifier": ((str, Mapping, list, tuple), "text, or an object with catalog, database and table"),
}
"""What is known of a source besides its identifier: the types that are taken, and what they are in words."""


def _check(request: Mapping[str, Any]) -> None:
    for key, (types, words) in _TYPES.items():
        value = request.get(key)
        if value is not None and not isinstance(value, types):
            raise MalformedPayload(key, f"expected {words}")
    for mount, target in (request.get("mounts") or {}).items():
        if not isinstance(target, str):
            raise MalformedPayload(f"mounts.{mount}", "expected text")


def _answer(dataset: Dataset | None, naming: Naming) -> dict[str, Any]:
    return {
        "type_name": dataset.asset.type_name if dataset else None,
        "qualified_name": dataset.asset.qualified_name if dataset else None,
        "alternates": [_asset(alternate) for alternate in dataset.alternates] if dataset else [],
        "rule": naming.rule,
        "confidence": dataset.confidence if dataset else naming.confidence,
        "steps": list(naming.steps),
        "notes": [{"code": note.code, "text": note.text} for note in naming.notes],
    }


def _asset(asset: AssetName) -> dict[str, str]:
    return {"type_name": asset.type_name, "qualified_name": asset.qualified_name}


def _context(request: Mapping[str, Any]) -> NamingContext:
    return NamingContext(
        workspace_url=_text(request, "workspace_url"),
        mounts=request.get("mounts") or {},
        metastore_id=_text(request, "metastore_id"),
        fold_dates=request.get("fold_dates") is not False,
    )


def _source(request: Mapping[str, Any]) -> Source:
    table = _table(request.get("table_identifier"))
    options = _options(request)
    source_format, files = _text(request, "format"), request.get("fold_files") is True
    if request.get("namespace") is not None and request.get("name") is not None:
        links = [link for link in request.get("symlinks") or () if isinstance(link, Mapping)]
        told = source_of(_text(request, "namespace"), _text(request, "name"), links)
        return Source(
            told.uri, table=table or told.table, options=told.options + options, format=source_format, fold_files=files
        )
    if not isinstance(request.get("uri"), str):
        raise MalformedPayload("uri", "expected a Spline uri, or an OpenLineage namespace and name")
    uri = _text(request, "uri")
    origin = _text(request, "origin")
    if origin == "catalog_table" and not table:
        uri = decode_once(uri)
    if origin == "path" and table:
        uri = uri.replace("%", "%25")
    return Source(uri, table=table, options=options, format=source_format, fold_files=files)


def _options(request: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    params = request.get("params") or {}
    return tuple(sorted((str(key), str(value)) for key, value in params.items() if isinstance(value, str | int)))


def _table(identifier: object) -> tuple[str, ...]:
    if isinstance(identifier, Mapping):
        parts = (identifier.get(key) for key in ("catalog", "database", "table"))
        return tuple(str(part) for part in parts if part)
    if isinstance(identifier, str):
        named = tuple(part.text for part in split_name(identifier, literal=True) if part.text)
        return named or tuple(part for part in identifier.replace("`", "").split(".") if part)
    return tuple(str(part) for part in identifier) if isinstance(identifier, list | tuple) else ()


def _text(request: Mapping[str, Any], key: str) -> str:
    value = request.get(key)
    return value if isinstance(value, str) else ""
