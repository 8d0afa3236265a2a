"""Check one written claim against the words it cites; mend its citations, or cut it with a reason. Pure.

It trusts nothing it is told: a claim that cites the wrong sentence is tried against the others that were
offered, and one that stands nowhere is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from rag.models import Evidence, Verdict
from rag.sentences import sentence_spans
from rag.verify.amounts import wrong_amount, wrong_figure, wrong_likelihood, wrong_measure
from rag.verify.coverage import missing, signs, uncovered
from rag.verify.ground import Ground, Statement, ground, statement
from rag.verify.judge import Judge, likelihood
from rag.verify.naming import wrong_name, wrong_speaker
from rag.verify.polarity import flipped, opposite
from rag.verify.quoting import made_up_quote
from rag.verify.reading import roots
from rag.verify.roles import misplaced
from rag.verify.wording import changed
from rag.words import stems, words

# Sentences that are tried in place of the cited ones, those with the most of the claim's words first.
_TRIED = 4
# Two sentences are cited together only when each brings at least so many of the claim's words.
_BRINGS = 2
# How much more of a claim other words must have than the cited ones that clash with it.
_BY_FAR = 0.1
# Between the end of a sentence and the beginning of the next one: characters.
_NEXT = 3
_LINE = 0.25
_Check = Callable[[Statement, Ground], str | None]
# What the cited words lack, other words may have; what they contradict stays contradicted beside others.
_LACKS: tuple[_Check, ...] = (wrong_figure, wrong_name, uncovered)
_CLASHES: tuple[_Check, ...] = (
    wrong_speaker,
    changed,
    opposite,
    flipped,
    wrong_measure,
    wrong_amount,
    wrong_likelihood,
    misplaced,
)


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
        found = self._look(claim, cited)
        if found.fault is None:
            return self._with_the_rest(claim, found, offered)
        for others in _instead(claim, found, offered):
            other = self._look(claim, others)
            if other.fault is None and _better(other, found):
                mended = self._with_the_rest(claim, other, offered)
                return replace(mended, reason=mended.reason or "it now cites the words that carry it")
        return self._cut(claim, found.fault, found.support)

    def _with_the_rest(self, claim: str, found: _Look, offered: Sequence[Evidence]) -> Checked:
        """A claim that stands, with the sentence cited too that has what the cited ones lack.

        When that sentence has much of it and yet the claim does not stand on both, it was made of two that do
        not go together.
        """
        if len(found.lacking) < _BRINGS:
            return self._stands(claim, found, None)
        others = [(item, len(found.lacking & _roots(item))) for item in offered if item not in found.evidence]
        best, brings = max(others, key=lambda pair: pair[1], default=(None, 0))
        if best is None or brings < _BRINGS:
            return self._stands(claim, found, None)
        both = self._look(claim, (*found.evidence, best))
        if both.fault is None:
            return self._stands(claim, both, "what the cited words lacked is cited too")
        if brings > _BRINGS:
            return self._cut(claim, both.fault, both.support)
        return self._stands(claim, found, None)

    def _look(self, claim: str, cited: Sequence[Evidence]) -> _Look:
        quotes = [item.quote for item in cited]
        if _is_sentence(claim, quotes):
            return _Look(tuple(cited), None, lacks=False, support=1.0, covered=1.0)
        held = ground(cited)
        read = statement(claim, held)
        shown = signs(read, held)
        support = self._judge.support(claim, "\n\n".join(quotes))
        fault = made_up_quote(claim, quotes, _titles(cited)) or _first(_LACKS, read, held)
        lacks = fault is not None
        if fault is None:
            fault = _first(_CLASHES, read, held) or _changed_in_one(claim, cited)
        # By words, or by figures, names and like words however they are written.
        if fault is None and max(support, likelihood(shown)) < self._line:
            fault = "the cited words do not carry it"
        return _Look(
            tuple(cited),
            fault,
            lacks=lacks,
            support=support,
            covered=shown.covered,
            lacking=frozenset(missing(read, held)),
        )

    def _stands(self, claim: str, found: _Look, reason: str | None) -> Checked:
        return Checked(
            text=claim,
            verdict=Verdict.SUPPORTED,
            evidence=found.evidence,
            reason=reason,
            support=found.support,
        )

    def _cut(self, claim: str, reason: str, support: float) -> Checked:
        return Checked(text=claim, verdict=Verdict.CUT, evidence=(), reason=reason, support=support)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of a claim beside some words: why they do not carry it (None when they do)."""

    evidence: tuple[Evidence, ...]
    fault: str | None
    lacks: bool
    support: float
    covered: float
    lacking: frozenset[str] = frozenset()  # the keys of the claim's terms that the words do not have


def _roots(item: Evidence) -> frozenset[str]:
    return roots(item.quote)


def _titles(cited: Sequence[Evidence]) -> list[str]:
    sources = [item.passage.source for item in cited]
    return [title for source in sources for title in (source.title, source.show) if title]


def _changed_in_one(claim: str, cited: Sequence[Evidence]) -> str | None:
    """What was changed in one of several sentences; beside others it would not show."""
    if len(cited) == 1:
        return None
    grounds = [ground([item]) for item in cited]
    return next((fault for held in grounds if (fault := changed(statement(claim, held), held))), None)


def _is_sentence(claim: str, quotes: Sequence[str]) -> bool:
    """Whether the claim is one or more whole sentences of the cited words, word for word."""
    wanted = words(claim)
    for quote in quotes:
        sentences = [words(quote[start:end]) for start, end in sentence_spans(quote)]
        for first in range(len(sentences)):
            run: list[str] = []
            for sentence in sentences[first:]:
                run += sentence
                if run == wanted:
                    return bool(wanted)
    return False


def _first(checks: Sequence[_Check], read: Statement, held: Ground) -> str | None:
    return next((fault for check in checks if (fault := check(read, held))), None)


def _better(other: _Look, found: _Look) -> bool:
    """Whether other words carry a claim better.

    Where the cited ones clash with it, by far: a bent claim may pass beside words of less to do with it.
    """
    if found.lacks:
        return other.covered >= found.covered
    return other.covered == 1 or other.covered > found.covered + _BY_FAR


def _instead(claim: str, found: _Look, offered: Sequence[Evidence]) -> Iterator[tuple[Evidence, ...]]:
    """What to cite instead: one other; then what was cited with one other, then two others.

    Two are cited only where much is lacking, or where the sentence before says who "she" is.
    """
    wanted = set(stems(claim))
    held = {item: wanted & set(stems(item.quote)) for item in (*found.evidence, *offered)}
    others = [item for item in dict.fromkeys(offered) if item not in found.evidence and held[item]]
    ranked = sorted(others, key=lambda item: -len(held[item]))[:_TRIED]
    yield from ((item,) for item in ranked)
    if not found.lacks:
        return
    pairs = [
        *((first, item) for first in islice(found.evidence, 2) for item in ranked),
        *combinations(ranked, 2),
    ]
    for one, other in pairs:
        brings = min(len(held[one] - held[other]), len(held[other] - held[one]))
        if _leads_to(other, one) or (brings >= _BRINGS and len(found.lacking) >= _BRINGS):
            yield one, other


def _leads_to(before: Evidence, item: Evidence) -> bool:
    """Whether a sentence stands right before another."""
    return before.passage.source.id == item.passage.source.id and 0 <= item.start - before.end <= _NEXT
