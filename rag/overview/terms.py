"""What a source talks about: the nouns and names that it has more of than the archive around it. Pure.

There is no tagger. A word is taken for a noun by the company it keeps: "the cap", "of caps", never "to cap".
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.words import STOP_WORDS, stem, words

_TOKEN = re.compile(r"[^\W_]+(?:[-._'’][^\W_]+)*")
_LONGEST = 3
_BEFORE_NOUN = frozenset(
    """the a an of this these those our your their his her its my some any every each no more many much
    several for with in on about from into between by as other new same whole""".split()
)
_BEFORE_VERB = frozenset(
    """to i you we they he she it can could will would should must may might don't not who i'll we'll they'll
    you'll let's i'd we'd doesn't didn't won't can't just really""".split()
)
# Nouns of talking: they are about everything and so about nothing.
_GENERAL = frozenset(
    stem(word)
    for word in """thing people lot
    way time year question point kind bit stuff guy example reason idea day week
    today part case number problem work world sense fact sort side end start place person man folks
    everybody everyone somebody someone anybody anything everything something nothing moment minute
    hour month right good great first second third last next one two three four five six seven eight
    nine ten back little big new old better best bad different important interesting actual possible
    able sure okay yeah true whole real long high low small large easy hard podcast episode show
    newsletter host listener conversation talk discussion topic item thank going doing getting making
    having being saying thinking looking trying talking using want need mean think know look feel
    guess love hope maybe probably actually basically obviously definitely pretty quite almost already
    yet still however always never sometimes often usually together around away course term level area
    aspect approach situation process result effect answer version morning tomorrow yesterday ago half
    couple plenty everywhere somewhere anyway instead perspective matter opinion thought word name
    gonna wanna dont im ive hey wow hello cool nice awesome amazing crazy huge simple clear certain
    specific general particular similar single full open close link note list line page text post blog
    article important current recent previous following early late today later soon fun life user use
    used""".split()
)


@dataclass(frozen=True, slots=True)
class Term:
    """A noun or a name as the source mostly writes it, and the sentences (their places) that hold it."""

    text: str
    weight: float
    places: tuple[int, ...]


def terms(
    sentences: Sequence[str],
    rarity: Callable[[str], float],
    *,
    most: int,
    without: Collection[str] = (),
    fewest: int = 2,
) -> list[Term]:
    """What these sentences are about, weightiest first.

    Args:
        sentences: in order.
        rarity: what a stem weighs in the archive.
        most: how many are wanted.
        without: names that are no topic, such as those of who speaks.
        fewest: in how many sentences a term must be.

    >>> said = ["The export cap fell.", "Nobody likes the export cap.", "Caps are for Anna."]
    >>> [term.text for term in terms(said, lambda stem: 1.0, most=2, without=["Anna"])]
    ['export cap']
    """
    read = [list(_runs(sentence)) for sentence in sentences]
    nouns = _nouns(read)
    barred = {root for name in without for root in _key([name])}
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    spelt: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for place, runs in enumerate(read):
        for run in runs:
            for gram in _grams(run):
                key = _key(gram)
                if not _fit(gram, key, nouns, barred):
                    continue
                if not places[key] or places[key][-1] != place:
                    places[key].append(place)
                spelt[key][" ".join(gram)] += 1
    weighed = {
        key: len(found) ** 0.8 * sum(map(rarity, key)) / len(key) * (1 + 0.5 * (len(key) - 1))
        for key, found in places.items()
        if len(found) >= fewest
    }
    chosen: list[tuple[str, ...]] = []
    for key in sorted(weighed, key=lambda key: (-weighed[key], key)):
        if len(chosen) == most:
            break
        if not any(_same(key, other, places) for other in chosen):
            chosen.append(key)
    return [Term(_spelling(spelt[key]), weighed[key], tuple(places[key])) for key in chosen]


def subjects(sentences: Iterable[str]) -> frozenset[str]:
    """The stems of the nouns and names in sentences, but of those that any talk is full of.

    >>> sorted(subjects(["I think the cap is down.", "Yeah, the cap is a good thing."]))
    ['cap']
    """
    return _nouns([list(_runs(sentence)) for sentence in sentences]) - _GENERAL - STOP_WORDS


def rarities(counts: Mapping[str, int], passages: int) -> Callable[[str], float]:
    """What stems weigh, from how many passages hold each (Robertson and Spärck Jones idf)."""

    def rarity(term: str) -> float:
        held = counts.get(term, 0)
        return math.log(1 + (max(passages, held) - held + 0.5) / (held + 0.5))

    return rarity


def _key(gram: Sequence[str]) -> tuple[str, ...]:
    return tuple(root for token in gram for root in _roots(token))


@lru_cache(maxsize=65536)
def _roots(token: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in words(re.sub(r"['’]s$", "", token)))


def _runs(sentence: str) -> Iterator[list[tuple[str, str, bool]]]:
    """Runs of words without a mark between them: each word, the one before, whether it opens the text."""
    run: list[tuple[str, str, bool]] = []
    end, before = 0, ""
    for match in _TOKEN.finditer(sentence):
        if sentence[end : match.start()].strip():
            yield run
            run, before = [], ""
        run.append((match.group(), before, end == 0))
        end, before = match.end(), match.group().lower().replace("’", "'")
    yield run


def _grams(run: Sequence[tuple[str, str, bool]]) -> Iterator[tuple[str, ...]]:
    for length in range(1, _LONGEST + 1):
        for start in range(len(run) - length + 1):
            yield tuple(token for token, _, _ in run[start : start + length])


def _nouns(read: Iterable[Sequence[Sequence[tuple[str, str, bool]]]]) -> frozenset[str]:
    """The stems that stand where nouns and names stand."""
    seen: Counter[str] = Counter()
    noun: Counter[str] = Counter()
    verb: Counter[str] = Counter()
    name: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for runs in read:
        for run in runs:
            for place, (token, before, opens) in enumerate(run):
                key = " ".join(_roots(token))
                seen[key] += 1
                after = run[place + 1][0].lower() if place + 1 < len(run) else ""
                ends[key] += not after or after.split("'")[0] in STOP_WORDS
                ahead = run[place - 1][1] if place and before not in STOP_WORDS else before
                noun[key] += ahead in _BEFORE_NOUN  # "the cap", and "the export cap"
                verb[key] += before in _BEFORE_VERB
                inside[key] += not opens
                name[key] += not opens and token[:1].isupper()
    return frozenset(
        key
        for key, count in seen.items()
        if ends[key] >= 0.35 * count  # "executive" is followed by "order", "order" by anything
        and (
            (inside[key] and name[key] >= 0.7 * inside[key])
            or (noun[key] >= 0.25 * count and verb[key] <= 0.15 * count)
        )
    )


def _fit(gram: Sequence[str], key: Sequence[str], nouns: frozenset[str], barred: Collection[str]) -> bool:
    if len(gram) == _LONGEST and gram[1] == "of" and gram[0][:1].isupper() and gram[2][:1].isupper():
        return _fit(gram[:1], key[:1], nouns | {key[0]}, barred) and _fit(gram[2:], key[2:], nouns, barred)
    plain = [token.lower().replace("’", "'") for token in gram]
    return (
        all(word not in STOP_WORDS and word.split("'")[0] not in STOP_WORDS for word in plain)
        and all(len(word) > 2 or token.isupper() for word, token in zip(plain, gram, strict=True))
        and not any(word.replace(".", "").isdigit() for word in plain)
        and not any(root in _GENERAL or root in barred for root in key)
        and " ".join(_roots(gram[-1])) in nouns
        and not plain[0].endswith("ly")
        and not (len(gram) > 1 and plain[-1].endswith("ly"))
        and len(set(key)) == len(key)
    )


def _same(key: tuple[str, ...], other: tuple[str, ...], places: Mapping[tuple[str, ...], list[int]]) -> bool:
    """Whether a term says little that another one, already taken, does not."""
    if not set(key) & set(other):
        return False
    if set(key) <= set(other):
        return len(places[other]) >= 0.4 * len(places[key])
    return True


def _spelling(spelt: Counter[str]) -> str:
    best, _ = max(spelt.items(), key=lambda pair: (pair[1], pair[0]))
    return best
