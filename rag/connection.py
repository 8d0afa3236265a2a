"""Connections to the library's file, where room, the right to write or another process may be in the way."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from rag.errors import StorageError

# Seconds to wait for another process that writes.
_PATIENCE = 30
# What SQLite says when it cannot make the files that WAL needs.
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


class Connection(sqlite3.Connection):
    """A thread's connection, closed when the thread ends: a server's worker threads come and go."""

    is_stopgap = False

    def __del__(self) -> None:
        self.close()


def opened(path: Path) -> Connection:
    """A connection in WAL mode; on a disk with no room for WAL's own files, one that reads without them.

    Such a stopgap is asked for anew each time, so that it is gone as soon as there is room.
    """
    try:
        connection = _connection(path)
        _use_wal(connection)
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NO_ROOM or not path.is_file() or not path.stat().st_size:
            raise
        connection = _connection(path, wal_holds_something=_is_there(path.with_name(f"{path.name}-wal")))
        connection.is_stopgap = True
    return connection


def _connection(path: Path, *, wal_holds_something: bool | None = None) -> Connection:
    # Without a log the file is all there is, and nobody can be writing to it without one.
    stopgap = wal_holds_something is not None
    how = "?mode=ro&immutable=1" if stopgap and not wal_holds_something else ""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}{how}",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
    )
    if wal_holds_something:
        # The log's index is kept in memory then, not in a file; others wait as long as this is open.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def _is_there(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. For this alone SQLite does not wait while another process makes the same new file."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(0.01)


def roll_back(db: sqlite3.Connection) -> None:
    """End a transaction without its changes."""
    # SQLite has done it itself after some errors, such as a full disk.
    if db.in_transaction:
        db.execute("ROLLBACK")


def told(error: sqlite3.OperationalError, path: Path) -> Exception:
    """A failure to write, with what to do about it; any other error as it is."""
    code = error.sqlite_errorcode & 0xFF
    if code == sqlite3.SQLITE_FULL:
        advice = "the disk is full. What was added before is safe; make room and run the command again"
    elif code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        advice = (
            f"cannot be written ({error}). What was added before is safe; check the disk and run it again"
        )
    else:
        return error
    return StorageError(f"{path}: {advice}")
