"""Make questions that the archive cannot answer out of ones that it can, by means that can be checked. Pure.

Either the sources that hold the answer are kept from search, or a year, a person, a show or another figure in
the question is swapped for one that occurs nowhere in the archive.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from rag.contract import Json
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.metrics.answering import must_contain_share
from rag.evaluate.questions import Question
from rag.evaluate.score import is_answerable
from rag.models import Filters
from rag.ports import ReadsSources
from rag.words import stems

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FIGURE = re.compile(r"(?<![\w.])\d{1,4}(?![\w.]*\d)\b")
_PEOPLE = (
    "Odalys Ferreira-Quist",
    "Bertil Nakagome",
    "Ysolde Tamminga",
    "Kweku Brandvold",
    "Dagny Velasquez-Roth",
    "Ignatius Pihlaja",
)
_SHOWS = ("The Larkspur Ledger", "Tidewrack Radio", "Second Kettle", "The Ostler's Hour")
# Beside all it must contain, a passage that answers shares at least this much of the question's words.
_ALIKE = 0.5


def unanswerable_questions(
    questions: Sequence[Question], archive: ReadsSources, placer: GoldPlacer, count: int, *, seed: int = 0
) -> list[Json]:
    """At most `count` question lines without an answer, the ways of making them taken in turn.

    Each line names the question it was made `from` and how it was `made`. Lines made by withholding carry the
    sources to leave out in their filters, as `exclude`.
    """
    known = [
        question for question in questions if is_answerable(question.gold) and not question.asked.history
    ]
    random.Random(seed).shuffle(known)
    texts = [source.text for source in archive.sources()]
    everything = "\n".join([*texts, *(source.title for source in archive.sources())]).casefold()
    by_swap = (line for question in known for line in _swapped(question, archive, everything))
    passages = _all_words(archive)
    by_exclusion = (line for question in known if (line := _withheld(question, passages, placer)))
    in_turn = chain.from_iterable(zip_longest(by_exclusion, by_swap))
    lines = [{"id": f"{line['from']}-{line['made']}", **line} for line in in_turn if line is not None]
    return lines[:count]


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a passage, and which source they are in."""

    source: str
    text: str
    stems: frozenset[str]


def _all_words(archive: ReadsSources) -> list[_Words]:
    return [
        _Words(source.id, passage.text, frozenset(stems(passage.text)))
        for source in archive.sources()
        for passage in archive.passages_of(source.id)
    ]


def _withheld(question: Question, passages: Sequence[_Words], placer: GoldPlacer) -> Json | None:
    """The question with every source of its evidence left out; None where another source may answer it too.

    A passage elsewhere that holds all the answer must contain and half the question's words may answer it.
    """
    placed = placer.place(question.gold)
    if placed.warnings or not placed.stretches or question.asked.filters != Filters():
        return None
    hidden = sorted({stretch.source for stretch in placed.stretches})
    asked = set(stems(question.asked.question))
    for passage in passages:
        alike = len(asked & passage.stems) >= _ALIKE * len(asked)
        if alike and passage.source not in hidden and _answers(question, passage.text):
            return None
    return _line(question, question.asked.question, "withheld") | {"filters": {"exclude": hidden}}


def _answers(question: Question, text: str) -> bool:
    groups = question.gold.must_contain
    return not groups or must_contain_share(text, groups) == 1


def _swapped(question: Question, archive: ReadsSources, everything: str) -> Iterator[Json]:
    """The question with one thing swapped, once for each thing that can be."""
    text = question.asked.question
    dice = random.Random(text)
    years = [str(year) for year in range(1951, 2049)]
    shows = sorted({source.show for source in archive.sources() if source.show})
    people = sorted({name for source in archive.sources() for name in source.people})
    figures = [str(number) for number in range(11, 999)]
    for made, found, others in (
        ("year", _YEAR.findall(text), years),
        ("person", [name for name in people if name in text], list(_PEOPLE)),
        ("show", [show for show in shows if show in text], list(_SHOWS)),
        ("number", [figure for figure in _FIGURE.findall(text) if not _YEAR.fullmatch(figure)], figures),
    ):
        if not found:
            continue
        longest = max(found, key=len)
        dice.shuffle(others)
        if longest.isdigit():  # the nearest figure is the one that a reader might believe
            others.sort(key=lambda other: abs(int(other) - int(longest)))
        absent = next((o for o in others if o != longest and not _occurs(o, everything)), None)
        if absent:
            swapped = re.sub(rf"(?<!\w){re.escape(longest)}(?!\w)", absent, text)
            yield _line(question, swapped, made) | {"swapped": [longest, absent]}


def _occurs(value: str, everything: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", everything) is not None


def _line(question: Question, text: str, made: str) -> Json:
    return {
        "question": text,
        "type": "unanswerable",
        "answerable": False,
        "answer": None,
        "must_contain": [],
        "evidence": [],
        "from": question.id,
        "made": made,
    }
