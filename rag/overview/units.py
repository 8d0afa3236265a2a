"""A source's sentences with what is known of each: place, vector, how well it stands, its weight. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.models import Evidence, Passage, Sentence
from rag.overview.standing import is_advert, standing
from rag.overview.terms import subjects
from rag.words import STOP_WORDS, stem, words

Floats = NDArray[np.float32]
_BLOCK = 512
# A source in so many stretches of the same length: what is said in many of them is what it is about.
_PARTS = 10
# What a word that is neither noun nor name weighs of one that is.
_NO_SUBJECT = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One sentence of a passage. `stems` are those of its content words, `standing` is from 0 to 1."""

    passage: Passage
    sentence: Sentence
    text: str
    stems: frozenset[str]
    standing: float


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """All sentences of a source but its adverts, in order, with their unit vectors (sentences x d)."""

    all: tuple[Unit, ...]
    vectors: Floats

    def __len__(self) -> int:
        return len(self.all)

    def central(self, places: Sequence[int]) -> Floats:
        """How much each of these sentences has in common with the others, from 0 to 1 (LexRank's degree)."""
        rows = self.vectors[list(places)]
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        mean = np.zeros(len(rows), dtype=np.float32)
        line = _typical(rows)
        for start in range(0, len(rows), _BLOCK):  # a day of talk has 20,000 sentences
            near = rows[start : start + _BLOCK] @ rows.T
            mean[start : start + _BLOCK] = np.maximum(near - line, 0).mean(axis=1)
        return scaled(mean)

    def weight(self, places: Sequence[int], weights: Mapping[str, float]) -> Floats:
        """How much of what the source is about each sentence holds, from 0 to 1."""
        sums = [
            sum(weights.get(term, 0.0) for term in self.all[place].stems)
            / max(9.0, float(len(self.all[place].stems))) ** 0.7
            for place in places
        ]
        return scaled(np.asarray(sums, dtype=np.float32))


def units_of(passages: Sequence[Passage], vectors: Mapping[str, Floats]) -> Units:
    """The sentences of a source's passages.

    Args:
        passages: in order.
        vectors: by passage id, a row for each of its sentences; where they are missing, one for all of them.
    """
    found: list[Unit] = []
    rows: list[Floats] = []
    width = next((held.shape[-1] for held in vectors.values()), 1)
    for passage in passages:
        if passage.advert or is_advert(passage.text):
            continue
        held = vectors.get(passage.id)
        for number, sentence in enumerate(passage.sentences):
            text = passage.source.text[sentence.start : sentence.end]
            row = np.zeros(width, dtype=np.float32)
            if held is not None and held.ndim == 2 and number < len(held):
                row = held[number]
            elif held is not None and held.ndim == 1:
                row = held
            rows.append((row / max(float(np.linalg.norm(row)), 1e-9)).astype(np.float32))
            roots = frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)
            found.append(Unit(passage, sentence, text, roots, standing(text)))
    matrix = np.asarray(rows, dtype=np.float32).reshape(len(found), -1) if found else np.zeros((0, width))
    return Units(tuple(found), matrix.astype(np.float32))


def weights_of(units: Units, rarity: Callable[[str], float]) -> dict[str, float]:
    """What each stem weighs: how often and in how much of it this source says it, and how seldom the archive.

    A joke that fills three minutes is said often, but in one place; "think" and "basically" everywhere, and
    nothing is about them.
    """
    count: dict[str, int] = {}
    parts: dict[str, set[int]] = {}
    for place, unit in enumerate(units.all):
        for term in unit.stems:
            count[term] = count.get(term, 0) + 1
            parts.setdefault(term, set()).add(place * _PARTS // len(units))
    told = subjects(unit.text for unit in units.all)
    # What is said once may be a slip of the tongue, or of who wrote it down.
    return {
        term: (n * len(parts[term]) / _PARTS) ** 0.5 * rarity(term) * (1.0 if term in told else _NO_SUBJECT)
        for term, n in count.items()
        if n > 1
    }


def evidence_of(units: Sequence[Unit], *, score: float = 1.0) -> Evidence:
    """A run of sentences of one passage and one speaker, as evidence."""
    return Evidence.of(units[0].passage, *(unit.sentence for unit in units), score=score)


def runs_together(units: Units, first: int, last: int) -> bool:
    """Whether two neighbouring sentences are one speaker's, in one paragraph of one passage."""
    one, other = units.all[first], units.all[last]
    between = one.passage.source.text[one.sentence.end : other.sentence.start]
    return (
        one.passage.id == other.passage.id
        and one.sentence.speaker == other.sentence.speaker
        and "\n" not in between
    )


def scaled(values: Floats) -> Floats:
    """The values as shares of nearly the largest, at most 1: one odd sentence shall not press all down.

    >>> scaled(np.asarray([0, 1, 2], dtype=np.float32)).tolist()
    [0.0, 0.5, 1.0]
    """
    if not len(values):
        return values
    top = float(np.quantile(values, 0.98, method="higher"))
    return np.clip(values / top, 0, 1).astype(np.float32) if top > 0 else np.zeros_like(values)


def _typical(rows: Floats) -> float:
    """A cosine that two sentences of the source have for no reason."""
    sample = rows[:: max(1, len(rows) // 200)]
    near = sample @ sample.T
    return float(np.quantile(near, 0.6)) if near.size else 0.0


def neighbours(units: Units) -> Iterator[tuple[int, int]]:
    """The first place of each passage and the place after its last, in order."""
    start = 0
    for place in range(1, len(units) + 1):
        if place == len(units) or units.all[place].passage.id != units.all[start].passage.id:
            yield start, place
            start = place
