"""What a claim is held against: the cited words read, who speaks them, and what their labels say. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.models import Evidence, unique
from rag.verify import lexicon
from rag.verify.figures import Figure, agree
from rag.verify.lexicon import root
from rag.verify.reading import People, Reading, Term, aliases, read
from rag.verify.tokens import Token, tokens


@dataclass(frozen=True, slots=True)
class Ground:
    """Cited words and their labels. Sentences of all of it are numbered through."""

    readings: tuple[Reading, ...]
    terms: tuple[Term, ...]
    figures: tuple[Figure, ...]
    roots: frozenset[str]
    names: tuple[str, ...]  # of the people that the labels name
    speakers: frozenset[str]
    spoken: bool  # by somebody with a name, rather than written
    first_person: frozenset[str]  # who says "I" or "we" in the cited words
    owners: frozenset[str]  # who says "my" or "our"
    labels: tuple[frozenset[str], ...]  # the roots of each title, show and heading
    initials: frozenset[str]

    @property
    def people(self) -> People:
        """Whose name each word of those names is."""
        return aliases(self.names)

    @property
    def keys(self) -> dict[str, list[Term]]:
        """The terms by what they are compared by."""
        found: dict[str, list[Term]] = {}
        for term in self.terms:
            found.setdefault(term.key, []).append(term)
        return found


@dataclass(frozen=True, slots=True)
class _Given:
    """What of a piece of evidence the checks read."""

    quote: str
    speaker: str | None
    voice: str | None
    people: tuple[str, ...]
    labels: tuple[str, ...]


def ground(cited: Sequence[Evidence]) -> Ground:
    """What these words give."""
    return _ground(tuple(_given(item) for item in cited))


def _given(item: Evidence) -> _Given:
    source = item.passage.source
    labels = (source.title, source.show, item.passage.heading)
    return _Given(
        quote=item.quote,
        speaker=item.speaker,
        voice=voice(item),
        people=unique([item.speaker, *source.people]),
        labels=tuple(label for label in labels if label),
    )


# An answer holds its claims against the same few sentences over and over.
@lru_cache(maxsize=512)
def _ground(cited: tuple[_Given, ...]) -> Ground:
    names = unique([name for item in cited for name in item.people])
    readings, terms, offset = [], list[Term](), 0
    spoken: dict[str, str] = {}
    for item in cited:
        reading = _in_one_word(read(item.quote, names=names, speaker=item.speaker), spoken)
        readings.append(reading)
        terms += [
            replace(term, sentence=term.sentence + offset, clause=term.clause + offset)
            for term in reading.terms
        ]
        offset += 1000
    return Ground(
        readings=tuple(readings),
        terms=tuple(terms),
        figures=tuple(figure for reading in readings for figure in reading.figures),
        roots=frozenset().union(*(reading.roots for reading in readings)),
        names=names,
        speakers=frozenset(item.voice for item in cited if item.voice),
        spoken=any(item.speaker for item in cited),
        first_person=_who_says(cited, readings, _SELF),
        owners=_who_says(cited, readings, _OWN),
        labels=tuple(dict.fromkeys(_label(label) for item in cited for label in item.labels)),
        initials=frozenset().union(*(_initials(reading.tokens) for reading in readings)),
    )


def _who_says(cited: Sequence[_Given], readings: Sequence[Reading], words: Set[str]) -> frozenset[str]:
    return frozenset(
        item.speaker
        for item, reading in zip(cited, readings, strict=True)
        if item.speaker and any(token.low in words for token in reading.tokens)
    )


def _in_one_word(reading: Reading, spoken: dict[str, str]) -> Reading:
    """The reading with one key for words that stand for each other, the first that was met."""
    terms = []
    for term in reading.terms:
        if term.kind == "word" and term.key not in spoken:
            spoken[term.key] = next(
                (spoken[other] for other in lexicon.alike().get(term.key, ()) if other in spoken), term.key
            )
        terms.append(replace(term, key=spoken[term.key]) if term.kind == "word" else term)
    return replace(reading, terms=tuple(terms))


def voice(item: Evidence) -> str | None:
    """Whose words these are: the speaker, or the only author of a text without speakers."""
    if item.speaker:
        return item.speaker
    people = item.passage.source.people
    return people[0] if len(people) == 1 and not item.passage.speakers else None


_SELF = frozenset("i me myself we us ourselves".split())
_OWN = frozenset("my mine our ours i we".split())


@lru_cache(maxsize=1024)
def _label(text: str) -> frozenset[str]:
    return frozenset(root(token.low) for token in tokens(text) if token.kind == "word")


def _initials(found: Sequence[Token]) -> set[str]:
    """First letters of runs of words, as acronyms take them: three words or more, or two with capitals."""
    made = set()
    for first in range(len(found)):
        letters = ""
        for token in found[first : first + 6]:
            if token.kind != "word":
                break
            if token.low in ("of", "and", "the", "for") and letters:
                continue
            letters += token.low[0]
            if len(letters) >= 3 or (len(letters) == 2 and found[first].capital and token.capital):
                made.add(letters)
    return made


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim read, and for each of its terms the key in the cited words that it stands for, if any."""

    text: str
    reading: Reading
    matched: tuple[str | None, ...]


def statement(claim: str, held: Ground) -> Statement:
    """The claim as it lies on the cited words."""
    reading = read(claim, names=held.names)
    keys = held.keys
    return Statement(claim, reading, tuple(_match(term, keys, held) for term in reading.terms))


def _match(term: Term, keys: dict[str, list[Term]], held: Ground) -> str | None:
    if term.kind == "figure":
        assert term.figure is not None
        return next(
            (other.key for other in held.terms if other.figure and agree(term.figure, other.figure)), None
        )
    if term.key in keys:
        return term.key
    if term.kind == "name":
        return _match_name(term, held)
    return _match_word(term.key, held)


def _match_name(term: Term, held: Ground) -> str | None:
    wanted = set(term.parts) or {term.key}
    best, most = None, 0
    for other in held.terms:
        if len(other.parts) > 1 and term.key == "".join(part[0] for part in other.parts):
            return other.key
        shared = len(wanted & (set(other.parts) or {other.key}))
        if shared > most:
            best, most = other.key, shared
    return best


def _match_word(key: str, held: Ground) -> str | None:
    roots = {term.key for term in held.terms if term.kind == "word"}
    for other in lexicon.alike().get(key, ()):
        if other in roots:
            return other
    for other in roots:
        if kin(key, other):
            return other
    parts = {part: term.key for term in held.terms for part in term.parts}
    return parts.get(key)


_PREFIXES = ("un", "re", "in", "im", "dis", "non", "pre", "over", "under", "mis", "de")


@lru_cache(maxsize=50_000)
def kin(one: str, other: str) -> bool:
    """Whether two roots belong to one family of words, by their beginning.

    >>> kin("grow", "growth"), kin("critic", "criticis"), kin("contract", "contrast")
    (True, True, False)
    """
    short, long = sorted((one, other), key=len)
    if len(short) < 4:
        return False
    if long.startswith(short):
        return len(long) - len(short) <= 5
    shared = 0
    for left, right in zip(short, long, strict=False):
        if left != right:
            break
        shared += 1
    return shared >= 5 and shared >= len(short) - 1 and len(long) - shared <= 4


def unprefixed(key: str) -> str | None:
    """The root without a prefix that turns its meaning round; None where it has none.

    >>> unprefixed("unchang"), unprefixed("disabl"), unprefixed("chang")
    ('chang', 'abl', None)
    """
    for prefix in ("un", "in", "im", "ir", "il", "dis", "non"):
        if key.startswith(prefix) and len(key) - len(prefix) >= 3:
            return key[len(prefix) :]
    return None
