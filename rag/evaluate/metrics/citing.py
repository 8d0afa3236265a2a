"""Was the evidence cited, to the letter, and do the citations carry what is said? Pure.

A citation *hits* a piece of evidence when it holds half of it, or 40 characters of it: a short sentence of
a long piece is a fair citation, a single word is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.evaluate.stretch import Stretch, covered, shared

_ENOUGH = 40


def hits(citations: Sequence[Stretch], gold: Stretch) -> bool:
    """Whether the citations together hold half of a piece of evidence, or 40 characters of it.

    >>> long = Stretch("a", 10, 400)
    >>> hits([Stretch("a", 0, 50)], long), hits([Stretch("a", 12, 17)], long)
    (True, False)
    """
    return covered(gold, citations) >= min(gold.length / 2, _ENOUGH)


def citation_hit(citations: Sequence[Stretch], gold: Sequence[Stretch]) -> float:
    """1 when any piece of evidence is cited (Hit@k of question answering, over spans instead of passages).

    >>> citation_hit([Stretch("a", 0, 50)], [Stretch("a", 0, 60), Stretch("b", 0, 60)])
    1.0
    """
    return float(any(hits(citations, stretch) for stretch in gold))


def citation_recall(
    citations: Sequence[Stretch], gold: Sequence[Stretch], *, needs_all: bool = False
) -> float:
    """The share of the evidence that is cited; where any piece is enough, 1 or 0.

    >>> gold = [Stretch("a", 0, 60), Stretch("b", 0, 60)]
    >>> cited = [Stretch("a", 0, 50)]
    >>> citation_recall(cited, gold), citation_recall(cited, gold, needs_all=True)
    (1.0, 0.5)
    """
    found = [hits(citations, stretch) for stretch in gold]
    return sum(found) / len(found) if needs_all else float(any(found))


def citation_precision(citations: Sequence[Stretch], gold: Sequence[Stretch]) -> float:
    """The share of the citations that hit evidence, each on its own; 0 when nothing is cited.

    A floor, not the truth: words outside the gold may support an answer too (Liu et al. 2023 had people
    judge).

    >>> citation_precision([Stretch("a", 0, 50), Stretch("a", 90, 99)], [Stretch("a", 0, 60)])
    0.5
    """
    if not citations:
        return 0.0
    return sum(any(hits([citation], stretch) for stretch in gold) for citation in citations) / len(citations)


def span_iou(citations: Sequence[Stretch], gold: Sequence[Stretch]) -> tuple[float, float]:
    """Shared characters over all characters, of each citation and the piece of evidence it fits best.

    Gives the best of the citations (did any land exactly?) and their mean (did the reader have to search?).
    Intersection over union of spans as Chroma's chunking evaluation has it (Smith & Troynikov 2024).

    >>> span_iou([Stretch("a", 0, 50), Stretch("b", 0, 50)], [Stretch("a", 0, 100)])
    (0.5, 0.25)
    """
    if not citations:
        return 0.0, 0.0
    fits = [max((_iou(citation, stretch) for stretch in gold), default=0.0) for citation in citations]
    return max(fits), sum(fits) / len(fits)


def _iou(one: Stretch, other: Stretch) -> float:
    common = shared(one, other)
    return common / (one.length + other.length - common) if common else 0.0


def pointer_validity(quotes: Sequence[tuple[str, int, int, str | None]]) -> float:
    """The share of citations whose quote is, to the letter, `text[start:end]` of its source. Must be 1.

    Each is (quote, start, end, the source's text or None when there is no such source). Deterministic,
    ours; what Anthropic's Citations API promises as "guaranteed valid pointers".

    >>> pointer_validity([("is", 5, 7, "This is"), ("is", 4, 6, "This is"), ("is", 0, 2, None)])
    0.3333333333333333
    """
    right = [
        text is not None and 0 <= start < end <= len(text) and text[start:end] == quote
        for quote, start, end, text in quotes
    ]
    return sum(right) / len(right)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, with the words of each of its citations."""

    text: str
    cited: tuple[str, ...]


Supports = Callable[[str, str], bool]
"""Whether a premise (first) carries a statement (second)."""


def alce(statements: Sequence[Statement], supports: Supports) -> tuple[float, float | None]:
    """Citation recall and precision of one answer as ALCE defines them (Gao et al., EMNLP 2023, section 3.3).

    A statement is recalled when all its citations together support it. A citation of a recalled statement is
    precise unless it is irrelevant: it does not support the statement alone, and the others do without it.
    The precision of an answer without citations is None.

    >>> def supports(premise, statement):  # a judge that wants every word
    ...     return set(statement.split()) <= set(premise.split())
    >>> alce([Statement("ana ran home", ("ana ran", "went home")), Statement("it rained", ())], supports)
    (0.5, 1.0)
    >>> alce([Statement("ana ran", ("ana ran far", "so it goes"))], supports)
    (1.0, 0.5)
    """
    recalled, precise, citations = 0, 0, 0
    for statement in statements:
        citations += len(statement.cited)
        if statement.cited and supports(" ".join(statement.cited), statement.text):
            recalled += 1
            precise += sum(
                not _irrelevant(place, statement, supports) for place in range(len(statement.cited))
            )
    recall = recalled / len(statements) if statements else 0.0
    return recall, precise / citations if citations else None


def _irrelevant(place: int, statement: Statement, supports: Supports) -> bool:
    others = statement.cited[:place] + statement.cited[place + 1 :]
    return (
        bool(others)
        and not supports(statement.cited[place], statement.text)
        and supports(" ".join(others), statement.text)
    )


def timestamp_error(started_s: Sequence[float | None], gold_s: float) -> float | None:
    """Seconds between the first timed citation, the one a reader opens first, and the moment asked for.

    None when no citation is timed. Ours; no published set has moments to the second.

    >>> timestamp_error([None, 62.0, 60.0], 60.5)
    1.5
    """
    return next((abs(start - gold_s) for start in started_s if start is not None), None)
