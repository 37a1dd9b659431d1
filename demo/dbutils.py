"""The part of Databricks' notebook environment that the notebooks use, as its documentation describes it.

``dbutils.notebook``'s context is the undocumented but widely used ``entry_point`` path; on compute that forbids it,
Databricks raises a ``Py4JSecurityException``, and so does a stand-in made with ``forbidden=True``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class MountInfo(NamedTuple):
    """One row of ``dbutils.fs.mounts()``."""

    mountPoint: str  # noqa: N815 (Databricks' name)
    source: str
    encryptionType: str = ""  # noqa: N815 (Databricks' name)


class Forbidden(Exception):
    """What the compute's access mode refuses, in the words of py4j's security manager."""


class Widgets:
    """Text widgets; a value given to the run wins over the default."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = dict(given)
        self._defaults: dict[str, str] = {}

    def text(self, name: str, default: str, label: str = "") -> None:  # noqa: ARG002 (shown beside the field)
        """Define a widget; a second definition changes nothing, as on Databricks."""
        self._defaults.setdefault(name, default)

    def get(self, name: str) -> str:
        """The value; an undefined widget is an error."""
        if name not in self._given and name not in self._defaults:
            raise ValueError(f"InputWidgetNotDefined: No input widget named {name} is defined")
        return self._given.get(name, self._defaults.get(name, ""))


class Secrets:
    """Secrets of this run, by scope and key."""

    def __init__(self, values: Mapping[str, Mapping[str, str]]) -> None:
        self._values = values

    def get(self, scope: str, key: str) -> str:
        """The secret; one that is not there is an error."""
        try:
            return self._values[scope][key]
        except KeyError:
            raise ValueError(f"Secret does not exist with scope: {scope} and key: {key}") from None


class FileSystem:
    """``dbutils.fs``, mounts only."""

    def __init__(self, mounts: Sequence[MountInfo], forbidden: bool) -> None:
        self._mounts = mounts
        self._forbidden = forbidden

    def mounts(self) -> list[MountInfo]:
        """All mounts of the workspace."""
        if self._forbidden:
            raise Forbidden(
                "com.databricks.backend.daemon.dbutils.FSUtils.mounts() is not whitelisted on class FSUtils"
            )
        return list(self._mounts)


class Context:
    """The notebook's context."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def toJson(self) -> str:  # noqa: N802 (the JVM object's name)
        """Everything that the context knows."""
        return json.dumps(self._content)


class Notebook:
    """``dbutils.notebook``, the way to the context only."""

    def __init__(self, context: Mapping[str, Any], forbidden: bool) -> None:
        self._context = context
        self._forbidden = forbidden

    @property
    def entry_point(self) -> "Notebook":
        """The JVM's entry point."""
        return self

    def getDbutils(self) -> "Notebook":  # noqa: N802 (the JVM object's name)
        """The JVM's dbutils."""
        return self

    def notebook(self) -> "Notebook":
        """The JVM's notebook utilities."""
        return self

    def getContext(self) -> Context:  # noqa: N802 (the JVM object's name)
        """The context, where the access mode lets notebooks have it."""
        if self._forbidden:
            raise Forbidden(
                "py4j.security.Py4JSecurityException: Method public com.databricks.backend.common.rpc.CommandContext "
                "com.databricks.backend.daemon.dbutils.NotebookUtilsImpl.getContext() is not whitelisted"
            )
        return Context(self._context)


class DBUtils:
    """``dbutils`` of one notebook."""

    def __init__(
        self,
        context: Mapping[str, Any],
        *,
        widgets: Mapping[str, str] | None = None,
        secrets: Mapping[str, Mapping[str, str]] | None = None,
        mounts: Sequence[MountInfo] = (),
        forbidden: bool = False,
    ) -> None:
        self.widgets = Widgets(widgets or {})
        self.secrets = Secrets(secrets or {})
        self.fs = FileSystem(mounts, forbidden)
        self.notebook = Notebook(context, forbidden)
