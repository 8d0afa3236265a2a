"""Ask the full-text table: expressions of FTS5, and passages scored by BM25."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Weights of the full-text columns: text, title, show, speakers, heading.
_COLUMN_WEIGHTS = (1.0, 0.6, 0.2, 0.6, 0.8)
_BM25 = f"-bm25(passage_words, {', '.join(map(str, _COLUMN_WEIGHTS))})"
_Scored = tuple[NDArray[np.int64], NDArray[np.float64]]


def any_of(terms: Sequence[str]) -> str:
    """An expression that any passage with one of the terms matches."""
    return " OR ".join(map(phrase, terms))


def scored(db: sqlite3.Connection, expression: str, *, within: NDArray[np.int64] | None = None) -> _Scored:
    """The rowids of the passages that match, in order, and their BM25 scores."""
    query = f"SELECT rowid, {_BM25} FROM passage_words WHERE passage_words MATCH ?"
    values: list[object] = [expression]
    if within is not None:
        # With the plus it is looked at row by row; SQLite would start the search anew for each otherwise.
        query += " AND +rowid IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(within.tolist()))
    rows = db.execute(f"{query} ORDER BY rowid", values).fetchall()
    places = np.fromiter((row for row, _ in rows), np.int64, len(rows))
    return places, np.fromiter((score for _, score in rows), np.float64, len(rows))


def scored_by_rare(db: sqlite3.Connection, rare: Sequence[str], common: Sequence[str]) -> _Scored:
    """The passages that hold a rare term, with their BM25 scores over all terms.

    FTS5 scores every term of an expression, and the rare ones stand in this one twice: to choose, and beside
    the common ones, which choose nothing. What they are worth once is taken off again.
    """
    places, twice = scored(db, f"({any_of(rare)}) AND ({any_of([*rare, *common])})")
    _, once = scored(db, any_of(rare))
    return places, twice - once


def phrase(word: str) -> str:
    """A word as an FTS5 query that means it and nothing else."""
    return '"' + word.replace('"', '""') + '"'
