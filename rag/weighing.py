"""How much of a question a text covers: its stems weighed by how rare they are in the archive. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rag.models import Passage
from rag.words import stem, stems, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The question's stems with their weights, rare ones heavy."""

    weights: Mapping[str, float]

    @property
    def total(self) -> float:
        """What a text that has them all would score."""
        return sum(self.weights.values()) or 1.0

    def share(self, held: Collection[str]) -> float:
        """How much of the question these stems cover, from 0 to 1."""
        return sum(weight for word, weight in self.weights.items() if word in held) / self.total


def weigh(question: str, *, counts: Mapping[str, int], passages: int) -> Weighed:
    """Weights of the question's stems from how many passages hold each (Robertson and Spärck Jones idf)."""
    return Weighed(
        weights={
            term: math.log(1 + (passages - counts.get(term, 0) + 0.5) / (counts.get(term, 0) + 0.5))
            for term in dict.fromkeys(stems(question))
        }
    )


def stems_of(text: str) -> frozenset[str]:
    """The stems of all words of a text."""
    return frozenset(stem(word) for word in words(text))


def label_stems(passage: Passage) -> frozenset[str]:
    """The stems of what is said about a passage: title, heading, speakers."""
    labels = (passage.source.title, passage.heading or "", *passage.speakers)
    return frozenset(stem(word) for label in labels for word in words(label))
