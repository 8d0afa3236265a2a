"""Decide whether what was found is good enough to answer with. Pure.

Being near a question is not answering it: near misses are as near as answers. What an answer does is to be
near and to hold the question's words in one and the same passage. That and the names that passages hold are
weighed; the weights were fitted by `benchmarks/fit_refusing.py` on other questions than the development ones.
Beside that, a question that wants a price, a ratio, a release, a name or a place is not answered by passages
without one, and one that quotes a sentence is not answered where nothing like that sentence stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from rag.asking import Wanted, quotations
from rag.evidence import most_together
from rag.models import Evidence, Found, Match, Status
from rag.weighing import Weighed, label_stems

# Cosines of MiniLM between a question and its nearest passage. Questions about something else altogether stay
# under the second; so do a few real ones that are all names, which is why words can outvote it.
_ELSEWHERE, _FAR = 0.30, 0.37
# So many of the question's words in one stretch are no accident.
_NO_ACCIDENT = 3
# A question of one or two words cannot have as many; one passage that holds all of it is no accident either.
_HELD_WHOLE, _HALF = 0.95, 0.5
# A part has fewer words than a question and leans on the others: it is left open below half the line.
_OF_A_PART = 0.5
# Of how many passages the signs are read.
_LOOKED_AT = 40
# Logistic weights: intercept, together, whether any name is held.
_WEIGHTS = (-3.65, 2.26, 1.32)
# How far behind is too far, times the strictness. At the default of 0.5 this and the line of confidence
# refuse some 3 % of the development questions that have an answer.
_SHORT = 0.15
# Who quotes from memory has some words wrong, but most of them right.
_MOST = 2 / 3
# Words tell these apart well enough to refuse over them; a count or a date stands in nearly every passage.
_TOLD_BY_WORDS = frozenset({Wanted.MONEY, Wanted.RATIO, Wanted.NUMBERED, Wanted.NAME, Wanted.PLACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for an answer, each the best over the passages.

    `covered` and `named` are the shares of the question and of its names that a passage holds, from 0 to 1;
    `together` is the first of these and the cosine of the nearest sentence of the same passage, added up.
    `short` is how far the best passage that holds the sort of thing asked for stays behind the best one;
    `strange` are the figures and names of the question that occur nowhere; `quoted` is the share held of
    what the question quotes at length, 1 when it quotes nothing.
    """

    together: float
    covered: float
    named: float
    short: float
    strange: tuple[str, ...]
    quoted: float


@dataclass(frozen=True, slots=True)
class _Passage:
    near: float
    covered: float
    named: float
    holds: bool

    @property
    def together(self) -> float:
        return self.near + self.covered

    @property
    def score(self) -> float:
        return 1.5 * self.near + self.covered + self.named


def decide(
    question: Weighed,
    found: Sequence[Found],
    evidence: Sequence[Evidence],
    *,
    seen: Signs,
    strictness: float,
) -> Status:
    """`answered`, or why not. `strictness` from 0 (nearly always answer) to 1 moves along the curve."""
    if not evidence:
        return Status.NOT_COVERED
    similarity = max((hit.similarity or 0.0 for hit in found), default=0.0)
    far = similarity < _FAR + (strictness - 0.5) / 5
    if far and most_together(question, evidence) < _NO_ACCIDENT and seen.covered < _HELD_WHOLE:
        # What its names are said of is not outside the archive, however little of it is answered.
        elsewhere = similarity < _ELSEWHERE and not (question.names and seen.named >= _HALF)
        return Status.OFF_TOPIC if elsewhere else Status.NOT_COVERED
    return Status.NOT_COVERED if doubtful(seen, strictness=strictness) else Status.ANSWERED


def doubtful(seen: Signs, *, strictness: float, part: bool = False) -> bool:
    """Whether the signs speak against an answer, however near what was found is; to a part, for certain."""
    lowest = line(strictness) * (_OF_A_PART if part else 1)
    unsure = confidence(seen) < lowest or seen.short * strictness > _SHORT
    return unsure or bool((seen.strange or seen.quoted < _MOST) and strictness > 0)


def line(strictness: float) -> float:
    """The confidence from which on a question is answered."""
    return 0.4 * math.cbrt(strictness)


def signs(question: Weighed, found: Sequence[Found]) -> Signs:
    """What the best forty passages say about whether there is an answer."""
    matches = sorted((match for hit in found for match in hit.matches), key=lambda match: -match.score)
    seen = [_read(question, match) for match in matches[:_LOOKED_AT]]
    holding = (passage.score for passage in seen if passage.holds)
    return Signs(
        together=max((passage.together for passage in seen), default=0.0),
        covered=max((passage.covered for passage in seen), default=0.0),
        named=max((passage.named for passage in seen), default=0.0),
        strange=question.strange,
        short=max((passage.score for passage in seen), default=0.0) - max(holding, default=0.0),
        quoted=min((_held(question, quote, found) for quote in quotations(question.text)), default=1.0),
    )


def confidence(seen: Signs) -> float:
    """How likely the archive answers, from 0 to 1."""
    intercept, *weights = _WEIGHTS
    return 1 / (1 + math.exp(-intercept - sum(map(mul, weights, weighable(seen)))))


def weighable(seen: Signs) -> tuple[float, float]:
    """The signs that weights are fitted to. Who speaks is often named in part, or in no words of the text."""
    return seen.together, float(seen.named > 0)


def _held(question: Weighed, quote: str, found: Sequence[Found]) -> float:
    """How much of a quotation one stretch holds, from 0 to 1: it may run over a passage's end."""
    quoted = question.of(quote)
    stretches = (
        frozenset[str]().union(
            *(quoted.held_in(match.passage.text) | label_stems(match.passage) for match in hit.matches)
        )
        for hit in found
    )
    return max(map(quoted.share, stretches), default=0.0)


def _read(question: Weighed, match: Match) -> _Passage:
    held = question.held_in(match.passage.text) | label_stems(match.passage)
    return _Passage(
        near=max(match.closeness[0]) if match.closeness else match.similarity or 0.0,
        covered=question.share(held),
        named=question.share_of_names(held),
        holds=question.wanted not in _TOLD_BY_WORDS or question.holds_wanted(match.passage.text),
    )
