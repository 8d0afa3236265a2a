"""The nouns: what a source, a passage, a claim and an answer are. Pure; every other module speaks in these.

Offsets count Unicode code points of a source's canonical text, times are seconds from the start of the
recording, and a quote is always `source.text[start:end]`, never a copy kept beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# The audience that everybody belongs to.
PUBLIC = "public"

# Cosines to a question of runs of a passage's sentences: `closeness[n - 1][i]` is that of the mean of the n
# sentences from the i-th on.
LONGEST_RUN = 3
Closeness = tuple[tuple[float, ...], ...]


class SourceKind(StrEnum):
    """What a reader would call the thing they open."""

    EPISODE = "episode"
    NEWSLETTER = "newsletter"
    ARTICLE = "article"
    SUMMARY = "summary"
    DOCUMENT = "document"


class Status(StrEnum):
    """How far the archive could answer."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_COVERED = "not_covered"
    OFF_TOPIC = "off_topic"


class Verdict(StrEnum):
    """What is known about a claim: the source's own words, checked against them, counted, or cut."""

    QUOTED = "quoted"
    SUPPORTED = "supported"
    DERIVED = "derived"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing a reader can open, with its canonical text.

    `origin` is the path or URL as it was given; `url` is where a reader finds it, `audio_url` where it is
    heard. `seconds` is the length of the recording, `season` and `number` an episode's place in its show,
    `fingerprint` the hash of the bytes it was read from.
    `audience` is the tier of readers it is for.
    """

    id: str
    kind: SourceKind
    origin: str
    text: str
    fingerprint: str
    title: str
    show: str | None = None
    people: tuple[str, ...] = ()
    published: date | None = None
    url: str | None = None
    audio_url: str | None = None
    language: str | None = None
    seconds: float | None = None
    season: int | None = None
    number: int | None = None
    audience: str = PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A source as lists show it: what is known of it and how much of it there is, without its text.

    `ai_written` is true if any part of it is.
    """

    id: str
    kind: SourceKind
    origin: str
    title: str
    show: str | None
    people: tuple[str, ...]
    published: date | None
    url: str | None
    language: str | None
    seconds: float | None
    season: int | None
    number: int | None
    passages: int
    characters: int
    ai_written: bool
    audience: str = PUBLIC


def listing(source: Source, *, passages: int, ai_written: bool) -> Listing:
    """The listing of a source that is at hand whole."""
    return Listing(
        id=source.id,
        kind=source.kind,
        origin=source.origin,
        title=source.title,
        show=source.show,
        people=source.people,
        published=source.published,
        url=source.url,
        language=source.language,
        seconds=source.seconds,
        season=source.season,
        number=source.number,
        passages=passages,
        characters=len(source.text),
        ai_written=ai_written,
        audience=source.audience,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is true of a stretch of text: who says it, when, under which heading, and what sort of text it is.

    `approximate` marks times that were estimated from neighbours rather than given by the source.
    `page` is the 1-based page of a paged document.
    """

    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    approximate: bool = False
    heading: str | None = None
    advert: bool = False
    ai_written: bool = False
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A labelled stretch `text[start:end]` of a source. Spans of a source lie in order and do not overlap."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The unit of citation: an offset pair inside a passage, with its own speaker and times."""

    start: int
    end: int
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A run of a source's canonical text, small enough to find and to quote.

    >>> episode = Source(id="s", kind=SourceKind.EPISODE, origin="a.vtt", text="One. Two.", fingerprint="f",
    ...                  title="Numbers")
    >>> Passage(id="p", source=episode, ordinal=1, start=5, end=9, sentences=()).text
    'Two.'
    """

    id: str
    source: Source = field(repr=False)
    ordinal: int
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    speakers: tuple[str, ...] = ()
    start_s: float | None = None
    end_s: float | None = None
    approximate: bool = False
    heading: str | None = None
    advert: bool = False
    ai_written: bool = False
    page: int | None = None

    @property
    def text(self) -> str:
        """The passage's words."""
        return self.source.text[self.start : self.end]

    @property
    def speaker(self) -> str | None:
        """The one person who speaks throughout; None when nobody is named, or several are."""
        return self.speakers[0] if len(self.speakers) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A passage that search scored, and its place in each ranking (1 is first).

    `similarity` is the cosine between question and passage, None when dense search did not return it;
    `closeness` is that of its sentences, empty where no sentence vectors are stored.
    """

    passage: Passage
    score: float
    lexical_rank: int | None = None
    dense_rank: int | None = None
    similarity: float | None = None
    closeness: Closeness = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What search returns: a passage with the neighbours that score nearly as high, as one stretch of text.

    `best` is the passage it was found by, `matches` all of them in the order of the text.
    """

    best: Match
    matches: tuple[Match, ...]

    @property
    def passage(self) -> Passage:
        """The passage it was found by."""
        return self.best.passage

    @property
    def score(self) -> float:
        """The best passage's."""
        return self.best.score

    @property
    def similarity(self) -> float | None:
        """The highest cosine to the question of its passages."""
        return max((match.similarity for match in self.matches if match.similarity is not None), default=None)

    @property
    def start(self) -> int:
        """Where the stretch begins in the source's text."""
        return self.matches[0].passage.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.matches[-1].passage.end

    @property
    def text(self) -> str:
        """Its words."""
        return self.passage.source.text[self.start : self.end]

    @property
    def speaker(self) -> str | None:
        """The one person who speaks throughout; None when nobody is named, or several are."""
        speakers = {match.passage.speaker for match in self.matches}
        return speakers.pop() if len(speakers) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One stretch of whole sentences chosen to answer the question; `start` and `end` are source offsets."""

    passage: Passage
    start: int
    end: int
    score: float
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    approximate: bool = False

    @classmethod
    def of(cls, passage: Passage, *run: Sentence, score: float = 1.0) -> Evidence:
        """A run of a passage's sentences by one speaker, who speaks from the first one's second on."""
        first, last = run[0], run[-1]
        return cls(
            passage=passage,
            start=first.start,
            end=last.end,
            score=score,
            speaker=first.speaker,
            start_s=first.start_s,
            end_s=last.end_s,
            approximate=first.approximate,
        )

    @property
    def quote(self) -> str:
        """The words, to the letter."""
        return self.passage.source.text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a draft. Without evidence it is frame text, which claims nothing.

    `close` comes after the words and before their numbers, such as a closing quotation mark. `reason` says
    why it was cut, or what was mended in it.
    """

    text: str
    evidence: tuple[Evidence, ...] = ()
    close: str = ""
    verdict: Verdict = Verdict.QUOTED
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a composer gives, in reading order, before verification."""

    pieces: tuple[Piece, ...]
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A number a reader sees, the evidence behind it, and the link that opens the moment or the words."""

    number: int
    evidence: Evidence
    link: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of an answer that says something. `at` is its place in the answer's text."""

    text: str
    at: tuple[int, int]
    citations: tuple[int, ...]
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The closest material when the archive does not cover a question."""

    source: Source
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds spent finding and choosing what answers, writing, verifying; and in all."""

    retrieve_ms: float = 0.0
    compose_ms: float = 0.0
    verify_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an answer took of a language model: tokens, calls, and money where prices are set.

    >>> Usage(input_tokens=900, output_tokens=60, calls=1) + Usage(input_tokens=100, calls=1, spend=0.5)
    Usage(input_tokens=1000, output_tokens=60, calls=2, spend=0.5)
    """

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    spend: float | None = None

    def __add__(self, other: Usage) -> Usage:
        spent = [spend for spend in (self.spend, other.spend) if spend is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            calls=self.calls + other.calls,
            spend=sum(spent) if spent else None,
        )


def used(*usages: Usage | None) -> Usage | None:
    """The sum of what was used; None when nothing was."""
    some = [usage for usage in usages if usage is not None and usage.calls]
    return sum(some, start=Usage()) if some else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the reader gets: text, the claims in it, the citations behind them, and what was searched."""

    id: str
    question: str
    status: Status
    text: str
    model: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Nearest, ...] = ()
    retrieved: tuple[Found, ...] = ()
    notice: str | None = None
    timings: Timings = Timings()
    usage: Usage | None = None  # None when no model was asked
    explanation: tuple[str, ...] = ()


def noticed(*notices: str | None) -> str | None:
    """All that a reader is to be told beside an answer, once each; None when it is nothing.

    >>> noticed("There is no speaker “Bo”.", None, "The model was slow.")
    'There is no speaker “Bo”. The model was slow.'
    """
    return " ".join(dict.fromkeys(notice for notice in notices if notice)) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of the conversation; `role` is `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the reader limits a question to: values of one field are alternatives, fields add up.

    `since` and `until` are inclusive days. A source without a date passes no date limit. `exclude` names
    sources to leave out. `audiences` are the tiers that may be read, all of them when empty: the way in sets
    it, no reader can.
    """

    shows: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    kinds: tuple[SourceKind, ...] = ()
    sources: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    adverts: bool = False
    audiences: tuple[str, ...] = ()

    @property
    def narrow(self) -> bool:
        """Whether the reader left out more than adverts."""
        named = self.shows or self.speakers or self.kinds or self.sources or self.exclude
        return bool(named or self.since or self.until)


def unique(values: Sequence[str | None]) -> tuple[str, ...]:
    """The named values in order of first appearance, without repeats.

    >>> unique(["Ana", None, "Bo", "Ana"])
    ('Ana', 'Bo')
    """
    return tuple(dict.fromkeys(value for value in values if value))
