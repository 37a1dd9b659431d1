"""What the store keeps of an asset, where a damaged value is as good as none: it is found out or told again."""

import logging
from typing import TypeVar

import msgspec

from lineage.model import AssetName
from lineage.store import Stored

LOG = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=msgspec.Struct)


def read(key: str, asset: AssetName, stored: Stored | None, kind: type[Kind]) -> Kind:
    """The value under ``key``; ``kind`` with its defaults where there is none, or a damaged one: the log tells."""
    try:
        return msgspec.json.decode(stored.value, type=kind) if stored else kind()
    except msgspec.DecodeError as error:
        LOG.warning("the entry %s of %s is damaged: %s", key, asset.qualified_name, error)
        return kind()
