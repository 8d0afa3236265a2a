"""The library's tables, as numbered migrations. A released migration is never edited; add the next one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from rag.errors import ArchiveMismatch


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a library to the newest schema; raises `ArchiveMismatch` when it is newer than this program."""
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise ArchiveMismatch(
            f"the archive has schema {version}, this Earmark knows {len(MIGRATIONS)}; upgrade Earmark"
        )
    if version == len(MIGRATIONS):
        return
    # A table that others point to cannot be replaced while their pointers are checked.
    (checked,) = connection.execute("PRAGMA foreign_keys").fetchone()
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                # Another process may have done it while this one waited for its turn.
                if _version(connection) < number:
                    migration(connection)
                    connection.execute(f"PRAGMA user_version = {number}")
    finally:
        connection.execute(f"PRAGMA foreign_keys = {checked}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def m001_first(connection: sqlite3.Connection) -> None:
    """Sources, passages, vectors and the full-text table."""
    for statement in _M001.split(";\n"):
        connection.execute(statement)


def m002_texts_apart(connection: sqlite3.Connection) -> None:
    """Text in a table of its own, so that listing sources reads none of it; and its length in code points."""
    # SQLite's own length() ends at a NUL.
    connection.create_function("code_points", 1, len, deterministic=True)
    for statement in _M002.split(";\n"):
        connection.execute(statement)


def m003_sentence_vectors(connection: sqlite3.Connection) -> None:
    """The vectors of a passage's sentences beside its own, as rows of int8; empty until it is read again."""
    connection.execute("ALTER TABLE vectors ADD COLUMN sentences BLOB NOT NULL DEFAULT x''")


def m004_subscriptions(connection: sqlite3.Connection) -> None:
    """What is kept in step, what it listed at the last look, and by which names a source is known."""
    for statement in _M004.split(";\n"):
        connection.execute(statement)


def m005_season_and_number(connection: sqlite3.Connection) -> None:
    """An episode's place in its show; unknown until it is read again."""
    for name in ("season", "number"):
        connection.execute(f"ALTER TABLE sources ADD COLUMN {name} INTEGER")


def m006_audiences(connection: sqlite3.Connection) -> None:
    """Who a source is for. The generation goes up, so that the index learns it from stored vectors."""
    connection.execute("ALTER TABLE sources ADD COLUMN audience TEXT NOT NULL DEFAULT 'public'")
    connection.execute("CREATE INDEX sources_audience ON sources (audience)")
    connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")


def m007_vectors_in_rows(connection: sqlite3.Connection) -> None:
    """Vectors as rows in the order of their passages: in a tree of keys each took a page for every step."""
    for statement in _M007.split(";\n"):
        connection.execute(statement)


def m008_ai_written(connection: sqlite3.Connection) -> None:
    """Which sources hold AI-written passages, without reading the passages: a list of sources says it."""
    connection.execute("CREATE INDEX passages_ai_written ON passages (source_id) WHERE ai_written = 1")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_first,
    m002_texts_apart,
    m003_sentence_vectors,
    m004_subscriptions,
    m005_season_and_number,
    m006_audiences,
    m007_vectors_in_rows,
    m008_ai_written,
)

_M001 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    location TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    title TEXT NOT NULL,
    show TEXT,
    people TEXT NOT NULL,
    published TEXT,
    url TEXT,
    audio_url TEXT,
    language TEXT,
    seconds REAL,
    text TEXT NOT NULL,
    added REAL NOT NULL
);
CREATE INDEX sources_location ON sources (location);
CREATE INDEX sources_fingerprint ON sources (fingerprint);
CREATE TABLE passages (
    rowid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    start_s REAL,
    end_s REAL,
    approximate INTEGER NOT NULL,
    heading TEXT,
    advert INTEGER NOT NULL,
    ai_written INTEGER NOT NULL,
    page INTEGER,
    speakers TEXT NOT NULL,
    sentences TEXT NOT NULL,
    vector TEXT NOT NULL REFERENCES vectors (hash)
);
CREATE INDEX passages_source ON passages (source_id, ordinal);
CREATE INDEX passages_vector ON passages (vector);
CREATE TABLE speakers (
    name TEXT NOT NULL,
    passage INTEGER NOT NULL REFERENCES passages (rowid) ON DELETE CASCADE,
    PRIMARY KEY (name, passage)
) WITHOUT ROWID;
CREATE INDEX speakers_passage ON speakers (passage);
CREATE TABLE vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE passage_words USING fts5 (
    text, title, show, speakers, heading, tokenize = "porter unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE word_counts USING fts5vocab (passage_words, row)
"""

# As it stands after all migrations, to make it anew when it is damaged.
WORDS = """
CREATE VIRTUAL TABLE passage_words USING fts5 (
    text, title, show, speakers, heading, tokenize = "porter unicode61 remove_diacritics 2"
)
"""

_M002 = """
CREATE TABLE texts (
    source_id TEXT PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE, text TEXT NOT NULL
);
INSERT INTO texts SELECT id, text FROM sources;
ALTER TABLE sources ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
UPDATE sources SET characters = code_points(text);
ALTER TABLE sources DROP COLUMN text
"""

_M007 = """
CREATE TABLE vectors_in_rows (
    hash TEXT NOT NULL UNIQUE, vector BLOB NOT NULL, sentences BLOB NOT NULL DEFAULT x''
);
INSERT INTO vectors_in_rows (hash, vector, sentences)
    SELECT hash, v.vector, v.sentences FROM vectors v
    LEFT JOIN (SELECT vector, min(rowid) AS first FROM passages GROUP BY vector) p ON p.vector = hash
    ORDER BY first;
DROP TABLE vectors;
ALTER TABLE vectors_in_rows RENAME TO vectors;
CREATE INDEX passages_advert ON passages (advert) WHERE advert = 1
"""

# No word of a source is kept here: what is removed from `sources` must be gone from the file.
_M004 = """
CREATE TABLE subscriptions (
    location TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    options TEXT NOT NULL,
    etag TEXT,
    modified TEXT,
    wait_until REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE listed (
    subscription TEXT NOT NULL REFERENCES subscriptions (location) ON DELETE CASCADE,
    key TEXT NOT NULL,
    source_id TEXT NOT NULL,
    moment REAL,
    digest TEXT NOT NULL,
    parts TEXT NOT NULL,
    missed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription, key)
) WITHOUT ROWID;
CREATE INDEX listed_source ON listed (source_id);
CREATE TABLE identities (
    key TEXT PRIMARY KEY, source_id TEXT NOT NULL, by_feed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX identities_source ON identities (source_id)
"""
