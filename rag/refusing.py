"""Decide whether what was found is good enough to answer with. Pure.

Being near a question is not answering it: near misses are as near as answers. Three signs are weighed: how
near the nearest sentence is, how much of the question one passage holds, and how much of the names in it. The
weights were fitted by `benchmarks/fit_refusing.py` on other questions than the development ones. Beside that,
a question that wants a price, a ratio, a release, a name or a place is not answered by passages without one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asking import Wanted
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
# Of how many passages the signs are read.
_LOOKED_AT = 40
# Logistic weights: intercept, near, covered, named.
_WEIGHTS = (-3.27, 0.84, 1.50, 2.53)
# How far behind is too far, times the strictness. At the default of 0.5 this and the line of confidence
# refuse some 2 % of the development questions that have an answer.
_SHORT = 0.15
# Words tell these apart well enough to refuse over them; a count or a date stands in nearly every passage.
_TOLD_BY_WORDS = frozenset({Wanted.MONEY, Wanted.RATIO, Wanted.NUMBERED, Wanted.NAME, Wanted.PLACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for an answer, each the best over the passages: a cosine, and shares from 0 to 1.

    `short` is how far the best passage that holds the sort of thing asked for stays behind the best one;
    `strange` are the figures and names of the question that occur nowhere.
    """

    near: float
    covered: float
    named: float
    short: float
    strange: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Passage:
    near: float
    covered: float
    named: float
    holds: bool

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


def doubtful(seen: Signs, *, strictness: float) -> bool:
    """Whether the signs speak against an answer, however near what was found is."""
    unsure = confidence(seen) < line(strictness) or seen.short * strictness > _SHORT
    return unsure or bool(seen.strange and strictness > 0)


def line(strictness: float) -> float:
    """The confidence from which on a question is answered."""
    return 0.7 * strictness**2


def signs(question: Weighed, found: Sequence[Found]) -> Signs:
    """What the best forty passages say about whether there is an answer."""
    matches = sorted((match for hit in found for match in hit.matches), key=lambda match: -match.score)
    seen = [_read(question, match) for match in matches[:_LOOKED_AT]]
    holding = (passage.score for passage in seen if passage.holds)
    return Signs(
        near=max((passage.near for passage in seen), default=0.0),
        covered=max((passage.covered for passage in seen), default=0.0),
        named=max((passage.named for passage in seen), default=0.0),
        strange=question.strange,
        short=max((passage.score for passage in seen), default=0.0) - max(holding, default=0.0),
    )


def confidence(seen: Signs) -> float:
    """How likely the archive answers, from 0 to 1, by the three signs."""
    intercept, near, covered, named = _WEIGHTS
    weighed = intercept + near * seen.near + covered * seen.covered + named * seen.named
    return 1 / (1 + math.exp(-weighed))


def _read(question: Weighed, match: Match) -> _Passage:
    held = question.held_in(match.passage.text) | label_stems(match.passage)
    return _Passage(
        near=max(match.closeness[0]) if match.closeness else match.similarity or 0.0,
        covered=question.share(held),
        named=question.share_of_names(held),
        holds=question.wanted not in _TOLD_BY_WORDS or question.holds_wanted(match.passage.text),
    )
