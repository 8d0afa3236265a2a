"""Choose the sentences that answer, not the passages around them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.models import Evidence, Found, Passage, Sentence
from rag.words import stem, stems, words

# Beside the words of a stretch, which weigh at most 1: the passage it stands in, as search sees it; what the
# labels hold, since speakers do not name themselves; and what a question is worth as an answer to one.
_PASSAGE_WEIGHT = 1.0
_LABEL_WEIGHT = 0.4
_ASKS_COST = 0.3
# A quote that runs over a paragraph's end reads as two.
_BREAK_COST = 0.1
# Each further sentence must bring this much of the question to be worth reading.
_SENTENCE_COST = 0.02
_MOST_SENTENCES = 3
# Of how many passages the best stretch is looked at.
_MOST_PASSAGES = 16
# A stretch that scores less than this share of the best one is left out.
_NEAR_BEST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The question's stems with their weights, rare ones heavy."""

    weights: Mapping[str, float]

    @property
    def total(self) -> float:
        """What a text that has them all would score."""
        return sum(self.weights.values()) or 1.0

    def share(self, held: set[str]) -> float:
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


def choose(question: Weighed, found: Sequence[Found], *, most: int) -> list[Evidence]:
    """At most `most` stretches of up to three sentences, best first, none inside another.

    Every stretch stays within one passage and one speaker's words.
    """
    top = max((hit.score for hit in found), default=0.0) or 1.0
    candidates = [
        evidence
        for hit in found[:_MOST_PASSAGES]
        if (evidence := _best_of(question, hit, prior=_PASSAGE_WEIGHT * hit.score / top))
    ]
    best = sorted(candidates, key=lambda evidence: -evidence.score)
    chosen: list[Evidence] = []
    for evidence in best:
        if len(chosen) == most or evidence.score < _NEAR_BEST * best[0].score:
            break
        if not any(_same_words(evidence, other) for other in chosen):
            chosen.append(evidence)
    return chosen


def coverage(question: Weighed, evidence: Sequence[Evidence]) -> float:
    """How much of the question the evidence and its labels hold between them, from 0 to 1."""
    held = {term for item in evidence for term in _stems_of(item.quote) | _label_stems(item.passage)}
    return question.share(held)


def most_together(question: Weighed, evidence: Sequence[Evidence]) -> int:
    """How many of the question's words the best stretch holds, with its labels."""
    return max(
        (
            len(question.weights.keys() & (_stems_of(item.quote) | _label_stems(item.passage)))
            for item in evidence
        ),
        default=0,
    )


def _best_of(question: Weighed, hit: Found, *, prior: float) -> Evidence | None:
    """The passage's best stretch; None when it has no sentences."""
    passage = hit.passage
    labels = _label_stems(passage)
    worth = [(_worth(question, passage, stretch, labels), stretch) for stretch in _stretches(passage)]
    if not worth:
        return None
    best, stretch = max(worth, key=lambda candidate: candidate[0])
    return _evidence(passage, stretch, prior + best)


def _worth(question: Weighed, passage: Passage, stretch: Sequence[Sentence], labels: set[str]) -> float:
    text = passage.source.text
    texts = [text[sentence.start : sentence.end] for sentence in stretch]
    broken = "\n\n" in text[stretch[0].start : stretch[-1].end]
    held = _stems_of(" ".join(texts))
    asks = sum(text.endswith("?") for text in texts) / len(texts)
    return (
        question.share(held)
        + _LABEL_WEIGHT * question.share(labels - held)
        - _ASKS_COST * asks
        - _BREAK_COST * broken
        - _SENTENCE_COST * (len(stretch) - 1)
    )


def _stretches(passage: Passage) -> Iterator[Sequence[Sentence]]:
    sentences = passage.sentences
    for start in range(len(sentences)):
        for end in range(start + 1, min(start + _MOST_SENTENCES, len(sentences)) + 1):
            stretch = sentences[start:end]
            if stretch[-1].speaker != stretch[0].speaker:
                break
            yield stretch


def _evidence(passage: Passage, stretch: Sequence[Sentence], score: float) -> Evidence:
    return Evidence(
        passage=passage,
        start=stretch[0].start,
        end=stretch[-1].end,
        score=score,
        speaker=stretch[0].speaker,
        start_s=stretch[0].start_s,
        end_s=stretch[-1].end_s,
        approximate=stretch[0].approximate,
    )


def _same_words(one: Evidence, other: Evidence) -> bool:
    overlaps = (
        one.passage.source.id == other.passage.source.id and one.start < other.end and other.start < one.end
    )
    return overlaps or one.quote == other.quote


def _stems_of(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def _label_stems(passage: Passage) -> set[str]:
    labels = (passage.source.title, passage.heading or "", *passage.speakers)
    return {stem(word) for label in labels for word in words(label)}
