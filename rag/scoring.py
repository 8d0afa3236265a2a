"""The second look: score the first passages again by their words and their sentences. Pure.

Four terms, added up: what fusion gave; the share of the question that the passage and its labels hold; the
share that it holds with its neighbours; and the cosine of its nearest sentence. Their weights were fitted by
`benchmarks/fit_scoring.py` and checked on the development questions (docs/explanation/search.md). A passage
with a figure of the sort that is asked for gets a little more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.fusion import Place
from rag.models import Closeness, Match, Passage
from rag.weighing import Weighed, label_stems, stems_of

_COVERED, _AROUND, _NEAREST = 3.6, 1.3, 2.7
_FIGURE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A question and what is known of the passages that may answer it.

    `passages` holds their neighbours too, `words` the stems of each; `closeness` is by passage id, that of
    its sentences, and `similarity` the cosine of the passage.
    """

    question: Weighed
    passages: Mapping[Place, Passage]
    closeness: Mapping[str, Closeness]
    similarity: Mapping[str, float]
    words: Mapping[Place, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Stem each passage once; it is looked at up to three times, as itself and as a neighbour."""
        stemmed = {place: stems_of(passage.text) for place, passage in self.passages.items()}
        object.__setattr__(self, "words", stemmed)

    def match(
        self, place: Place, fused: float, lexical: Mapping[str, int], dense: Mapping[str, int]
    ) -> Match:
        """The passage at a place with its score and its rank in each ranking."""
        passage = self.passages[place]
        own = self.words[place]
        source, at = place
        around = own.union(*(self.words.get((source, near), ()) for near in (at - 1, at + 1)))
        closeness = self.closeness.get(passage.id, ())
        nearest = max(closeness[0]) if closeness else self.similarity.get(passage.id, 0.0)
        return Match(
            passage=passage,
            score=fused
            + _COVERED * self.question.share(own | label_stems(passage))
            + _AROUND * self.question.share(around)
            + _NEAREST * nearest
            + _FIGURE * self.question.holds_figure(passage.text),
            lexical_rank=lexical.get(passage.id),
            dense_rank=dense.get(passage.id),
            similarity=self.similarity.get(passage.id),
            closeness=closeness,
        )
