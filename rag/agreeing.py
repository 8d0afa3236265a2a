"""Whether sources say the same in the same words, or differ on the same thing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.models import Evidence, Source
from rag.verify import lexicon
from rag.verify.figures import Figure, agree, figures_of
from rag.verify.ground import ground, statement
from rag.verify.polarity import flipped
from rag.verify.reading import Reading, read
from rag.verify.tokens import tokens
from rag.weighing import Weighed, stems_of

# The share of all their words that two stretches have in common when one repeats the other.
_REPEATS = 0.75
# The share of all their words that two sentences have in common when one may deny the other.
_ALIKE = 0.5
# How much of a question the clause around a figure holds when it is the figure that is asked for, and of how
# many words.
_ASKED, _FEWEST = 0.75, 2
# What is only supposed differs from nothing.
_SUPPOSED = lexicon.MAYBE | frozenset("if would whether".split())


def repeats(one: Evidence, other: Evidence) -> bool:
    """Whether two sources say the same in nearly the same words, with the same figures and denials."""
    if one.passage.source.id == other.passage.source.id:
        return False
    if one.quote == other.quote:
        return True
    mine, theirs = stems_of(one.quote), stems_of(other.quote)
    if len(mine & theirs) < _REPEATS * len(mine | theirs):
        return False
    return _denials(one.quote) == _denials(other.quote) and _same_figures(one.quote, other.quote)


def differing(question: Weighed, evidence: Sequence[Evidence]) -> tuple[Source, Source] | None:
    """The first two sources that differ on what is asked; None when none surely do."""
    for one, other in combinations(evidence, 2):
        if one.passage.source.id != other.passage.source.id and any(
            _differ(question, mine, theirs) for mine in _sentences(one) for theirs in _sentences(other)
        ):
            return one.passage.source, other.passage.source
    return None


def _sentences(item: Evidence) -> Iterator[Evidence]:
    for sentence in item.passage.sentences:
        if item.start <= sentence.start and sentence.end <= item.end:
            yield Evidence.of(item.passage, sentence, score=item.score)


def _differ(question: Weighed, one: Evidence, other: Evidence) -> bool:
    """Whether two sentences have another figure of what is asked, or are alike and one denies the other."""
    if _is_supposed(one.quote) or _is_supposed(other.quote):
        return False
    if _other_figure(question, one.quote, other.quote):
        return True
    mine, theirs = stems_of(one.quote), stems_of(other.quote)
    if len(mine & theirs) < _ALIKE * len(mine | theirs) or len(mine & question.weights.keys()) < _FEWEST:
        return False
    held = ground([other])
    return flipped(statement(one.quote, held), held) is not None


def _is_supposed(text: str) -> bool:
    """Whether it is asked or only may be so; "I would say" says it, and May is a month."""
    found = tokens(text)
    return "?" in text or any(
        token.low in _SUPPOSED and token.text != "May" and (at == 0 or found[at - 1].low != "i")
        for at, token in enumerate(found)
    )


def _other_figure(question: Weighed, one: str, other: str) -> bool:
    """Whether each tells one figure of a unit for what is asked, and they are not the same."""
    for mine in _told(question, one):
        for theirs in _told(question, other):
            if mine.unit == theirs.unit and mine.bound == theirs.bound and not agree(mine, theirs):
                return True
    return False


def _told(question: Weighed, text: str) -> Iterator[Figure]:
    """The figures with a unit that stand alone in a clause which holds nearly all of the question."""
    reading = read(text)
    for figure in reading.figures:
        if figure.unit is None or figure.loose:
            continue
        clause = reading.clauses[figure.first]
        said = stems_of(_clause(reading, clause))
        alone = [one for one in reading.figures if reading.clauses[one.first] == clause and one.unit]
        enough = len(said & question.weights.keys()) >= _FEWEST and question.share(said) >= _ASKED
        if enough and len(alone) == 1:
            yield figure


def _clause(reading: Reading, number: int) -> str:
    """The words of a clause, those that touch in one."""
    text, before = "", None
    for token, clause in zip(reading.tokens, reading.clauses, strict=True):
        if clause == number:
            text += token.text if before is not None and before.touches(token) else f" {token.text}"
            before = token
    return text


def _same_figures(one: str, other: str) -> bool:
    mine, theirs = figures_of(one), figures_of(other)
    return all(any(agree(figure, each) for each in theirs) for figure in mine) and all(
        any(agree(figure, each) for each in mine) for figure in theirs
    )


def _denials(text: str) -> int:
    return sum(token.low in lexicon.DENIALS for token in tokens(text))
