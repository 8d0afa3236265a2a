"""Judge whether words carry a claim. Pure: no key, no model but an embedder where one is given.

A first judge: how much of the claim the words hold, which of its figures and names they lack, and how near
the nearest sentence is. Its error is measured on WiCE by `benchmarks/wice.py`; it is no proof.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from rag.ports import Embeds
from rag.sentences import sentence_spans
from rag.words import stems, words

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[\w,;)] )[A-Z]\w[\w'’-]*")


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for support: shares from 0 to 1, and counts of what is lacking."""

    covered: float  # of the claim's words, in all of the evidence
    covered_by_one: float  # in the best single sentence of it
    figures_lacking: int
    names_lacking: int
    nearest: float | None  # cosine to the nearest sentence; None without an embedder


# Logistic weights fitted on WiCE dev (`benchmarks/wice.py --fit`): intercept, then the signs in order.
_WITH_MEANING = (-4.434, 2.605, 1.484, -1.081, -0.466, 2.579)
_WITHOUT = (-3.175, 2.916, 1.797, -1.050, -0.463)


class Judge:
    """Says how likely evidence is to carry a claim, from 0 to 1; 0.5 is the line between yes and no.

    Every word counts the same: with rare ones heavier, the judge is no better on WiCE.

    >>> judge = Judge()
    >>> judge.support("Chips are scarce", "As she said, chips are scarce now.")
    1.0
    >>> yes = judge.support("The cap is 60 units.", "For now the cap has been set at 60 units.")
    >>> no = judge.support("The cap is 90 units.", "For now the cap has been set at 60 units.")
    >>> yes > 0.5 > no
    True
    """

    def __init__(self, *, embedder: Embeds | None = None) -> None:
        self._embedder = embedder

    def support(self, claim: str, evidence: str) -> float:
        """How likely the evidence carries all of the claim; 1 when it holds the claim word for word."""
        if not words(claim) or not words(evidence):
            return 0.0
        if f" {' '.join(words(claim))} " in f" {' '.join(words(evidence))} ":
            return 1.0
        return likelihood(self.signs(claim, evidence))

    def signs(self, claim: str, evidence: str) -> Signs:
        """What the judgement rests on."""
        sentences = [evidence[start:end] for start, end in sentence_spans(evidence)]
        held = [set(stems(sentence)) for sentence in sentences]
        wanted = set(stems(claim))
        every = set().union(*held)
        return Signs(
            covered=_share(wanted, every),
            covered_by_one=max((_share(wanted, some) for some in held), default=0.0),
            figures_lacking=len(figures(claim) - figures(evidence)),
            names_lacking=len(names(claim) - every),
            nearest=self._nearest(claim, sentences),
        )

    def _nearest(self, claim: str, sentences: Sequence[str]) -> float | None:
        if self._embedder is None or not sentences:
            return None
        claimed, *vectors = self._embedder.embed_documents([claim, *sentences])
        return max(float(sum(map(mul, claimed, vector))) for vector in vectors)


def _share(wanted: set[str], held: set[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0


def likelihood(signs: Signs) -> float:
    """The signs as one figure from 0 to 1."""
    shown = [signs.covered, signs.covered_by_one, signs.figures_lacking, signs.names_lacking]
    weights: Sequence[float] = _WITHOUT
    if signs.nearest is not None:
        shown, weights = [*shown, signs.nearest], _WITH_MEANING
    return 1 / (1 + math.exp(-weights[0] - sum(map(mul, weights[1:], shown))))


def figures(text: str) -> set[str]:
    """The figures of a text, thousands separators aside.

    >>> sorted(figures("1,700 units in v0.19, on 3.5 of 10 days."))
    ['0.19', '10', '1700', '3.5']
    """
    return {re.sub(r",(?=\d{3}\b)", "", found) for found in _FIGURE.findall(text)}


def names(text: str) -> set[str]:
    """The stems of words with a capital inside a sentence.

    >>> sorted(names("Today Ana met Bo Lind."))
    ['ana', 'bo', 'lind']
    """
    return {stem for found in _NAME.findall(text) for stem in stems(found)}
