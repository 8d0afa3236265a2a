"""Score passages by BM25 from the full-text table, and write the expressions of FTS5 that this takes."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

# Weights of the full-text columns.
_COLUMN_WEIGHTS = {"text": 1.0, "title": 0.6, "show": 0.2, "speakers": 0.6, "heading": 0.8}
_BM25 = f"-bm25(passage_words, {', '.join(map(str, _COLUMN_WEIGHTS.values()))})"
# Those of FTS5, and what it makes of a word that half of all passages hold.
_K1, _B, _LEAST = 1.2, 0.75, 1e-6
# Where each word stands, as rows: made for a connection, and of no room.
_INSTANCES = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.instances USING fts5vocab (main, passage_words, instance)"
)
_WEIGHT = " ".join(f"WHEN '{name}' THEN {weight}" for name, weight in _COLUMN_WEIGHTS.items())
_INSTANCES_OF = f"SELECT doc, CASE col {_WEIGHT} END FROM temp.instances WHERE term = ?"
_MATCHING = "SELECT rowid FROM passage_words WHERE passage_words MATCH ?"
_Places = NDArray[np.int64]
_Scored = tuple[_Places, NDArray[np.float64]]


def any_of(terms: Sequence[str]) -> str:
    """An expression that any passage with one of the terms matches."""
    return " OR ".join(map(phrase, terms))


def scored(db: sqlite3.Connection, expression: str, *, within: _Places | None = None) -> _Scored:
    """The rowids of the passages that match, in order, and their BM25 scores."""
    query = f"SELECT rowid, {_BM25} FROM passage_words WHERE passage_words MATCH ?"
    values: list[object] = [expression]
    if within is not None:
        # FTS5 keeps to the bounds. With the plus the rest is looked at row by row; SQLite would start the
        # search anew for each otherwise.
        query += " AND rowid BETWEEN ? AND ? AND +rowid IN (SELECT value FROM json_each(?))"
        values += [int(within[0]), int(within[-1]), json.dumps(within.tolist())]
    return _columns(db.execute(f"{query} ORDER BY rowid", values).fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of a question: as it is written, its stem, and how many passages hold that."""

    word: str
    stem: str
    count: int


def scored_by_rare(
    db: sqlite3.Connection,
    rare: Sequence[Term],
    common: Sequence[Term],
    *,
    rows: NDArray[np.bool_],
    lengths: NDArray[np.float64],
    k: int,
) -> _Scored:
    """The passages that hold a rare term and pass, with their BM25 scores over all terms.

    FTS5's own function looks up the length of each passage, and counts the passages of each term, at every
    question. So rare terms are added up here, and FTS5 is asked only for those passages that a common term
    beside them may bring among the first `k`.

    Args:
        db: a connection to the library.
        rare: the terms that choose.
        common: those that only add to the scores.
        rows: whether each passage passes, by rowid.
        lengths: of each passage by rowid, as a share of the mean; 0 where there is none.
        k: how many of the best are wanted; the scores of the others may lack what common terms add.
    """
    db.execute(_INSTANCES)
    passages = int(np.count_nonzero(lengths))
    held = [_instances(db, term) for term in rare]
    found = np.unique(np.concatenate([places for places, _ in held]))
    chosen = found[rows[found]]
    norms = _K1 * (1 - _B + _B * lengths[chosen])
    scores = np.zeros(len(chosen))
    for term, (places, weights) in zip(rare, held, strict=True):
        count = term.count or len(np.unique(places))
        scores += _idf(count, passages) * _saturated(chosen, places, weights, norms)
    if common and len(chosen):
        most = sum(_idf(term.count, passages) for term in common) * (_K1 + 1)
        least = np.partition(scores, -k)[-k] if len(scores) > k else 0.0
        near = chosen[scores + most >= least]
        both = f"({_any_of(rare)}) AND ({_any_of(common)})"
        places, whole = scored(db, both, within=near if len(near) < len(found) / 2 else None)
        at, there = _found(chosen, places)
        scores[at] = whole[there]
    return chosen, scores


def _any_of(terms: Sequence[Term]) -> str:
    return any_of([term.word for term in terms])


def _saturated(
    chosen: _Places, places: _Places, weights: NDArray[np.float64], norms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What one term adds to each chosen passage: how often it is said there, less and less each time."""
    at, there = _found(chosen, places)
    often = np.bincount(at, weights=weights[there], minlength=len(chosen))
    saturated: NDArray[np.float64] = often * (_K1 + 1) / (often + norms)
    return saturated


def _found(chosen: _Places, places: _Places) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where among the chosen those of the places are that are among them; and which of them are."""
    if not len(chosen):
        return np.zeros(0, np.int64), np.zeros(len(places), np.bool_)
    at = np.minimum(np.searchsorted(chosen, places), len(chosen) - 1)
    there = chosen[at] == places
    return at[there], there


def _idf(count: int, passages: int) -> float:
    return max(math.log((passages - count + 0.5) / (count + 0.5)), _LEAST)


def _instances(db: sqlite3.Connection, term: Term) -> _Scored:
    """Where a term is said: passages, one for each time, and the weight of the column."""
    if term.count:
        return _columns(db.execute(_INSTANCES_OF, (term.stem,)).fetchall())
    # FTS5 may take it apart, or stem it, in another way.
    return _columns([(row, 1.0) for (row,) in db.execute(_MATCHING, (phrase(term.word),))])


def _columns(rows: Sequence[tuple[int, float]]) -> _Scored:
    # A rowid is exact as a float, and flat numbers are read in a quarter of the time.
    flat = np.fromiter(chain.from_iterable(rows), np.float64, 2 * len(rows)).reshape(-1, 2)
    return flat[:, 0].astype(np.int64), flat[:, 1]


def lengths_of(db: sqlite3.Connection) -> NDArray[np.float64]:
    """The length of each passage in words by rowid, as a share of the mean; 0 where there is none."""
    rows = db.execute("SELECT id, sz FROM passage_words_docsize").fetchall()
    if not rows:
        return np.zeros(1)
    # A number a column, of seven bits a byte, high ones first; the last byte of each is below 128.
    every = np.frombuffer(b"".join(sizes for _, sizes in rows), np.uint8)
    ends = np.flatnonzero(every < 128)
    order = np.arange(len(every))
    parts = (every & 127) * 128.0 ** (ends[np.searchsorted(ends, order)] - order)
    of = np.repeat([row for row, _ in rows], [len(sizes) for _, sizes in rows])
    words = np.bincount(of, weights=parts)
    lengths: NDArray[np.float64] = words / (words.sum() / len(rows))
    return lengths


def phrase(word: str) -> str:
    """A word as an FTS5 query that means it and nothing else."""
    return '"' + word.replace('"', '""') + '"'
