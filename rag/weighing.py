"""How much of a question a text covers: its stems weighed by how rare they are in the archive. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from rag.asking import IN_FIGURES, Wanted, heard_of, holds, kinds, subject_words, wanted, wants_several
from rag.dating import Period, periods
from rag.figures import ways_to_say
from rag.models import Filters, Passage, SourceKind
from rag.ports import IsWeighedFor
from rag.words import STOP_WORDS, content_words, plain, stem, stems, words

# A word with a capital or a figure. The first word of a question has its capital anyway.
_NAME = re.compile(r"[^\W_]*[A-Z0-9][^\W_]*(?:[.'’-][^\W_]+)*")
# A figure of one digit may well be written as a word.
_FIGURE = re.compile(r"(?<![\w.,])\d{2,}(?![\w.,]*\d)\b")
_NAME_OF_SEVERAL = re.compile(r"(?<=\s)[A-Z][^\W_]*(?:[ '’-][A-Z][^\W_]*)+")
_WRITTEN = frozenset({SourceKind.NEWSLETTER, SourceKind.ARTICLE})
_CAPITAL_INSIDE = re.compile(r"\d|[A-Z].*[A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A question: its stems with their weights, rare ones heavy, and what sort of thing it asks for.

    `names` are the stems of its names and figures; `strange` are figures, names of several words and names
    of those whose words are asked for, that occur nowhere, no word of them; `periods` are the times and
    `kinds` the kinds of sources that it speaks of. `said` has the ways in which its figures are said in the
    archive, by their stems.
    """

    text: str
    weights: Mapping[str, float]
    names: frozenset[str]
    strange: tuple[str, ...]
    wanted: Wanted | None
    periods: tuple[Period, ...] = ()
    kinds: frozenset[SourceKind] = frozenset()
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _terms: frozenset[str] = field(init=False, repr=False, compare=False)
    _likely: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _shares: dict[frozenset[str], float] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Note how words begin that may have one of the stems: a stem changes a word's end alone."""
        said = {stem(word) for ways in self.said.values() for way in ways for word in words(way)}
        object.__setattr__(self, "_terms", frozenset(self.weights) | said)
        object.__setattr__(self, "_likely", _likely(self._terms))

    def held_in(self, text: str) -> frozenset[str]:
        """Those of its stems that a text holds, and of the words its figures are said in.

        Words that cannot have one of these stems are not stemmed.
        """
        return self._terms.intersection(map(stem, self._likely.findall(plain(text))))

    def in_words_of(self, reader: str) -> Weighed:
        """The same, less what is strange in words that the reader did not say: an answer of ours did."""
        return replace(self, strange=tuple(name for name in self.strange if name in reader))

    def of(self, words: str) -> Weighed:
        """Only so much of it as some of its words ask for."""
        kept = {term: self.weights[term] for term in dict.fromkeys(stems(words)) if term in self.weights}
        return replace(self, text=words, weights=kept, names=self.names & kept.keys())

    def share(self, held: Collection[str]) -> float:
        """How much of the question these stems cover, from 0 to 1."""
        if not self.weights:
            return 0.0
        # A question has few stems, and most texts hold the same few of them.
        terms = self._terms.intersection(held)
        if terms not in self._shares:
            self._shares[terms] = self._share(self.weights, terms)
        return self._shares[terms]

    def share_of_names(self, held: Collection[str]) -> float:
        """How much of its names these stems cover, from 0 to 1; 1 when it names nothing."""
        return self._share({name: self.weights[name] for name in self.names}, held) if self.names else 1.0

    def holds_wanted(self, text: str) -> bool:
        """Whether the text holds something of the sort that is asked for; False when nothing special is."""
        return self.wanted is not None and holds(self.wanted, text, self.text)

    def of_its_time(self, passage: Passage) -> bool:
        """Whether the question names a time, and the passage was published then or soon after."""
        published = passage.source.published
        return published is not None and any(period.holds(published) for period in self.periods)

    @property
    def wants_several(self) -> bool:
        """Whether it asks for things that a text may list one by one."""
        return wants_several(self.text)

    def holds_figure(self, text: str) -> bool:
        """Whether a figure is asked for and the text holds one of its sort."""
        return self.wanted in IN_FIGURES and self.holds_wanted(text)

    def _share(self, weights: Mapping[str, float], held: Collection[str]) -> float:
        said = self.said
        kept = [
            weight
            for term, weight in weights.items()
            if term in held or (term in said and self._said_in(held, term))
        ]
        return sum(kept) / sum(weights.values())

    def _said_in(self, held: Collection[str], figure: str) -> bool:
        """Whether the words are there in which the figure is said. Their order is left to the ranking."""
        return any(all(stem(word) in held for word in words(way)) for way in self.said[figure])


def weighed(question: str, archive: IsWeighedFor, filters: Filters | None = None) -> Weighed:
    """A question weighed for an archive, or for the part of it that filters leave."""
    counts = archive.words.document_counts(stems(question))
    # Of sources that this reader may not read, not even which words they hold is told.
    if filters is not None and (filters.narrow or archive.narrowing.keeps_out(filters.audiences)):
        there = {stem(word) for word in archive.words.occurring(content_words(question), filters)}
        counts = {term: count if term in there else 0 for term, count in counts.items()}
    ways = {stem(word): ways_to_say(word) for word in subject_words(question)}
    heard = archive.words.phrase_counts([way for each in ways.values() for way in each], filters or Filters())
    counts |= {figure: counts[figure] + sum(heard[way] for way in each) for figure, each in ways.items()}
    read = weigh(
        question,
        counts=counts,
        passages=archive.count(),
        years=archive.years(),
        today=date.today(),
        said={
            figure: said
            for figure, each in ways.items()
            if (said := tuple(way for way in each if heard[way]))
        },
    )
    if not read.strange:
        return read
    # Who wrote a page may stand in none of its words.
    people = archive.narrowing.names_of("person", filters.audiences if filters else ())
    theirs = frozenset[str]().union(*map(stems_of, people))
    return replace(read, strange=tuple(name for name in read.strange if theirs.isdisjoint(stems(name))))


def weigh(
    question: str,
    *,
    counts: Mapping[str, int],
    passages: int,
    years: Collection[int] = (),
    today: date | None = None,
    said: Mapping[str, tuple[str, ...]] | None = None,
) -> Weighed:
    """Weights of the question's stems from how many passages hold each (Robertson and Spärck Jones idf).

    `years` are those of publication: a date in one of them is not strange, though nobody says it. `said` has
    the ways in which figures are said in the archive, by their stems.
    """
    weights = {
        term: math.log(1 + (passages - counts.get(term, 0) + 0.5) / (counts.get(term, 0) + 0.5))
        for term in dict.fromkeys(map(stem, subject_words(question)))
    }
    named = periods(question, today=today) if today else ()
    published = [one.said for one in named if any(one.first.year <= year <= one.last.year for year in years)]
    return Weighed(
        text=question,
        weights=weights,
        names=frozenset(names(question)) & weights.keys(),
        strange=tuple(
            name for name in _strange(question, counts) if not any(name in said for said in published)
        ),
        wanted=wanted(question),
        periods=named,
        kinds=kinds(question),
        said=said or {},
    )


def names(question: str) -> list[str]:
    """The stems of the names and figures in a question.

    >>> names("When did Bo Chen sell v0.19 to IBM?")
    ['bo', 'chen', 'v0', '19', 'ibm']
    """
    found = (match for match in _NAME.finditer(question))
    return [
        stem(word)
        for match in found
        if match.start() > 0 or _CAPITAL_INSIDE.search(match.group())
        for word in words(match.group())
    ]


def _strange(question: str, counts: Mapping[str, int]) -> Iterator[str]:
    several = (found.group() for found in (*_FIGURE.finditer(question), *_NAME_OF_SEVERAL.finditer(question)))
    for name in dict.fromkeys((*several, *heard_of(question))):
        # A name that is a stop word too, such as Will, is not counted.
        terms = [stem(word) for word in words(name) if word not in STOP_WORDS]
        if terms and not any(counts.get(term, 0) for term in terms):
            yield name


def _likely(stemmed: Iterable[str]) -> re.Pattern[str]:
    """Words that may have one of these stems: they begin with all of its letters but the last.

    >>> _likely(["happi", "hapless"]).findall("happiness happens to the hapless, unhappily")
    ['happiness', 'happens', 'hapless']
    >>> _likely([]).findall("a word"), _likely(["c"]).findall("c and b, see c.")
    ([], ['c', 'c'])
    """
    heads = sorted({re.escape(each[: max(1, len(each) - 1)]) for each in stemmed}, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(heads)})[^\W_]*" if heads else r"(?!)")


@lru_cache(maxsize=2048)
def stems_of(text: str) -> frozenset[str]:
    """The stems of all words of a text."""
    return frozenset(map(stem, set(words(text))))


def label_stems(passage: Passage, *, speaker: str | None = None) -> frozenset[str]:
    """The stems of what is said about a passage: title, heading, speakers, or of these only one.

    Who writes "I" does not name themselves either: of a page, whom it is by.
    """
    source = passage.source
    people = source.people if source.kind in _WRITTEN else passage.speakers if speaker is None else (speaker,)
    return _stems_of_all((source.title, passage.heading or "", *people))


@lru_cache(maxsize=2048)
def _stems_of_all(labels: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*map(stems_of, labels))
