"""Overviews that were made, kept in `activity.db` until their source changes or goes."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Sequence

from rag.activity import Activity
from rag.contract import Json
from rag.models import Passage, Source

# Goes up when the same source would be told otherwise.
_METHOD = "2"


class KeptOverviews:
    """The overviews of an archive, one for each source and model. Every method raises `StorageError`."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    def get(self, source_id: str, *, stamp: str, model: str) -> Json | None:
        """The one that was made of the source as it is now; None when there is none."""
        if not self._activity.exists:
            return None
        with self._activity.reading() as db:
            row = db.execute(
                "SELECT document FROM overviews WHERE source_id = ? AND model = ? AND stamp = ?",
                (source_id, model, stamp),
            ).fetchone()
        if row is None:
            return None
        kept: Json = json.loads(zlib.decompress(row[0]))
        return kept

    def keep(self, overview: Json, *, stamp: str, model: str) -> None:
        """Keep one in place of that of the source as it was."""
        document = zlib.compress(json.dumps(overview, ensure_ascii=False).encode())
        with self._activity.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO overviews VALUES (?, ?, ?, ?, ?)",
                (overview["source_id"], model, stamp, time.time(), document),
            )

    def forget_source(self, source_id: str) -> None:
        """Forget those of a source."""
        if self._activity.exists:
            with self._activity.writing() as db:
                db.execute("DELETE FROM overviews WHERE source_id = ?", (source_id,))


def stamp_of(source: Source, passages: Sequence[Passage]) -> str:
    """What changes whenever the source, or how it is cut, does."""
    digest = hashlib.sha256(_METHOD.encode())
    known = (source.title, source.show, source.published, source.url, source.audio_url, source.people)
    for part in (source.text, repr(known), *(f"{passage.id} {passage.start}" for passage in passages)):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:32]
