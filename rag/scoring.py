"""The second look: score the first passages again by their words and their sentences. Pure.

Four terms, added up: what fusion gave; the share of the question that the passage and its labels hold; the
share that it holds with its neighbours; and the cosine of its nearest sentence. `benchmarks/fit_scoring.py`
fits their weights; those in use lean more on the second and the last, which quotes the right words more often
(docs/explanation/search.md). A passage with a figure of the sort that is asked for gets a little more, and so
does one of the time, or of the kind of source, that the question speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import mul

from rag.fusion import Place
from rag.models import Closeness, Match, Passage
from rag.weighing import Weighed, label_stems

WEIGHTS = (1.0, 3.0, 0.6, 3.2)
_FIGURE = 0.4
_SPOKEN_OF = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A question, the first passages for it with their fused scores, and what is known of them.

    `passages` holds their neighbours too, `words` the stems of the question in each; `closeness` is by
    passage id, that of its sentences, and `similarity` the cosine of the passage.
    """

    question: Weighed
    fused: Mapping[Place, float]
    passages: Mapping[Place, Passage]
    closeness: Mapping[str, Closeness]
    similarity: Mapping[str, float]
    lexical_ranks: Mapping[str, int]
    dense_ranks: Mapping[str, int]
    words: Mapping[Place, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Read each passage once; it is looked at up to three times, as itself and as a neighbour."""
        held = {place: self.question.held_in(passage.text) for place, passage in self.passages.items()}
        object.__setattr__(self, "words", held)

    def matches(self) -> list[Match]:
        """The passages with their scores."""
        return [self._match(place) for place in self.fused]

    def terms(self, place: Place) -> tuple[float, float, float, float]:
        """What is weighed: fused score, share held with labels, share held around, nearest cosine."""
        passage, own = self.passages[place], self.words[place]
        source, at = place
        around = own.union(*(self.words.get((source, near), ()) for near in (at - 1, at + 1)))
        closeness = self.closeness.get(passage.id)
        return (
            self.fused[place],
            self.question.share(own | label_stems(passage)),
            self.question.share(around),
            max(closeness[0]) if closeness else self.similarity.get(passage.id, 0.0),
        )

    def _match(self, place: Place) -> Match:
        passage = self.passages[place]
        more = _FIGURE * self.question.holds_figure(passage.text)
        more += _SPOKEN_OF * (
            self.question.of_its_time(passage) + (passage.source.kind in self.question.kinds)
        )
        return Match(
            passage=passage,
            score=sum(map(mul, WEIGHTS, self.terms(place))) + more,
            lexical_rank=self.lexical_ranks.get(passage.id),
            dense_rank=self.dense_ranks.get(passage.id),
            similarity=self.similarity.get(passage.id),
            closeness=self.closeness.get(passage.id, ()),
        )
