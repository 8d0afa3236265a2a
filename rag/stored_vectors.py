"""The vectors that the library keeps: exact search over them, and what an index is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from rag.database import AMONG, Database, batches, marks
from rag.models import Closeness, Filters, SourceKind
from rag.narrowing import Narrowing
from rag.pooling import cosines_of_runs
from rag.rows import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index keeps of a passage beside its text and vector."""

    id: str
    source_id: str
    kind: SourceKind
    show: str | None
    published: date | None
    advert: bool
    ai_written: bool
    speakers: tuple[str, ...]
    audience: str


class StoredVectors:
    """The vectors of one library. Safe to share between threads."""

    def __init__(self, database: Database, narrowing: Narrowing) -> None:
        self._database = database
        self._narrowing = narrowing

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids by exact cosine."""
        scope = self._narrowing.scope(filters)
        rows = self._database.rows(
            f"SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.hash = p.vector WHERE {scope.where}",
            scope.values,
        )
        if not rows:
            return []
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), dtype=np.float32).reshape(len(rows), -1)
        cosines = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argsort(-cosines, kind="stable")[:k]
        return [(rows[place][0], float(cosines[place])) for place in best]

    def closeness(self, passage_ids: Sequence[str], vector: Sequence[float]) -> dict[str, Closeness]:
        """The cosine of each run of sentences of each passage to a unit vector; without those not stored."""
        wanted = np.asarray(vector, dtype=np.float32)
        rows = self._database.rows(
            "SELECT p.id, v.sentences FROM passages p JOIN vectors v ON v.hash = p.vector"
            f" WHERE p.id {AMONG} AND v.sentences != x''",
            (json.dumps(passage_ids),),
        )
        held = {
            passage_id: np.frombuffer(blob, dtype=np.int8).reshape(-1, len(wanted))
            for passage_id, blob in rows
        }
        if not held:
            return {}
        every = np.concatenate(list(held.values())).astype(np.float32)
        cosines = cosines_of_runs(every, [len(rows) for rows in held.values()], wanted)
        return dict(zip(held, cosines, strict=True))

    def of(self, passage_ids: Sequence[str]) -> dict[str, Vector]:
        """The vector of each passage."""
        found: dict[str, Vector] = {}
        for batch in batches(passage_ids):
            rows = self._database.rows(
                "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.hash = p.vector"
                f" WHERE p.id IN ({marks(batch)})",
                batch,
            )
            found.update({row[0]: np.frombuffer(row[1], dtype=np.float32) for row in rows})
        return found

    def hashes_among(self, hashes: Iterable[str]) -> set[str]:
        """Which of these embedded texts have a vector already."""
        found: set[str] = set()
        for batch in batches(list(hashes)):
            rows = self._database.rows(f"SELECT hash FROM vectors WHERE hash IN ({marks(batch)})", batch)
            found.update(row[0] for row in rows)
        return found

    def entries(self, *, source_id: str | None = None) -> Iterator[tuple[Entry, Vector]]:
        """What an index should hold of every passage, or of one source's, with its vector, in order."""
        rows = self._database.connection.execute(
            "SELECT p.id, s.id, s.kind, s.show, s.published, p.advert, p.ai_written, p.speakers,"
            " s.audience, v.vector"
            " FROM passages p JOIN sources s ON s.id = p.source_id JOIN vectors v ON v.hash = p.vector"
            f"{'' if source_id is None else ' WHERE p.source_id = ?'} ORDER BY p.rowid",
            () if source_id is None else (source_id,),
        )
        for id_, of_source, kind, show, published, advert, ai_written, speakers, audience, vector in rows:
            entry = Entry(
                id=id_,
                source_id=of_source,
                kind=SourceKind(kind),
                show=show,
                published=date.fromisoformat(published) if published else None,
                advert=bool(advert),
                ai_written=bool(ai_written),
                speakers=tuple(json.loads(speakers)),
                audience=audience,
            )
            yield entry, np.frombuffer(vector, dtype=np.float32)
