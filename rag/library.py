"""The library: the truth about what the archive holds, in one SQLite file. It knows nothing of Chroma.

Sources, canonical text, passages, vectors and the full-text table change together, in one transaction per
source, and only under the writer lock. Reading is safe from any thread and any process at any time.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import numpy as np

from rag.connection import told
from rag.database import AMONG, Database, batches, marks, next_generation, put_meta
from rag.fulltext import FullText
from rag.models import Filters, Listing, Passage, Source
from rag.narrowing import Narrowing
from rag.recent import Facts, Recent
from rag.rows import (
    PASSAGE,
    Known,
    Vector,
    delete_source,
    drop_unused,
    insert_passage,
    insert_source,
    known_of,
    listing_of,
    passage_ids_of,
    passage_of,
    small,
    stored_source,
)
from rag.schema import migrate
from rag.stored_vectors import StoredVectors

# Seconds to wait for readers before the log is emptied of what was removed.
_CHECKPOINT_PATIENCE = 2
# How the name of a translation ends: the name of the original, and its own language.
_TRANSLATED = re.compile(r"#[a-z]{2,3}$")
_NEWEST_FIRST = "published IS NULL, published DESC, title, id"


class Library:
    """One archive's `library.db`.

    `words` is its full-text table, `vectors` are its vectors, and `narrowing` is what filters leave of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path)
        self._recent = Recent()
        self._facts = Facts(lambda: self._database.generation, reading=self._database.reading)
        self.narrowing = Narrowing(self._database, self._facts)
        self.words = FullText(self._database, self._facts, self.narrowing)
        self.vectors = StoredVectors(self._database, self.narrowing)
        path.parent.mkdir(parents=True, exist_ok=True)
        migrate(self._database.connection)

    def close(self) -> None:
        """Close every thread's connection."""
        self._database.close()

    # -- what is in it --------------------------------------------------------------------------------------

    @property
    def generation(self) -> int:
        """Goes up with every change."""
        return self._database.generation

    def identity(self) -> str:
        """What it holds, as a short hash: the same for two archives with the same sources and passages."""
        digest = hashlib.sha256()
        for (passage_id,) in self._database.connection.execute("SELECT id FROM passages ORDER BY id"):
            digest.update(passage_id.encode())
        return digest.hexdigest()[:16]

    def meta(self, key: str) -> str | None:
        """A fact about the archive as a whole, such as the embedding model."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Write such a fact."""
        with self._database.writing() as db:
            put_meta(db, key, value)

    def sources(self) -> list[Source]:
        """All sources with their text, newest first, undated last."""
        with self.reading():
            rows = self.rows(f"SELECT id FROM sources ORDER BY {_NEWEST_FIRST}")
            return [self.source(source_id) for (source_id,) in rows]

    def source(self, source_id: str) -> Source:
        """One source; raises `UnknownSource`."""
        generation = self.generation
        kept = self._recent.source(source_id, generation)
        if kept is not None:
            return kept
        source = stored_source(self._database.connection, source_id)
        self._recent.keep_source(source, generation)
        return source

    def overview(self) -> list[Listing]:
        """All sources in short, newest first, undated last; no text is read."""
        rows = self.rows(
            "SELECT id, kind, origin, title, show, people, published, url, language, seconds, season, number,"
            # Both are read from indexes alone: no passage is.
            " audience, (SELECT count(*) FROM passages WHERE source_id = s.id), characters, EXISTS"
            " (SELECT 1 FROM passages WHERE source_id = s.id AND ai_written = 1)"
            f" FROM sources s ORDER BY {_NEWEST_FIRST}"
        )
        return [listing_of(row) for row in rows]

    def audiences(self) -> set[str]:
        """The tiers that its sources are for."""
        return {audience for (audience,) in self.rows("SELECT DISTINCT audience FROM sources")}

    def years(self) -> set[int]:
        """The years in which its sources were published."""
        query = "SELECT DISTINCT substr(published, 1, 4) FROM sources WHERE published > ''"
        return {int(year) for (year,) in self.rows(query)}

    def speaking(self, names: Sequence[str], source_ids: Sequence[str]) -> set[str]:
        """Those of the sources in which one of these people speaks; their authors need not."""
        found = set[str]()
        for batch in batches(source_ids):
            rows = self.rows(
                f"SELECT id FROM sources s WHERE id IN ({marks(batch)}) AND EXISTS"
                " (SELECT 1 FROM passages p JOIN speakers k ON k.passage = p.rowid"
                f" WHERE p.source_id = s.id AND k.name IN ({marks(names)}))",
                (*batch, *names),
            )
            found.update(each for (each,) in rows)
        return found

    def audience_of(self, source_id: str) -> str | None:
        """The tier that a source is for; None when there is no such source."""
        found = self.rows("SELECT audience FROM sources WHERE id = ?", (source_id,))
        return found[0][0] if found else None

    def source_count(self, audiences: Sequence[str] = ()) -> int:
        """How many sources there are, or how many of these audiences."""
        where = f"audience IN ({marks(audiences)})" if audiences else "1"
        ((count,),) = self.rows(f"SELECT count(*) FROM sources WHERE {where}", audiences)
        return int(count)

    def known(
        self,
        *,
        source_id: str | None = None,
        location: str | None = None,
        stem: str | None = None,
        content: str | None = None,
    ) -> list[Known]:
        """Sources in short, in order of addition: all of them, or those of this id, place or content.

        A stem is a place without what stands behind its dot. The content is the first half of a fingerprint,
        up to its dash.
        """
        wanted = {
            "s.id = ?": (source_id,),
            "s.location = ?": (location,),
            # Ranges, so that the indexes serve them; '/' comes after '.'.
            "s.location > ? AND s.location < ?": (stem and f"{stem}.", stem and f"{stem}/"),
            # '.' comes after '-'.
            "s.fingerprint > ? AND s.fingerprint < ?": (content and f"{content}-", content and f"{content}."),
        }
        given = {condition: values for condition, values in wanted.items() if values[0] is not None}
        rows = self.rows(
            "SELECT s.id, s.origin, s.location, s.fingerprint, s.kind, s.title,"
            " (SELECT count(*) FROM passages p WHERE p.source_id = s.id)"
            f" FROM sources s WHERE {' AND '.join(given) or '1'}"
            " ORDER BY s.added, s.id",
            [value for values in given.values() for value in values],
        )
        return [known_of(row) for row in rows]

    def translations_of(self, source_id: str) -> tuple[str, ...]:
        """The sources that are the same in other languages."""
        found: dict[str, None] = {}
        for (key,) in self.rows("SELECT key FROM identities WHERE source_id = ?", (source_id,)):
            name = _TRANSLATED.sub("", key)
            others = self.rows(
                "SELECT key, source_id FROM identities JOIN sources ON id = source_id"
                # A range, so that the table's own order serves it; '$' comes after '#'.
                " WHERE (key = ?1 OR (key > ?1 || '#' AND key < ?1 || '$')) AND source_id != ?2 ORDER BY key",
                (name, source_id),
            )
            found |= {other: None for key, other in others if _TRANSLATED.sub("", key) == name}
        return tuple(found)

    def passages_of(self, source_id: str) -> list[Passage]:
        """A source's passages in order; raises `UnknownSource`."""
        with self.reading():
            source = self.source(source_id)
            query = f"SELECT {PASSAGE} FROM passages p WHERE source_id = ? ORDER BY ordinal"
            return [passage_of(row, source) for row in self.rows(query, (source_id,))]

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; ids that are gone are left out."""
        with self.reading():
            query = f"SELECT {PASSAGE} FROM passages p WHERE id {AMONG}"
            return self._made(self.rows(query, (json.dumps(ids),)))

    def _made(self, rows: Sequence[Sequence[Any]]) -> dict[str, Passage]:
        """Rows of passages as the noun, by id; those that were made lately are not made again."""
        generation = self.generation
        found = self._recent.passages([row[0] for row in rows], generation)
        new = [row for row in rows if row[0] not in found]
        sources = {source_id: self.source(source_id) for source_id in {row[1] for row in new}}
        made = {row[0]: passage_of(row, sources[row[1]]) for row in new}
        self._recent.keep_passages(made.values(), generation)
        return found | made

    def places(self, ids: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Where passages stand: source id and ordinal, by passage id."""
        query = f"SELECT id, source_id, ordinal FROM passages WHERE id {AMONG}"
        rows = self.rows(query, (json.dumps(ids),))
        return {passage_id: (source_id, ordinal) for passage_id, source_id, ordinal in rows}

    def passages_at(
        self, places: Sequence[tuple[str, int]], *, filters: Filters
    ) -> dict[tuple[str, int], Passage]:
        """The passages that stand at these places and pass the filters."""
        if not places:
            return {}
        with self.reading():
            passing = self.narrowing.rows(filters)
            rows = self.rows(
                # In this order, or SQLite might read every passage there is.
                f"SELECT {PASSAGE}, p.rowid FROM json_each(?) CROSS JOIN passages p"
                " ON p.source_id = json_extract(value, '$[0]') AND p.ordinal = json_extract(value, '$[1]')",
                (json.dumps(places),),
            )
            made = self._made([row[:-1] for row in rows if passing[row[-1]]])
        return {(passage.source.id, passage.ordinal): passage for passage in made.values()}

    def passage_ids(self, *, most: int = -1) -> list[str]:
        """The id of every passage, or of the first few."""
        rows = self.rows("SELECT id FROM passages ORDER BY rowid LIMIT ?", (most,))
        return [passage_id for (passage_id,) in rows]

    def count(self) -> int:
        """How many passages there are."""
        return int(self._facts.kept("count", lambda: self.rows("SELECT count(*) FROM passages")[0][0]))

    # -- changes, under the writer lock ---------------------------------------------------------------------

    def put(
        self,
        source: Source,
        passages: Sequence[Passage],
        *,
        location: str,
        hashes: Sequence[str],
        vectors: Mapping[str, Sequence[float]],
        sentence_vectors: Mapping[str, Vector] | None = None,
    ) -> list[str]:
        """Write a source whole, in place of what was there under its id; gives the ids of those passages.

        Args:
            source: the source.
            passages: its passages in order.
            location: where it was read from, as an absolute path or a URL.
            hashes: for each passage, the hash of what was embedded.
            vectors: vectors by hash, for those that are not stored yet.
            sentence_vectors: by hash too, the vectors of the passage's sentences (sentences x d).
        """
        with self._database.writing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO vectors (hash, vector, sentences) VALUES (?, ?, ?)",
                [
                    (key, np.asarray(vector, dtype=np.float32).tobytes(), small(sentence_vectors, key))
                    for key, vector in vectors.items()
                ],
            )
            former = passage_ids_of(db, source.id)
            unused = delete_source(db, source.id)
            insert_source(db, source, location)
            for passage, key in zip(passages, hashes, strict=True):
                insert_passage(db, source, passage, key)
            drop_unused(db, unused)
            next_generation(db)
        return former

    def move(self, source_id: str, *, origin: str, location: str) -> None:
        """Note that a source is now found elsewhere."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE sources SET origin = ?, location = ? WHERE id = ?", (origin, location, source_id)
            )
            next_generation(db)

    def remove(self, source_id: str) -> list[str]:
        """Delete a source and all that came from it; gives its passages' ids. Raises `UnknownSource`."""
        self.source(source_id)
        with self._database.writing() as db:
            gone = passage_ids_of(db, source_id)
            drop_unused(db, delete_source(db, source_id))
            next_generation(db)
        return gone

    def scrub(self) -> bool:
        """Leave no word of what was removed in the file or beside it; false while another still reads it."""
        with self._database.writing() as db:
            # Deleted words stay in the full-text table's older segments until these are merged.
            db.execute("INSERT INTO passage_words (passage_words) VALUES ('optimize')")
        deadline = time.monotonic() + _CHECKPOINT_PATIENCE
        while True:
            (busy, *_) = self._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy or time.monotonic() >= deadline:
                return not busy
            time.sleep(0.05)

    def replace(self, path: Path) -> None:
        """Put another library's content in place of this one's, in one transaction: all of it or nothing.

        Who is reading goes on reading what was there, and sees the new content at the next look.
        """
        try:
            with closing(sqlite3.connect(path)) as other:
                other.execute(
                    "INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(self._after(other)),)
                )
                other.commit()
                other.backup(self._database.connection)
        except sqlite3.OperationalError as error:
            raise told(error, self.path) from error

    def _after(self, other: sqlite3.Connection) -> int:
        """A generation that neither of the two has had, so that nothing kept of either is believed."""
        row = other.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        try:
            here = self.generation
        except sqlite3.DatabaseError:  # damaged: what the index was left at is not known
            here = int(time.time())
        return max(here, int(row[0]) if row else 0) + 1

    # -- other queries, and tables kept beside the sources: see `subscriptions.py` --------------------------

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """One committed state for several queries: offsets must never meet another version's text."""
        return self._database.reading()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return self._database.rows(query, values)

    def change(self, statement: str, *rows: Sequence[object]) -> None:
        """Write to such a table, one execution per row, all or nothing. Not for what search can see."""
        with self._database.writing() as db:
            db.executemany(statement, rows)
