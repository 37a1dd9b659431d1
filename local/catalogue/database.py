"""The catalogue's file: one SQLite database in WAL mode, for several threads and processes, whole after ``kill -9``."""

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from local.catalogue import definitions
from local.catalogue.typesystem import Definition, TypeSystem

SCHEMA_VERSION = 1
BUILT_IN = ("base.json", "purview.json")
_BUSY_SECONDS = 30.0

_SCHEMA = """
CREATE TABLE entity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- also the order of search results, so an id never comes back
    guid TEXT NOT NULL UNIQUE,
    type_name TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,                   -- qualified name, case-folded: search knows no case
    attributes TEXT NOT NULL,
    labels TEXT NOT NULL,
    custom_attributes TEXT NOT NULL,
    collection TEXT NOT NULL,
    created_at INTEGER NOT NULL,            -- ms since the epoch
    updated_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    found_from INTEGER NOT NULL             -- number of the call from which search knows it
);
CREATE INDEX entity_folded ON entity (folded);
CREATE INDEX entity_type ON entity (type_name, folded);
CREATE TABLE unique_value (
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    type_name TEXT NOT NULL,
    entity INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
    PRIMARY KEY (attribute, value, type_name)
) WITHOUT ROWID;
CREATE INDEX unique_value_entity ON unique_value (entity);
CREATE TABLE edge (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    type_name TEXT NOT NULL,
    end1 INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
    end2 INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
    attributes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (type_name, end1, end2)
);
CREATE INDEX edge_end1 ON edge (end1, type_name);
CREATE INDEX edge_end2 ON edge (end2, type_name);
CREATE TABLE typedef (name TEXT PRIMARY KEY, position INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE collection (name TEXT PRIMARY KEY, friendly_name TEXT NOT NULL, parent TEXT);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('types', 0), ('calls', 0);
"""


class OtherVersion(Exception):
    """The file was made by a version of the catalogue with another layout."""


class Database:
    """Connections to one file. A block of ``reading`` or ``writing`` is one transaction."""

    def __init__(self, path: str | Path, root_collection: str) -> None:
        self._path = str(path)
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        # SQLite lets writers of other processes wait by polling; within the process a lock is quicker and fairer.
        self._writer = threading.Lock()
        self._types: tuple[int, TypeSystem] | None = None
        try:
            with self.writing() as connection:
                self._prepare(connection, root_collection)
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the file."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Whole and durable at the end of the block, or not at all when it raises."""
        with self._writer, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def types(self, connection: sqlite3.Connection) -> TypeSystem:
        """The types as this transaction sees them, before it changes any; compiled again only after a change."""
        (version,) = connection.execute("SELECT value FROM counter WHERE name = 'types'").fetchone()
        cached = self._types
        if cached is None or cached[0] != version:
            rows = connection.execute("SELECT body FROM typedef ORDER BY position")
            cached = (version, TypeSystem(msgspec.json.decode(body) for (body,) in rows))
            self._types = cached
        return cached[1]

    def close(self) -> None:
        """Close what is idle; the last one to close a file folds its log into it."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = _connect(self._path)
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _prepare(self, connection: sqlite3.Connection, root_collection: str) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            message = f"{self._path} has layout {version}, this catalogue knows {SCHEMA_VERSION}: move the file away"
            raise OtherVersion(message)
        if version == 0:
            _run_all(connection, _SCHEMA)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("INSERT OR IGNORE INTO collection VALUES (?, ?, NULL)", (root_collection, root_collection))
        known = {name for (name,) in connection.execute("SELECT name FROM typedef")}
        missing = [each for each in built_in() if each["name"] not in known]
        if missing:
            save_types(connection, missing)


def built_in() -> list[Definition]:
    """The types that a fresh catalogue has."""
    folder = resources.files("local.catalogue") / "types"
    uploads = [msgspec.json.decode((folder / name).read_bytes()) for name in BUILT_IN]
    return [definition for upload in uploads for definition in definitions.read(upload)]


def save_types(connection: sqlite3.Connection, changed: list[Definition], removed: list[str] | None = None) -> None:
    """Write definitions, and make every process compile its types anew."""
    for definition in changed:
        connection.execute(
            "INSERT INTO typedef VALUES (?1, (SELECT coalesce(max(position), 0) + 1 FROM typedef), ?2)"
            " ON CONFLICT (name) DO UPDATE SET body = ?2",
            (definition["name"], as_json(definition)),
        )
    connection.executemany("DELETE FROM typedef WHERE name = ?", [(name,) for name in removed or ()])
    connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'types'")


def as_json(value: Any) -> str:
    """One spelling for equal values: comparing two texts compares the values."""
    return msgspec.json.encode(value, order="sorted").decode()


def count_call(connection: sqlite3.Connection) -> None:
    """One more call, for the age of what search does not know yet."""
    connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'calls'")


def calls(connection: sqlite3.Connection) -> int:
    """How many calls were counted."""
    (value,) = connection.execute("SELECT value FROM counter WHERE name = 'calls'").fetchone()
    return int(value)


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.create_function("fold", 1, _fold, deterministic=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _fold(value: Any) -> str | None:
    """Case-folding of any script; SQLite's own ``lower`` knows ASCII only."""
    return None if value is None else str(value).casefold()


def _run_all(connection: sqlite3.Connection, script: str) -> None:
    """Like ``executescript``, which would end the transaction."""
    uncommented = "\n".join(line.partition("--")[0] for line in script.splitlines())
    for statement in uncommented.split(";"):
        connection.execute(statement)
