"""The parts of a question that each want an answer: its clauses, or the two that it sets side by side. Pure.

"What did Ana say of kilns, and how much does clay cost?" asks two things, and one of them may not be there.
"How do Ana and Bo differ on kilns?" asks for one thing of two, and both must be heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.asking import kinds
from rag.conversation import standalone
from rag.models import SourceKind, Turn
from rag.words import STOP_WORDS, words


class Sort(StrEnum):
    """What a part is of its question."""

    CLAUSE = "clause"
    SIDE = "side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: `said` as the reader has it, `asked` as it is searched for by itself.

    `over` is what both sides are asked about. A side that is a kind of source has its `kinds`.
    """

    sort: Sort
    said: str
    asked: str
    over: str = ""
    kinds: frozenset[SourceKind] = frozenset()


_WH = r"(?:what|which|who|whose|whom|when|where|why|how)\b"
_AUX = r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should)\b"
_LED = r"(?:(?:in|at|on|for|to|by|from|of|under|since|with|into) )?"
# Between two questions of one sentence, and between two sentences.
_BETWEEN = re.compile(
    rf"(?:\s*[,;–—-])?\s+(?:and|but)\s+(?:also\s+|then\s+)?(?={_LED}{_WH})"
    rf"|\s*[,;]\s+(?:and|but)\s+(?={_AUX})"
    rf"|\?\s+(?:(?:and|but|also)\s+)?(?={_LED}(?:{_WH}|{_AUX}))"
    rf"|[;]\s+(?={_LED}{_WH})",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"\b{_WH}|^{_AUX}|^(?:tell|name|list|give|explain|describe)\b", re.IGNORECASE)
_MOST_CLAUSES = 3
# "The line between what is free and what you pay for" is one thing.
_OPEN = re.compile(r"\bbetween\b[^,;?]*$", re.IGNORECASE)

# A name or a short phrase. No word can be cut in two, or a long one would be tried in every way.
_STOPS = "and|or|versus|vs|from|do|does|did|differ|on|about|over|in|for|when|regarding"
_WORD = rf"(?!(?:{_STOPS})\b)[^\s,;?!]+(?![^\s,;?!])"
_ONE = rf"{_WORD}(?: {_WORD}){{0,5}}?"
_NAME = r"(?-i:[A-Z0-9][^\s,]*(?: [A-Z0-9][^\s,]*){0,4})(?!\S)"
_TWO = rf"(?:both )?(?P<one>{_ONE}) (?:and|&) (?P<two>{_ONE})"
_PREPOSITION = "on|about|over|in|regarding|when it comes to|as to|of|for|with|that|whether"
_OVER = rf"(?:(?:[,:] | (?:{_PREPOSITION}) )(?P<over>.*?))?"
_DIFFER = r"(?:differ|disagree|agree|part ways|diverge|compare|clash)"
_SAY = r"(?:say|think|believe|tell us|argue|write|report)"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"{text}[?.! ]*$", re.IGNORECASE)


_SIDES = (
    _pattern(rf"^(?:please )?(?:compare|contrast) how (?P<one>{_NAME}) and (?P<two>{_NAME}) (?P<over>.*?)"),
    _pattern(rf"^.*?\b(?:do|does|did) {_TWO} {_DIFFER}{_OVER}"),
    _pattern(rf"^.*?\bdifferences? between {_TWO}{_OVER}"),
    _pattern(rf"^.*?\b(?:do|does|did) (?P<one>{_ONE}) (?:(?:differ|diverge) from) (?P<two>{_ONE}){_OVER}"),
    _pattern(
        rf"^.*?\b(?:is|are|was|were) (?P<one>{_ONE}) (?:different (?:from|to|than)) (?P<two>{_ONE}){_OVER}"
    ),
    _pattern(
        rf"^what (?:separates|distinguishes|sets) (?P<one>{_ONE}) (?:(?:apart )?from) (?P<two>{_ONE}){_OVER}"
    ),
    _pattern(
        rf"^(?:please )?(?:compare|contrast) (?P<one>{_ONE}) (?:and|with|to|against) (?P<two>{_ONE}){_OVER}"
    ),
    _pattern(rf"^(?P<one>{_ONE}) (?:versus|vs[.]?) (?P<two>{_ONE}){_OVER}"),
    _pattern(rf"^what (?:do|does|did) {_TWO} {_SAY}{_OVER}"),
)
_NAMED = re.compile(r"[A-Z0-9]")


def parts(question: str, *, carried: str = "") -> tuple[Part, ...]:
    """The parts of a question, two or more; none when it asks one thing.

    `carried` are words that a follow-up leans on, which every part needs.

    >>> [part.said for part in parts("What did Ana say of kilns, and how much does clay cost?")]
    ['What did Ana say of kilns', 'how much does clay cost']
    >>> [part.asked for part in parts("How do Ana Li and Bo Chen differ on kilns?")]
    ['Ana Li kilns', 'Bo Chen kilns']
    >>> parts("When and where did the kiln crack?")
    ()
    """
    return tuple(_sides(question, carried)) or tuple(_clauses(question, carried))


def _sides(question: str, carried: str) -> Iterator[Part]:
    for pattern in _SIDES:
        found = pattern.match(question)
        if found is None:
            continue
        two = found["one"].strip(), found["two"].strip()
        over = (found["over"] or "").strip(" ?.!,")
        # "What do cats and dogs say" names no two things that this archive must tell apart.
        if not all(_carries(one) and (_NAMED.search(one) or kinds(one)) for one in two):
            return
        for one in two:
            asked = " ".join(text for text in (one, over, carried) if text)
            yield Part(sort=Sort.SIDE, said=one, asked=asked, over=over, kinds=kinds(one))
        return


def _clauses(question: str, carried: str) -> Iterator[Part]:
    said = [text.strip(" ,;?.!") for text in _BETWEEN.split(question)]
    if any(_OPEN.search(text) for text in said[:-1]):
        return
    if not 2 <= len(said) <= _MOST_CLAUSES or not all(_carries(text) and _ASKS.search(text) for text in said):
        return
    for at, text in enumerate(said):
        before = [Turn(role="user", content=said[at - 1])] if at else []
        asked = standalone(text, before)
        yield Part(sort=Sort.CLAUSE, said=text, asked=f"{asked} {carried}".strip())


def _carries(text: str) -> bool:
    """Whether a part has a word of its own that says something."""
    return any(word not in STOP_WORDS for word in words(text))
