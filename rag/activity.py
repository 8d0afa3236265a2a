"""`activity.db`: what happens around the archive. What is kept of answers, feedback, sites, limits.

Any process may write it. It opens on first use, so that a command which needs none of it makes no file.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import StorageError

_PATIENCE_S = 5
_TABLES = """
CREATE TABLE IF NOT EXISTS sites (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, origins TEXT NOT NULL, daily INTEGER,
    audience TEXT NOT NULL, added REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, at REAL NOT NULL, site TEXT, document BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
CREATE TABLE IF NOT EXISTS answer_sources (
    source_id TEXT NOT NULL, answer_id TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    PRIMARY KEY (source_id, answer_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_sources_by_answer ON answer_sources (answer_id);
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, at REAL NOT NULL,
    answer_id TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    verdict TEXT NOT NULL, citation INTEGER, comment TEXT
);
CREATE INDEX IF NOT EXISTS feedback_by_answer ON feedback (answer_id);
CREATE TABLE IF NOT EXISTS asked (
    answer_id TEXT PRIMARY KEY REFERENCES answers (id) ON DELETE CASCADE,
    question TEXT NOT NULL, normal TEXT NOT NULL, status TEXT NOT NULL, context BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asked_by_normal ON asked (normal);
CREATE TABLE IF NOT EXISTS moments (
    source_id TEXT NOT NULL, start INTEGER NOT NULL,
    answer_id TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    PRIMARY KEY (source_id, start, answer_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS moments_by_answer ON moments (answer_id);
CREATE TABLE IF NOT EXISTS verdicts (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, verdict TEXT NOT NULL, source_id TEXT, start INTEGER
);
CREATE INDEX IF NOT EXISTS verdicts_by_source ON verdicts (source_id);
CREATE TABLE IF NOT EXISTS overviews (
    source_id TEXT NOT NULL, model TEXT NOT NULL, stamp TEXT NOT NULL, at REAL NOT NULL,
    document BLOB NOT NULL, PRIMARY KEY (source_id, model)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hits (key BLOB NOT NULL, at REAL NOT NULL, until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS hits_by_key ON hits (key, at);
CREATE INDEX IF NOT EXISTS hits_by_end ON hits (until);
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL)
"""


class Activity:
    """One `activity.db`, or one in memory when no file is named. Safe to use from several threads."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @property
    def exists(self) -> bool:
        """Whether anything was ever written."""
        return self._file is None or self._file.is_file()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for queries; raises `StorageError`."""
        with self._lock, self._told():
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all of it or nothing; raises `StorageError`."""
        with self._lock, self._told():
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def scrub(self) -> None:
        """Leave what was deleted in no file, as far as nobody is reading it still; raises `StorageError`."""
        with self.reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def secret(self) -> bytes:
        """A random key of this archive's, made at first use."""
        with self.writing() as db:
            row = db.execute("SELECT value FROM secret").fetchone()
            if row is None:
                row = (secrets.token_bytes(32),)
                db.execute("INSERT INTO secret VALUES (?)", row)
            return bytes(row[0])

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(
                self._file or ":memory:", timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            db.execute("PRAGMA journal_mode = WAL")
            # Counts and answers are not worth waiting for the disk at each of them.
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            # Answers quote sources; those of a source that was removed are overwritten, not only forgotten.
            db.execute("PRAGMA secure_delete = ON")
            for statement in _TABLES.split(";\n"):
                db.execute(statement)
            self._connection = db
        return self._connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"{self._file} cannot be used: {error}; free some space, or move the file away"
            ) from error


def packed(document: dict[str, Any]) -> bytes:
    """JSON as `activity.db` keeps it."""
    return zlib.compress(json.dumps(document, ensure_ascii=False).encode())


def unpacked(blob: bytes) -> dict[str, Any]:
    """The way back."""
    document: dict[str, Any] = json.loads(zlib.decompress(blob))
    return document
