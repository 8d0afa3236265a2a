"""Check one written claim against the words it cites; mend its citations, or cut it with a reason. Pure.

It trusts nothing it is told: a claim that cites the wrong sentence is tried against the others that were
offered, and one that stands nowhere is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rag.models import Evidence, Verdict
from rag.verify.judge import Judge, figures
from rag.words import stems, words

# Sentences that are tried in place of the cited ones, those with the most of the claim's words first.
_TRIED = 4
_LINE = 0.5
_QUOTED = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a claim. `evidence` is what it may cite, in order; empty when it was cut.

    `reason` says in words for a reader why it was cut, or what was mended; None when it stood as written.
    `support` is the judge's figure from 0 to 1 against `evidence`, or against what was cited.
    """

    text: str
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    reason: str | None = None
    support: float = 0.0

    @property
    def stands(self) -> bool:
        """Whether it may be shown."""
        return self.verdict is not Verdict.CUT


class Verifier:
    """Gives a verdict to each claim a model wrote. Safe to share between threads."""

    def __init__(self, judge: Judge, *, line: float = _LINE) -> None:
        self._judge = judge
        self._line = line

    def check(self, claim: str, *, cited: Sequence[Evidence], offered: Sequence[Evidence]) -> Checked:
        """Try the claim (one sentence, without markers) against `cited`, then against the rest of `offered`.

        `offered` is the closed set that the model was shown. Without `cited` a claim is cut, however true:
        a sentence that names no words is not an earmarked one.
        """
        if not cited:
            return self._cut(claim, "it cites nothing", 0.0)
        fault, support = self._fault(claim, cited)
        if fault is None:
            return Checked(text=claim, verdict=Verdict.SUPPORTED, evidence=tuple(cited), support=support)
        for others in _instead(claim, cited, offered):
            found, other_support = self._fault(claim, others)
            if found is None:
                return Checked(
                    text=claim,
                    verdict=Verdict.SUPPORTED,
                    evidence=others,
                    reason="it now cites the words that carry it",
                    support=other_support,
                )
        return self._cut(claim, fault, support)

    def _fault(self, claim: str, cited: Sequence[Evidence]) -> tuple[str | None, float]:
        """Why these words do not carry the claim, None when they do; and the judge's figure."""
        text = "\n\n".join(item.quote for item in cited)
        support = self._judge.support(claim, text)
        for quote in _QUOTED.findall(claim):
            if f" {' '.join(words(quote))} " not in f" {' '.join(words(text))} ":
                return f"“{quote.strip()}” is not in the cited words", support
        lacking = sorted(figures(claim) - figures(text))
        if lacking:
            return f"{lacking[0]} is not in the cited words", support
        if support < self._line:
            return "the cited words do not carry it", support
        return None, support

    def _cut(self, claim: str, reason: str, support: float) -> Checked:
        return Checked(text=claim, verdict=Verdict.CUT, evidence=(), reason=reason, support=support)


def _instead(
    claim: str, cited: Sequence[Evidence], offered: Sequence[Evidence]
) -> Iterator[tuple[Evidence, ...]]:
    """What to cite instead: one other, then what was cited with one other, then two others."""
    wanted = set(stems(claim))
    others = [item for item in offered if item not in cited]
    ranked = sorted(others, key=lambda item: -len(wanted & set(stems(item.quote))))[:_TRIED]
    yield from ((item,) for item in ranked)
    yield from ((first, item) for first in islice(cited, 2) for item in ranked)
    yield from ((first, second) for at, first in enumerate(ranked) for second in ranked[at + 1 :])
