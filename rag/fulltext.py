"""The library's full-text table: which passages hold which words. Words are counted in any of their forms."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rag.bm25 import Term, any_of, lengths_of, phrase, scored, scored_by_rare
from rag.database import AMONG, Database, batches, marks
from rag.models import Filters
from rag.narrowing import NARROW, Narrowing
from rag.recent import Facts
from rag.rows import PASSAGE, insert_words, passage_of, stored_source
from rag.schema import WORDS
from rag.words import stem

# How many passages that hold a word of the question are scored, at the least those of its rarest word. BM25
# takes a microsecond for each.
_SCORED = 4000
# In how many passages words occur, for so many words.
_KEPT_COUNTS = 20_000


class FullText:
    """The words of one library's passages. Safe to share between threads."""

    def __init__(self, database: Database, facts: Facts, narrowing: Narrowing) -> None:
        self._database = database
        self._facts = facts
        self._narrowing = narrowing

    # -- search ---------------------------------------------------------------------------------------------

    def lexical(self, terms: Sequence[str], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids by BM25 over text, title, show, speakers and heading; a higher score is better."""
        if not terms:
            return []
        with self._database.reading() as db:
            rows = self._narrowing.rows(filters)
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

    def _ids_of(self, rows: Sequence[int]) -> dict[int, str]:
        return dict(
            self._database.rows(f"SELECT rowid, id FROM passages WHERE rowid {AMONG}", (json.dumps(rows),))
        )

    def holding(self, phrases: Sequence[str], filters: Filters) -> list[str]:
        """Ids of all passages whose words hold every phrase; sources by date, passages in their order."""
        scope = self._narrowing.scope(filters)
        rows = self._database.rows(
            "SELECT p.id FROM passage_words JOIN passages p ON p.rowid = passage_words.rowid"
            " JOIN sources s ON s.id = p.source_id"
            f" WHERE passage_words MATCH ? AND {scope.where} ORDER BY s.published, s.id, p.ordinal",
            (f"text : ({' AND '.join(map(phrase, phrases))})", *scope.values),
        )
        return [passage_id for (passage_id,) in rows]

    # -- counts ---------------------------------------------------------------------------------------------

    def document_counts(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each stem (as the full-text table writes it) occurs."""
        wanted = list(dict.fromkeys(stems))
        known: dict[str, int] = self._facts.kept("counts", dict)
        new = [each for each in wanted if each not in known]
        counts = dict.fromkeys(new, 0)
        for batch in batches(new):
            query = f"SELECT term, doc FROM word_counts WHERE term IN ({marks(batch)})"
            counts.update(dict(self._database.rows(query, batch)))
        if len(known) < _KEPT_COUNTS:
            known.update(counts)
        return {each: known.get(each, counts.get(each, 0)) for each in wanted}

    def occurring(self, words: Iterable[str], filters: Filters) -> set[str]:
        """Those of the words that occur, in any of their forms, in a passage which passes the filters."""
        query = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? AND rowid BETWEEN ? AND ?"
        with self._database.reading() as db:
            passing = self._narrowing.rows(filters)
            bounds = np.flatnonzero(passing)[[0, -1]].tolist() if passing.any() else (0, -1)
            return {
                word
                for word in words
                if any(passing[row] for (row,) in db.execute(query, (phrase(word), *bounds)))
            }

    def phrase_counts(self, phrases: Iterable[str], filters: Filters) -> dict[str, int]:
        """How many passages that pass the filters hold each phrase, its words one after another."""
        query = "SELECT rowid FROM passage_words WHERE passage_words MATCH ?"
        with self._database.reading() as db:
            passing = self._narrowing.rows(filters)
            return {
                each: sum(bool(passing[row]) for (row,) in db.execute(query, (phrase(each),)))
                for each in phrases
            }

    # -- the table as a whole -------------------------------------------------------------------------------

    def fault(self) -> str | None:
        """What is wrong inside the table, by its own check; None when nothing is."""
        try:
            with self._database.writing() as db:  # the check is written as an insert, and changes nothing
                db.execute("INSERT INTO passage_words (passage_words) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            return str(error)
        return None

    def indexed(self) -> Iterator[tuple[str | None, str]]:
        """What the table holds for each passage (None for nothing), and the passage's words."""
        with self._database.reading() as db:
            for (source_id,) in db.execute("SELECT id FROM sources").fetchall():
                text = stored_source(db, source_id).text
                for words, start, end in db.execute(
                    "SELECT w.text, p.start, p.end FROM passages p"
                    " LEFT JOIN passage_words w ON w.rowid = p.rowid WHERE p.source_id = ?",
                    (source_id,),
                ):
                    yield words, text[start:end]

    def rebuild(self) -> None:
        """Write the table anew from texts and passages."""
        with self._database.writing() as db:
            # Dropped, not emptied: deleting reads what may be damaged.
            db.execute("DROP TABLE passage_words")
            db.execute(WORDS)
            for (source_id,) in db.execute("SELECT id FROM sources ORDER BY id").fetchall():
                source = stored_source(db, source_id)
                rows = db.execute(
                    f"SELECT p.rowid, {PASSAGE} FROM passages p WHERE source_id = ?", (source_id,)
                ).fetchall()
                for rowid, *row in rows:
                    insert_words(db, rowid, passage_of(row, source))
            db.execute("INSERT INTO passage_words (passage_words) VALUES ('optimize')")
