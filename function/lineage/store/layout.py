"""Where the keys of a ``FileStore`` lie below a folder: ``payloads/plans/P/S.json`` at ``payloads~/plans~/P~/S.json``.

A folder's name ends with ``~`` and no file's does, so that the keys ``a`` and ``a/b`` lie side by side. A part that is
too long for a file system is cut into folders of ``_CUT`` characters and a rest. The names are those of ``keys``.
"""

import os
from collections.abc import Iterator

from lineage.store.keys import read_all, spell, spell_prefix

_FOLDER = "~"
_CUT = 200
"""Every part of so many characters is cut after them: else what is cut and what is not would not sort."""
_EMPTY = " "
"""Name of the file whose part ends where it was cut; a spelled key has no space."""


def place(root: str, key: str) -> tuple[str, str]:
    """The folder of ``key`` and its path."""
    *folders, name = _names(spell(key))
    folder = "/".join((root, *folders))
    return folder, f"{folder}/{name or _EMPTY}"


def walk(root: str, prefix: str) -> Iterator[str]:
    """The keys that start with ``prefix``, in order; holds the names of one folder for each level."""
    start = spell_prefix(prefix)
    *folders, rest = _names(start)
    yield from read_all(_walk("/".join((root, *folders)), start.removesuffix(rest), start), prefix)


def _walk(folder: str, above: str, start: str) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for spelled, name in sorted((above + _spelled(name), name) for name in names):
        if not spelled.startswith(start):
            continue
        if name.endswith(_FOLDER):
            yield from _walk(f"{folder}/{name}", spelled, start)
        else:
            yield spelled


def _names(spelled: str) -> list[str]:
    """The names on the way to a spelled key, or to the rest of a prefix; all but the last are folders."""
    names = []
    for part in spelled.split("/"):
        rest = part
        while len(rest) >= _CUT:
            names.append(rest[:_CUT] + _FOLDER)
            rest = rest[_CUT:]
        names.append(rest + _FOLDER)
    names[-1] = names[-1].removesuffix(_FOLDER)
    return names


def _spelled(name: str) -> str:
    """What a file's or folder's name adds to the spelled key."""
    if not name.endswith(_FOLDER):
        return "" if name == _EMPTY else name
    part = name.removesuffix(_FOLDER)
    return part if len(part) == _CUT else f"{part}/"
