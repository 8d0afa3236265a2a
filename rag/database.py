"""The library's file: a connection for each thread, transactions, and the generation that changes raise."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from rag.connection import Connection, opened, roll_back, told

# One statement for any number of values, given as JSON: SQLite need not read it anew each time.
AMONG = "IN (SELECT value FROM json_each(?))"


class Database:
    """One SQLite file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: WeakSet[sqlite3.Connection] = WeakSet()
        self._guard = threading.Lock()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and connection.is_stopgap and not connection.in_transaction:
            connection = None
        if connection is None:
            connection = opened(self.path)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is removed is overwritten, not only forgotten: somebody may have had to ask for it.
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection = connection
            with self._guard:
                self._connections.add(connection)
        return connection

    @property
    def generation(self) -> int:
        """Goes up with every change of what search can see."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        return int(row[0]) if row else 0

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return self.connection.execute(query, values).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One committed state for several queries: offsets must never meet another version's text."""
        db = self.connection
        if db.in_transaction:
            yield db
            return
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        db = self.connection
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            roll_back(db)
            raise told(error, self.path) from error
        except BaseException:
            roll_back(db)
            raise

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in list(self._connections):
                connection.close()
            self._connections.clear()
        self._local = threading.local()


def put_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Write a fact about the archive as a whole."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def next_generation(db: sqlite3.Connection) -> None:
    """Note a change, within its own transaction."""
    (generation,) = db.execute(
        "SELECT coalesce((SELECT value FROM meta WHERE key = 'generation'), 0)"
    ).fetchone()
    put_meta(db, "generation", str(int(generation) + 1))


def marks(values: Sequence[object]) -> str:
    """A place in a statement for each value.

    >>> marks(["a", "b"])
    '?, ?'
    """
    return ", ".join("?" * len(values))


def batches(values: Sequence[str], size: int = 500) -> Iterator[list[str]]:
    """The values, so many at a time: a statement has room for some thousand."""
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
