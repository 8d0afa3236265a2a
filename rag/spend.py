"""What language models took, in `activity.db`: a line an answer, and a cap for each day that holds.

Every method raises `StorageError` when the file cannot be written.
An answer's cost is set aside before the model is asked and put right afterwards, so that many at once cannot
pass the cap between them. What a process that died had set aside stays counted.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from rag.errors import StorageError
from rag.models import Usage

ACTIVITY = "activity.db"
_PATIENCE_S = 5
_TABLE = """
CREATE TABLE IF NOT EXISTS spend (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    spend REAL
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS spend_by_day ON spend (day)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Money per million tokens, in whatever currency you are billed."""

    input: float
    output: float

    def of(self, *, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost.

        >>> Prices(input=0.15, output=0.6).of(input_tokens=1_000_000, output_tokens=500_000)
        0.45
        """
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000


class SpendBook:
    """Counts and caps. Any process and any thread may write; close it at the end."""

    def __init__(
        self,
        file: Path,
        *,
        tokens_a_day: int | None = None,
        spend_a_day: float | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._file = file
        self._tokens_a_day = tokens_a_day
        self._spend_a_day = spend_a_day
        self._today = today
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    def set_aside(self, model: str, wanted: Usage) -> int | None:
        """Count an answer before it is asked for; gives its line, None when the cap forbids it."""
        with self._db() as db:
            db.execute("BEGIN IMMEDIATE")
            day = self._today().isoformat()
            tokens, spend = db.execute(
                "SELECT coalesce(sum(input_tokens + output_tokens), 0), coalesce(sum(spend), 0)"
                " FROM spend WHERE day = ?",
                (day,),
            ).fetchone()
            over = (
                self._tokens_a_day is not None
                and tokens + wanted.input_tokens + wanted.output_tokens > self._tokens_a_day
            ) or (self._spend_a_day is not None and spend + (wanted.spend or 0) > self._spend_a_day)
            if over:
                db.execute("ROLLBACK")
                return None
            line = db.execute(
                "INSERT INTO spend (day, model, input_tokens, output_tokens, calls, spend)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (day, model, wanted.input_tokens, wanted.output_tokens, 0, wanted.spend),
            ).lastrowid
            db.execute("COMMIT")
            return line

    def settle(self, line: int, took: Usage) -> None:
        """Put what an answer took in place of what was set aside for it."""
        with self._db() as db:
            if took.calls == 0:
                db.execute("DELETE FROM spend WHERE id = ?", (line,))
                return
            db.execute(
                "UPDATE spend SET input_tokens = ?, output_tokens = ?, calls = ?, spend = ? WHERE id = ?",
                (took.input_tokens, took.output_tokens, took.calls, took.spend, line),
            )

    def today(self) -> Usage:
        """What the day has taken so far, set aside or settled."""
        with self._db() as db:
            row = db.execute(
                "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),"
                " coalesce(sum(calls), 0), sum(spend) FROM spend WHERE day = ?",
                (self._today().isoformat(),),
            ).fetchone()
        return Usage(input_tokens=row[0], output_tokens=row[1], calls=row[2], spend=row[3])

    @contextmanager
    def _db(self) -> Iterator[sqlite3.Connection]:
        """The file, for one caller at a time; kept open, since the last to close it waits for the disk."""
        try:
            with self._lock:
                if self._open is None:
                    self._open = self._opened()
                yield self._open
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise StorageError(
                f"{self._file} cannot be written: {error}; free some space, or move it away"
            ) from error

    def _opened(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._file, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(_TABLE)
            db.execute(_INDEX)
        except sqlite3.Error:
            db.close()
            raise
        return db
