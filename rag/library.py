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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.bm25 import Term, any_of, lengths_of, phrase, scored, scored_by_rare
from rag.connection import told
from rag.database import AMONG, Database, batches, marks, next_generation, put_meta
from rag.filters import matches_name
from rag.models import Closeness, Filters, Listing, Passage, Source, SourceKind
from rag.pooling import cosines_of_runs
from rag.recent import Facts, Recent
from rag.rows import (
    PASSAGE,
    Known,
    Vector,
    delete_source,
    drop_unused,
    insert_passage,
    insert_source,
    insert_words,
    known_of,
    listing_of,
    passage_ids_of,
    passage_of,
    small,
    stored_source,
)
from rag.schema import WORDS, migrate
from rag.words import stem

# In how many passages words occur, for so many words.
_KEPT_COUNTS = 20_000
# Below this many passages, exact cosine over the stored vectors is faster than a filtered index search, and
# finds them all; words are looked up in these alone.
NARROW = 3000
# How many passages that hold a word of the question are scored, at the least those of its rarest word. BM25
# takes a microsecond for each.
_SCORED = 4000
# Seconds to wait for readers before the log is emptied of what was removed.
_CHECKPOINT_PATIENCE = 2
# How the name of a translation ends: the name of the original, and its own language.
_TRANSLATED = re.compile(r"#[a-z]{2,3}$")
_NAMES_OF = {
    "show": "SELECT DISTINCT show FROM sources s WHERE show IS NOT NULL",
    "kind": "SELECT DISTINCT kind FROM sources s WHERE 1",
    "source": "SELECT id FROM sources s WHERE 1",
    "speaker": "SELECT DISTINCT name FROM speakers k WHERE 1",
}
_NEWEST_FIRST = "published IS NULL, published DESC, title, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What filters leave, as SQL over passages `p`, and its values."""

    where: str
    values: tuple[object, ...]


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


class Library:
    """One archive's `library.db`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path)
        self._recent = Recent()
        self._facts = Facts(self._database)
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
            passing = self._passing_rows(filters)
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

    # -- search ---------------------------------------------------------------------------------------------

    def lexical(self, terms: Sequence[str], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids by BM25 over text, title, show, speakers and heading; a higher score is better."""
        if not terms:
            return []
        with self.reading() as db:
            rows = self._passing_rows(filters)
            passing = int(np.count_nonzero(rows))
            if not passing:
                return []
            if filters.narrow and passing <= NARROW:
                places, scores = scored(db, any_of(terms), within=np.flatnonzero(rows))
            else:
                rare, common = self._by_rarity(terms, share=passing / len(rows))
                lengths = self._facts.kept("lengths", lambda: lengths_of(db))
                places, scores = scored_by_rare(db, rare, common, rows=rows, lengths=lengths, k=k)
            best = np.lexsort((places, -scores))[:k]
            ids = self._ids_of(places[best].tolist())
            return [(ids[int(places[at])], float(scores[at])) for at in best]

    def _by_rarity(self, terms: Sequence[str], *, share: float) -> tuple[list[Term], list[Term]]:
        """The terms that choose which passages are scored, and those that only add to their scores.

        All choose in an archive of some thousand passages. In a large one, what is said everywhere chooses
        nothing: passages that hold only such words come after those that hold a rare one.
        """
        stems = {term: stem(term) for term in terms}
        counts = self.document_counts(stems.values())
        every = [Term(word=term, stem=stems[term], count=counts[stems[term]]) for term in terms]
        ordered = sorted(every, key=lambda term: term.count)
        most = _SCORED / max(share, 0.5)
        held, rare = 0, 0
        while rare < len(ordered) and (not held or held + ordered[rare].count <= most):
            held += ordered[rare].count
            rare += 1
        return ordered[:rare], ordered[rare:]

    def _passing_rows(self, filters: Filters) -> NDArray[np.bool_]:
        """Whether each passage passes, by rowid. Kept for the filters of the last questions."""
        rows: NDArray[np.bool_] = self._facts.kept(("rows", filters), lambda: self._looked_up_rows(filters))
        return rows

    def _looked_up_rows(self, filters: Filters) -> NDArray[np.bool_]:
        scope = self.scope(replace(filters, adverts=True))
        (last,) = self._database.connection.execute("SELECT coalesce(max(rowid), 0) FROM passages").fetchone()
        rows = np.zeros(int(last) + 1, dtype=np.bool_)
        query = f"SELECT rowid FROM passages p WHERE {scope.where}"
        rows[[row for (row,) in self._database.connection.execute(query, scope.values)]] = True
        if not filters.adverts:
            adverts = self._database.connection.execute("SELECT rowid FROM passages WHERE advert = 1")
            rows[[row for (row,) in adverts]] = False
        return rows

    def _ids_of(self, rows: Sequence[int]) -> dict[int, str]:
        query = f"SELECT rowid, id FROM passages WHERE rowid {AMONG}"
        return dict(self._database.connection.execute(query, (json.dumps(rows),)).fetchall())

    def holding(self, phrases: Sequence[str], filters: Filters) -> list[str]:
        """Ids of all passages whose words hold every phrase; sources by date, passages in their order."""
        scope = self.scope(filters)
        rows = self._database.connection.execute(
            "SELECT p.id FROM passage_words JOIN passages p ON p.rowid = passage_words.rowid"
            " JOIN sources s ON s.id = p.source_id"
            f" WHERE passage_words MATCH ? AND {scope.where} ORDER BY s.published, s.id, p.ordinal",
            (f"text : ({' AND '.join(map(phrase, phrases))})", *scope.values),
        )
        return [passage_id for (passage_id,) in rows]

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids by exact cosine over the stored vectors."""
        scope = self.scope(filters)
        rows = self._database.connection.execute(
            f"SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.hash = p.vector WHERE {scope.where}",
            scope.values,
        ).fetchall()
        if not rows:
            return []
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), dtype=np.float32).reshape(len(rows), -1)
        cosines = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argsort(-cosines, kind="stable")[:k]
        return [(rows[place][0], float(cosines[place])) for place in best]

    def scope(self, filters: Filters) -> Scope:
        """The SQL condition that filters stand for."""
        conditions, values = ["1"], list[object]()
        if not filters.adverts:
            conditions.append("p.advert = 0")
        sources, source_values = self._source_conditions(filters)
        if sources:
            conditions.append(f"p.source_id IN (SELECT s.id FROM sources s WHERE {sources})")
            values.extend(source_values)
        if filters.speakers:
            names = self.speaker_names(filters.speakers)
            conditions.append(f"p.rowid IN (SELECT passage FROM speakers WHERE name IN ({marks(names)}))")
            values.extend(names)
        return Scope(where=" AND ".join(conditions), values=tuple(values))

    def passing(self, filters: Filters) -> int:
        """How many passages pass the filters."""
        return int(self._passing_rows(filters).sum())

    def passing_of(self, ids: Sequence[str], filters: Filters) -> set[str]:
        """Those of these passages that pass the filters."""
        with self.reading() as db:
            rows = self._passing_rows(filters)
            query = f"SELECT id, rowid FROM passages WHERE id {AMONG}"
            held = db.execute(query, (json.dumps(ids),)).fetchall()
            return {passage_id for passage_id, row in held if rows[row]}

    def show_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The shows that these names, or parts of names, mean."""
        return self._names("show", wanted)

    def speaker_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The speakers that these names, or parts of names, mean."""
        return self._names("speaker", wanted)

    def names_of(self, field: str, audiences: Sequence[str] = ()) -> list[str]:
        """What its sources have as `show`, `speaker`, `kind` or `source`; those for these audiences alone."""
        query = _NAMES_OF[field]
        if not audiences or self.audiences().issubset(audiences):
            return self._every(query)
        those = f"s.audience IN ({marks(audiences)})"
        if field == "speaker":
            those = (
                "EXISTS (SELECT 1 FROM passages p JOIN sources s ON s.id = p.source_id"
                f" WHERE p.rowid = k.passage AND {those})"
            )
        return self._every(f"{query} AND {those}", tuple(audiences))

    def document_counts(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each stem (as the full-text table writes it) occurs."""
        wanted = list(dict.fromkeys(stems))
        known: dict[str, int] = self._facts.kept("counts", dict)
        new = [each for each in wanted if each not in known]
        counts = dict.fromkeys(new, 0)
        for batch in batches(new):
            rows = self._database.connection.execute(
                f"SELECT term, doc FROM word_counts WHERE term IN ({marks(batch)})", batch
            )
            counts.update(dict(rows.fetchall()))
        if len(known) < _KEPT_COUNTS:
            known.update(counts)
        return {each: known.get(each, counts.get(each, 0)) for each in wanted}

    def occurring(self, words: Iterable[str], filters: Filters) -> set[str]:
        """Those of the words that occur, in any of their forms, in a passage which passes the filters."""
        query = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? AND rowid BETWEEN ? AND ?"
        with self.reading() as db:
            passing = self._passing_rows(filters)
            bounds = np.flatnonzero(passing)[[0, -1]].tolist() if passing.any() else (0, -1)
            return {
                word
                for word in words
                if any(passing[row] for (row,) in db.execute(query, (phrase(word), *bounds)))
            }

    def phrase_counts(self, phrases: Iterable[str], filters: Filters) -> dict[str, int]:
        """How many passages that pass the filters hold each phrase, its words one after another."""
        query = "SELECT rowid FROM passage_words WHERE passage_words MATCH ?"
        with self.reading() as db:
            passing = self._passing_rows(filters)
            return {
                each: sum(bool(passing[row]) for (row,) in db.execute(query, (phrase(each),)))
                for each in phrases
            }

    # -- vectors --------------------------------------------------------------------------------------------

    def stored_hashes(self, hashes: Iterable[str]) -> set[str]:
        """Which of these embedded texts have a vector already."""
        found: set[str] = set()
        for batch in batches(list(hashes)):
            rows = self._database.connection.execute(
                f"SELECT hash FROM vectors WHERE hash IN ({marks(batch)})", batch
            )
            found.update(row[0] for row in rows)
        return found

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, Vector]:
        """The vector of each passage."""
        found: dict[str, Vector] = {}
        for batch in batches(passage_ids):
            rows = self._database.connection.execute(
                "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.hash = p.vector"
                f" WHERE p.id IN ({marks(batch)})",
                batch,
            )
            found.update({row[0]: np.frombuffer(row[1], dtype=np.float32) for row in rows})
        return found

    def closeness(self, passage_ids: Sequence[str], vector: Sequence[float]) -> dict[str, Closeness]:
        """The cosine of each run of sentences of each passage to a unit vector; without those not stored."""
        wanted = np.asarray(vector, dtype=np.float32)
        rows = self._database.connection.execute(
            "SELECT p.id, v.sentences FROM passages p JOIN vectors v ON v.hash = p.vector"
            f" WHERE p.id {AMONG} AND v.sentences != x''",
            (json.dumps(passage_ids),),
        ).fetchall()
        held = {
            passage_id: np.frombuffer(blob, dtype=np.int8).reshape(-1, len(wanted))
            for passage_id, blob in rows
        }
        if not held:
            return {}
        every = np.concatenate(list(held.values())).astype(np.float32)
        cosines = cosines_of_runs(every, [len(rows) for rows in held.values()], wanted)
        return dict(zip(held, cosines, strict=True))

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

    def words_fault(self) -> str | None:
        """What is wrong inside the full-text table, by its own check; None when nothing is."""
        try:
            with self._database.writing() as db:  # the check is written as an insert, and changes nothing
                db.execute("INSERT INTO passage_words (passage_words) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            return str(error)
        return None

    def indexed_words(self) -> Iterator[tuple[str | None, str]]:
        """What the full-text table holds for each passage (None for nothing), and the passage's words."""
        with self.reading() as db:
            for (source_id,) in db.execute("SELECT id FROM sources").fetchall():
                text = self.source(source_id).text
                for words, start, end in db.execute(
                    "SELECT w.text, p.start, p.end FROM passages p"
                    " LEFT JOIN passage_words w ON w.rowid = p.rowid WHERE p.source_id = ?",
                    (source_id,),
                ):
                    yield words, text[start:end]

    def rebuild_words(self) -> None:
        """Write the full-text table anew from texts and passages."""
        with self._database.writing() as db:
            # Dropped, not emptied: deleting reads what may be damaged.
            db.execute("DROP TABLE passage_words")
            db.execute(WORDS)
            for (source_id,) in db.execute("SELECT id FROM sources ORDER BY id").fetchall():
                source = self.source(source_id)
                rows = db.execute(
                    f"SELECT p.rowid, {PASSAGE} FROM passages p WHERE source_id = ?", (source_id,)
                ).fetchall()
                for rowid, *row in rows:
                    insert_words(db, rowid, passage_of(row, source))
            db.execute("INSERT INTO passage_words (passage_words) VALUES ('optimize')")

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

    # -- inside ---------------------------------------------------------------------------------------------

    def _names(self, field: str, wanted: Iterable[str]) -> tuple[str, ...]:
        wanted = list(wanted)
        return tuple(name for name in self.names_of(field) if matches_name(wanted, [name]))

    def _every(self, query: str, values: tuple[str, ...] = ()) -> list[str]:
        every: list[str] = self._facts.kept(
            (query, values), lambda: [name for (name,) in self._database.connection.execute(query, values)]
        )
        return every

    def _source_conditions(self, filters: Filters) -> tuple[str, list[object]]:
        conditions, values = [], list[object]()
        if filters.kinds:
            conditions.append(f"s.kind IN ({marks(filters.kinds)})")
            values.extend(kind.value for kind in filters.kinds)
        if filters.sources:
            conditions.append(f"s.id IN ({marks(filters.sources)})")
            values.extend(filters.sources)
        if filters.exclude:
            conditions.append(f"s.id NOT IN ({marks(filters.exclude)})")
            values.extend(filters.exclude)
        if filters.shows:
            shows = self.show_names(filters.shows)
            conditions.append(f"s.show IN ({marks(shows)})")
            values.extend(shows)
        if filters.audiences:
            conditions.append(f"s.audience IN ({marks(filters.audiences)})")
            values.extend(filters.audiences)
        for day, sign in ((filters.since, ">="), (filters.until, "<=")):
            if day:
                conditions.append(f"s.published {sign} ?")
                values.append(day.isoformat())
        return " AND ".join(conditions), values
