"""All that an archive holds, in a form in which two archives can be compared."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.index import Index

_TABLES = {
    "sources": "SELECT id, kind, origin, fingerprint, title, show, people, published, url, audio_url,"
    " language, seconds, season, number, characters, text FROM sources JOIN texts ON source_id = id",
    "passages": "SELECT id, source_id, ordinal, start, end, start_s, end_s, approximate, heading, advert,"
    " ai_written, page, speakers, sentences, vector FROM passages",
    "speakers": "SELECT name, id FROM speakers JOIN passages p ON p.rowid = passage",
    "vectors": "SELECT hash, hex(vector) FROM vectors",
    "words": "SELECT p.id, w.text, w.title, w.show, w.speakers, w.heading FROM passage_words w"
    " LEFT JOIN passages p ON p.rowid = w.rowid",
    "followed": "SELECT location, origin, options, etag, modified FROM subscriptions",
    "listed": "SELECT subscription, key, source_id, moment, digest, parts, missed FROM listed",
    "names": "SELECT key, source_id, by_feed FROM identities",
    "terms": "SELECT term, doc, cnt FROM word_counts",
}


def contents(home: Path) -> dict[str, Any]:
    """Library, full-text table and index of a closed archive, sorted; fails when the library is not sound."""
    with closing(sqlite3.connect(home / "library.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO passage_words (passage_words) VALUES ('integrity-check')")
        held: dict[str, Any] = {name: sorted(map(repr, db.execute(sql))) for name, sql in _TABLES.items()}
    index = Index(home / "chroma")
    try:
        got = index._collection.get(include=["documents", "metadatas"])
        # An index may be read back in any order; a vector is known by its mark.
        assert got["documents"] is not None and got["metadatas"] is not None
        rows = zip(got["ids"], got["documents"], got["metadatas"], strict=True)
        held["index"] = sorted(
            (id_, text, json.dumps(metadata, sort_keys=True)) for id_, text, metadata in rows
        )
    finally:
        index.close()
    return held
