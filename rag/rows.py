"""The nouns as rows of the library's tables, and rows as the nouns."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.errors import UnknownSource
from rag.models import Listing, Passage, Sentence, Source, SourceKind

Vector = NDArray[np.float32]

# The columns of passages `p` that the noun is made of.
PASSAGE = (
    "p.id, p.source_id, p.ordinal, p.start, p.end, p.start_s, p.end_s, p.approximate, p.heading, p.advert,"
    " p.ai_written, p.page, p.speakers, p.sentences"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the library knows of a file without reading its text."""

    source_id: str
    origin: str
    location: str
    fingerprint: str
    kind: SourceKind
    title: str
    passages: int


def stored_source(db: sqlite3.Connection, source_id: str) -> Source:
    """One source with its text; raises `UnknownSource`."""
    row = db.execute(
        "SELECT id, kind, origin, text, fingerprint, title, show, people, published, url, audio_url,"
        " language, seconds, season, number, audience FROM sources JOIN texts ON source_id = id"
        " WHERE id = ?",
        (source_id,),
    ).fetchone()
    if row is None:
        raise UnknownSource(f"no source {source_id!r}; `earmark sources` lists them")
    return _source_of(row)


def _source_of(row: Sequence[object]) -> Source:
    id_, kind, origin, text, fingerprint, title, show, people, published, *rest = row
    url, audio_url, language, seconds, season, number, audience = rest
    return Source(
        id=str(id_),
        kind=SourceKind(str(kind)),
        origin=str(origin),
        text=str(text),
        fingerprint=str(fingerprint),
        title=str(title),
        show=_text(show),
        people=tuple(json.loads(str(people))),
        published=date.fromisoformat(str(published)) if published else None,
        url=_text(url),
        audio_url=_text(audio_url),
        language=_text(language),
        seconds=seconds if isinstance(seconds, float) else None,
        season=season if isinstance(season, int) else None,
        number=number if isinstance(number, int) else None,
        audience=str(audience),
    )


def listing_of(row: Sequence[object]) -> Listing:
    """A row of `sources`, with counts in place of its text, as the noun."""
    id_, kind, origin, title, show, people, published, url, language, seconds, *rest = row
    season, number, audience, *counts = rest
    passages, characters, ai_written = map(int, map(str, counts))
    return Listing(
        id=str(id_),
        kind=SourceKind(str(kind)),
        origin=str(origin),
        title=str(title),
        show=_text(show),
        people=tuple(json.loads(str(people))),
        published=date.fromisoformat(str(published)) if published else None,
        url=_text(url),
        language=_text(language),
        seconds=seconds if isinstance(seconds, float) else None,
        season=season if isinstance(season, int) else None,
        number=number if isinstance(number, int) else None,
        passages=passages,
        characters=characters,
        ai_written=bool(ai_written),
        audience=str(audience),
    )


def known_of(row: Sequence[object]) -> Known:
    """A row of `sources`, with its count of passages, as what is known of a file."""
    id_, origin, location, fingerprint, kind, title, passages = row
    return Known(
        source_id=str(id_),
        origin=str(origin),
        location=str(location),
        fingerprint=str(fingerprint),
        kind=SourceKind(str(kind)),
        title=str(title),
        passages=int(str(passages)),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def passage_of(row: Sequence[object], source: Source) -> Passage:
    """A row of `passages` as the noun."""
    id_, _, ordinal, start, end, start_s, end_s, approximate, heading, advert, ai, page, *lists = row
    speakers = _speakers(str(lists[0]))
    return Passage(
        id=str(id_),
        source=source,
        ordinal=int(str(ordinal)),
        start=int(str(start)),
        end=int(str(end)),
        start_s=start_s if isinstance(start_s, float) else None,
        end_s=end_s if isinstance(end_s, float) else None,
        approximate=bool(approximate),
        heading=_text(heading),
        advert=bool(advert),
        ai_written=bool(ai),
        page=page if isinstance(page, int) else None,
        speakers=speakers,
        sentences=tuple(
            Sentence(
                start=first,
                end=last,
                speaker=speakers[speaker] if speaker is not None else None,
                start_s=begins,
                end_s=ends,
                approximate=bool(guessed),
            )
            for first, last, speaker, begins, ends, guessed in json.loads(str(lists[1]))
        ),
    )


@lru_cache(maxsize=1024)
def _speakers(names: str) -> tuple[str, ...]:
    return tuple(json.loads(names))


def small(vectors: Mapping[str, Vector] | None, key: str) -> bytes:
    """Vectors in a quarter of their size: only their direction counts, so each has a scale of its own."""
    rows = (vectors or {}).get(key)
    if rows is None or not len(rows):
        return b""
    largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
    small: NDArray[np.int8] = np.rint(rows / largest * 127).astype(np.int8)
    return small.tobytes()


def insert_source(db: sqlite3.Connection, source: Source, location: str) -> None:
    """Write a source."""
    db.execute(
        "INSERT INTO sources (id, kind, origin, location, fingerprint, title, show, people, published, url,"
        " audio_url, language, seconds, season, number, audience, characters, added)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source.id,
            source.kind.value,
            source.origin,
            location,
            source.fingerprint,
            source.title,
            source.show,
            json.dumps(source.people, ensure_ascii=False),
            source.published.isoformat() if source.published else None,
            source.url,
            source.audio_url,
            source.language,
            source.seconds,
            source.season,
            source.number,
            source.audience,
            len(source.text),
            time.time(),
        ),
    )
    db.execute("INSERT INTO texts VALUES (?, ?)", (source.id, source.text))


def insert_passage(db: sqlite3.Connection, source: Source, passage: Passage, key: str) -> None:
    """Write a passage and its words; `key` is what its vector is kept under."""
    cursor = db.execute(
        "INSERT INTO passages (id, source_id, ordinal, start, end, start_s, end_s, approximate, heading,"
        " advert, ai_written, page, speakers, sentences, vector)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            passage.id,
            source.id,
            passage.ordinal,
            passage.start,
            passage.end,
            passage.start_s,
            passage.end_s,
            passage.approximate,
            passage.heading,
            passage.advert,
            passage.ai_written,
            passage.page,
            json.dumps(passage.speakers, ensure_ascii=False),
            json.dumps([_packed(sentence, passage.speakers) for sentence in passage.sentences]),
            key,
        ),
    )
    rowid = cursor.lastrowid
    db.executemany("INSERT INTO speakers VALUES (?, ?)", [(name, rowid) for name in passage.speakers])
    insert_words(db, rowid, passage)


def insert_words(db: sqlite3.Connection, rowid: int | None, passage: Passage) -> None:
    """Write a passage's row of the full-text table."""
    source = passage.source
    db.execute(
        "INSERT INTO passage_words (rowid, text, title, show, speakers, heading) VALUES (?, ?, ?, ?, ?, ?)",
        (rowid, passage.text, source.title, source.show, ", ".join(passage.speakers), passage.heading),
    )


def _packed(sentence: Sentence, speakers: Sequence[str]) -> list[object]:
    speaker = speakers.index(sentence.speaker) if sentence.speaker else None
    return [
        sentence.start,
        sentence.end,
        speaker,
        sentence.start_s,
        sentence.end_s,
        int(sentence.approximate),
    ]


def passage_ids_of(db: sqlite3.Connection, source_id: str) -> list[str]:
    """The ids of a source's passages."""
    rows = db.execute("SELECT id FROM passages WHERE source_id = ?", (source_id,))
    return [passage_id for (passage_id,) in rows]


def delete_source(db: sqlite3.Connection, source_id: str) -> list[str]:
    """Delete a source's rows; gives the hashes of the vectors they used."""
    rows = db.execute("SELECT rowid, vector FROM passages WHERE source_id = ?", (source_id,)).fetchall()
    db.executemany("DELETE FROM passage_words WHERE rowid = ?", [(rowid,) for rowid, _ in rows])
    db.execute("DELETE FROM sources WHERE id = ?", (source_id,))
    return [vector for _, vector in rows]


def drop_unused(db: sqlite3.Connection, hashes: Iterable[str]) -> None:
    """Delete those of the vectors that no passage has."""
    db.executemany(
        "DELETE FROM vectors WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE vector = ?1)",
        [(key,) for key in hashes],
    )
