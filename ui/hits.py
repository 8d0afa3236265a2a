"""What the limits library counts, kept in `activity.db`: shared by processes, still there after a restart."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from limits.storage import MovingWindowSupport, Storage

from rag.activity import Activity
from rag.errors import StorageError

_SWEEP_EVERY_S = 60.0


class ActivityStorage(Storage, MovingWindowSupport):
    """A moving window for the `limits` library: a row a hit. Keys are kept as hashes: they hold addresses."""

    STORAGE_SCHEME = None

    def __init__(self, activity: Activity, *, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._activity = activity
        self._now = now
        self._salt: bytes | None = None
        self._swept = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong here."""
        return StorageError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a hit unless there are as many in the window as the limit allows."""
        hashed, now = self._hashed(key), self._now()
        with self._activity.writing() as db:
            if now - self._swept > _SWEEP_EVERY_S:
                self._swept = now
                db.execute("DELETE FROM hits WHERE until < ?", (now,))
            (held,) = db.execute(
                "SELECT count(*) FROM hits WHERE key = ? AND at > ?", (hashed, now - expiry)
            ).fetchone()
            if held + amount > limit:
                return False
            db.executemany("INSERT INTO hits VALUES (?, ?, ?)", [(hashed, now, now + expiry)] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit of the window was, and how many there are."""
        now = self._now()
        with self._activity.reading() as db:
            oldest, held = db.execute(
                "SELECT min(at), count(*) FROM hits WHERE key = ? AND at > ?",
                (self._hashed(key), now - expiry),
            ).fetchone()
        return (now if oldest is None else float(oldest)), int(held)

    def take_back(self, key: str) -> None:
        """Uncount the newest hit: it was counted for something that did not happen."""
        with self._activity.writing() as db:
            db.execute(
                "DELETE FROM hits WHERE rowid ="
                " (SELECT rowid FROM hits WHERE key = ? ORDER BY at DESC LIMIT 1)",
                (self._hashed(key),),
            )

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count hits without a limit; gives how many are held."""
        self.acquire_entry(key, 2**62, int(expiry), amount)
        return self.get(key)

    def get(self, key: str) -> int:
        """How many hits are held."""
        with self._activity.reading() as db:
            query = "SELECT count(*) FROM hits WHERE key = ? AND until > ?"
            return int(db.execute(query, (self._hashed(key), self._now())).fetchone()[0])

    def get_expiry(self, key: str) -> float:
        """When the last hit that is held goes."""
        with self._activity.reading() as db:
            (until,) = db.execute(
                "SELECT max(until) FROM hits WHERE key = ?", (self._hashed(key),)
            ).fetchone()
        return self._now() if until is None else float(until)

    def check(self) -> bool:
        """Whether the file can be read."""
        try:
            with self._activity.reading():
                return True
        except StorageError:
            return False

    def reset(self) -> int | None:
        """Forget all hits; gives how many there were."""
        with self._activity.writing() as db:
            return db.execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        """Forget the hits of a key."""
        with self._activity.writing() as db:
            db.execute("DELETE FROM hits WHERE key = ?", (self._hashed(key),))

    def _hashed(self, key: str) -> bytes:
        if self._salt is None:
            self._salt = self._activity.secret()
        return hashlib.blake2b(key.encode(), key=self._salt, digest_size=12).digest()
