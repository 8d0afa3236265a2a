"""Questions about the list of what the archive holds: how many, which, the newest, who speaks where.

They are answered from metadata and whole: the number is the length of the list, and each thing on it is cited
by its first sentence. Only a question that is plainly of such a form is one: what limits it must be a show, a
title, a time that the archive has, or it is left to be answered from what is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rag.catalogue import passes
from rag.compose.extractive import attribution, day
from rag.dating import periods
from rag.filters import folded
from rag.models import (
    Draft,
    Evidence,
    Filters,
    Listing,
    Passage,
    Piece,
    Sentence,
    SourceKind,
    Status,
    Verdict,
)
from rag.ports import KnowsNames

_KINDS: Mapping[str, SourceKind | None] = {
    "episode": SourceKind.EPISODE,
    "newsletter": SourceKind.NEWSLETTER,
    "newsletter issue": SourceKind.NEWSLETTER,
    "article": SourceKind.ARTICLE,
    "summary": SourceKind.SUMMARY,
    "document": SourceKind.DOCUMENT,
    "source": None,
}
_ONE = r"(?P<noun>episode|newsletter issue|newsletter|article|document|source|summary)"
_SEVERAL = r"(?P<noun>episodes|newsletter issues|newsletters|articles|documents|sources|summaries|shows)"
_HERE = r"(?:(?:is|are) (?:there|here)|do you have|exist|have you got|can (?:i|you) (?:read|hear|find))"
_SCOPE = (
    r"(?: (?:of|from|in|by|for|published in|with) (?P<scope>.+?)"
    r"| (?P<bound>(?:since|after|before|until) .+?))?"
)
_PEOPLE = r"(?:guests?|hosts?|speakers?|people|participants?)"
_END = r"(?P<end>newest|latest|most recent|last|oldest|earliest|first)"


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile(f"^(?:and )?{''.join(parts)}[?.!]*$", re.IGNORECASE)


_COUNTED = (
    _pattern("how many ", _SEVERAL, rf"(?: {_HERE})?", _SCOPE, rf"(?: {_HERE})?"),
    _pattern("how many ", _SEVERAL, " (?:does|do|has) (?P<scope>.+?) (?:have|got)(?P<bound>)"),
    _pattern("(?:which|what) ", _SEVERAL, rf" {_HERE}", _SCOPE),
    _pattern("(?:which|what) are (?:all )?the ", _SEVERAL, _SCOPE),
    _pattern("(?:please )?(?:list|show|name)(?: me)?(?: all| every| all of)?(?: the)? ", _SEVERAL, _SCOPE),
)
_ENDS = (
    _pattern("(?:what|which)(?: is| was|['’]s) the ", _END, " ", _ONE, _SCOPE),
    _pattern("which ", _ONE, " (?:is|was) (?:the )?", _END, "(?: one)?", _SCOPE),
    _pattern("which ", _ONE, _SCOPE, " (?:is|was) (?:the )?", _END, "(?: one)?"),
)
_WHO = (
    _pattern(rf"who (?:is|are|was|were) (?:all )?(?:the |its )?{_PEOPLE} (?:on|of|in|at) (?P<scope>.+?)"),
    _pattern("who (?:speaks?|spoke|talks?|talked|appears?|appeared|is heard) (?:on|in|at) (?P<scope>.+?)"),
)
_EVERYTHING = frozenset(
    {"", "archive", "this archive", "total", "all", "collection", "library", "here", "it"}
)
_CALLED = re.compile(r"^(?:the |this )?(?:(?:episode|show|podcast|newsletter)s? )?(?:called |titled )?")
_KIND_AFTER = re.compile(r" (?:podcast|show|newsletter|archive|episode)$")
_NEWEST = frozenset({"newest", "latest", "most recent", "last"})


class HoldsSources(Protocol):
    """The library, as far as it is listed."""

    def overview(self) -> list[Listing]:
        """All sources in short, newest first."""
        ...

    @property
    def narrowing(self) -> KnowsNames:
        """What its filters name."""
        ...

    def passages_of(self, source_id: str) -> list[Passage]:
        """A source's passages in order."""
        ...

    def passages_at(
        self, places: Sequence[tuple[str, int]], *, filters: Filters
    ) -> dict[tuple[str, int], Passage]:
        """The passages that stand at these places."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form of question with what was said in it."""

    answer: Callable[[_Asked, _Shelf], Draft | None]
    noun: str
    scope: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What may be listed, and how it is read."""

    library: HoldsSources
    filters: Filters
    listings: tuple[Listing, ...]
    today: date


def held(question: str, library: HoldsSources, filters: Filters | None, *, today: date) -> Draft | None:
    """The list, the count or the end of it that is asked for; None when none is, or it cannot be told."""
    asked = _read(" ".join(question.split()))
    if asked is None:
        return None
    within = filters or Filters()
    listings = tuple(one for one in library.overview() if passes(one, within))
    return asked.answer(asked, _Shelf(library, within, listings, today))


def is_about_holdings(question: str) -> bool:
    """Whether a question has such a form; what it is limited to may still be nothing that is held.

    >>> is_about_holdings("How many newsletters are there?"), is_about_holdings("What is the newest episode?")
    (True, True)
    >>> is_about_holdings("How many kilns are there?"), is_about_holdings("Which episode is the best?")
    (False, False)
    """
    return _read(" ".join(question.split())) is not None


def _read(question: str) -> _Asked | None:
    for pattern in (*_COUNTED, *_ENDS):
        if found := pattern.match(question):
            end = found.groupdict().get("end") or ""
            scope = found["scope"] or found["bound"] or ""
            return _Asked(_end_of if end else _counted, _noun(found["noun"]), scope, end.lower())
    for pattern in _WHO:
        if found := pattern.match(question):
            return _Asked(_speaking, "person", found["scope"])
    return None


def _noun(given: str) -> str:
    noun = given.lower().removesuffix("s")
    return "summary" if noun == "summarie" else noun


def _counted(asked: _Asked, shelf: _Shelf) -> Draft | None:
    scoped = _scoped(asked, shelf)
    if scoped is None:
        return None
    listings, where = scoped
    if asked.noun == "show":
        newest = {one.show: one.id for one in reversed(listings) if one.show}
        listings = [one for one in listings if one.show and newest[one.show] == one.id]
    items = _firsts(listings, shelf)
    if not items:
        return None
    names = [item.passage.source.show or "" for item in items] if asked.noun == "show" else []
    return _draft(
        f"{_many(asked.noun, len(items))}{where} in the archive: {', '.join(names)}".rstrip(), items
    )


def _end_of(asked: _Asked, shelf: _Shelf) -> Draft | None:
    scoped = _scoped(asked, shelf)
    dated = [one for one in scoped[0] if one.published] if scoped else []
    if scoped is None or not dated:
        return None
    choose = max if asked.end in _NEWEST else min
    on = choose(one.published for one in dated if one.published)
    items = _firsts([one for one in dated if one.published == on], shelf)
    if not items:
        return None
    end = "newest" if asked.end in _NEWEST else "oldest"
    known = f"{end} dated" if len(dated) < len(scoped[0]) else end
    if len(items) == 1:
        title = items[0].passage.source.title
        return _draft(f"The {known} {asked.noun}{scoped[1]} is “{title}”, of {day(on)}:", items)
    many = _many(asked.noun, len(items))
    return _draft(f"{many}{scoped[1]} are the {known} in the archive, of {day(on)}:", items)


def _speaking(asked: _Asked, shelf: _Shelf) -> Draft | None:
    """Whoever speaks in a show or a source, by their first sentences. Who of them is a guest nobody knows."""
    name = _called(asked.scope)
    of_show = [one for one in shelf.listings if one.show and _called(one.show) == name]
    listings = of_show or [one for one in shelf.listings if _called(one.title) == name]
    people: dict[str, Evidence] = {}
    wanted = _speakers(shelf)
    for one in sorted(listings, key=lambda one: (one.published is None, one.published or date.max)):
        for passage, sentence in _sentences(shelf.library.passages_of(one.id)):
            if sentence.speaker and (not wanted or sentence.speaker in wanted):
                people.setdefault(sentence.speaker, Evidence.of(passage, sentence))
    if not people:
        return None
    where = listings[0].show if of_show else f"“{listings[0].title}”"
    verb = "person speaks" if len(people) == 1 else "people speak"
    return _draft(f"{len(people)} {verb} in {where}: {', '.join(people)}", list(people.values()))


def _scoped(asked: _Asked, shelf: _Shelf) -> tuple[list[Listing], str] | None:
    """What is of the kind and within what the question names, and how to say that; None for no such thing."""
    kind = _KINDS.get(asked.noun)
    listings = [one for one in shelf.listings if kind is None or one.kind is kind]
    name = _called(asked.scope)
    if name in _EVERYTHING:
        return listings, ""
    shows = {one.show for one in shelf.listings if one.show and _called(one.show) == name}
    if shows:
        return [one for one in listings if one.show in shows], f" of {', '.join(sorted(shows))}"
    people = {each for one in listings for each in one.people if folded(each) == name}
    if people:
        named = ", ".join(sorted(people))
        return [one for one in listings if not people.isdisjoint(one.people)], f" with {named}"
    spans = periods(asked.scope, today=shelf.today)
    if len(spans) == 1 and folded(spans[0].said) == folded(asked.scope):
        first, last = spans[0].first, spans[0].last
        inside = [one for one in listings if one.published and first <= one.published <= last]
        return inside, f" ({spans[0].said})"
    return None


def _called(name: str) -> str:
    """A name without quotation marks and what it is said to be the name of.

    >>> _called("the podcast “Harbour Lights”"), _called("the Harbour Lights podcast"), _called("the archive")
    ('harbour lights', 'harbour lights', 'archive')
    """
    plain = " ".join(folded(name).replace('"', " ").replace("“", " ").replace("”", " ").split())
    bare = _KIND_AFTER.sub("", _CALLED.sub("", plain).strip())
    return bare.strip(" .!?") or plain


# Beyond so many passages at the head of a source that are adverts, all of it is read.
_AT_THE_HEAD = 3
_AT_ONCE = 200


def _firsts(listings: Sequence[Listing], shelf: _Shelf) -> list[Evidence]:
    """The first sentence of each source, or of the speakers asked for; none at all where one has none."""
    wanted = _speakers(shelf)
    if shelf.filters.speakers:
        read = (_sentences(shelf.library.passages_of(one.id)) for one in listings)
        said = (
            next(((passage, each) for passage, each in own if each.speaker in wanted), None) for own in read
        )
        return [Evidence.of(*one) for one in said if one]
    found: list[Evidence] = []
    for start in range(0, len(listings), _AT_ONCE):
        batch = listings[start : start + _AT_ONCE]
        places = [(one.id, at) for one in batch for at in range(_AT_THE_HEAD)]
        heads = shelf.library.passages_at(places, filters=Filters(adverts=True))
        for one in batch:
            head = [heads[one.id, at] for at in range(_AT_THE_HEAD) if (one.id, at) in heads]
            first = next(_sentences(head), None) or next(
                _sentences(shelf.library.passages_of(one.id), adverts=True), None
            )
            if first is None:
                return []
            found.append(Evidence.of(*first))
    return found


def _speakers(shelf: _Shelf) -> tuple[str, ...]:
    return shelf.library.narrowing.speaker_names(shelf.filters.speakers) if shelf.filters.speakers else ()


def _sentences(passages: Sequence[Passage], *, adverts: bool = False) -> Iterator[tuple[Passage, Sentence]]:
    for passage in passages:
        if adverts or not passage.advert:
            yield from ((passage, sentence) for sentence in passage.sentences)


def _many(noun: str, count: int) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def _draft(lead: str, items: Sequence[Evidence]) -> Draft:
    pieces = [Piece(text=lead, evidence=tuple(items), verdict=Verdict.DERIVED)]
    for item in items:
        pieces.append(Piece(text=f"\n\n{attribution(item)} “"))
        pieces.append(Piece(text=item.quote, evidence=(item,), close="”"))
    return Draft(pieces=tuple(pieces), status=Status.ANSWERED)
