"""A source's text as a reader follows it: turns of whole sentences, each with its seconds. Pure.

A turn is a paragraph in one person's words, under one heading; where nobody speaks it is just a paragraph.
Sentences and their times are those that citations have, so a citation is always one of these sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.contract import Json
from rag.models import Passage, Sentence, Source

_PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A sentence in its place: the passage it is of, and which one it is there, from 1 on."""

    passage: Passage
    n: int
    sentence: Sentence

    @property
    def text(self) -> str:
        """Its words."""
        return self.passage.source.text[self.sentence.start : self.sentence.end]

    @property
    def anchor(self) -> str:
        """The fragment of its address."""
        return f"{self.passage.id}-{self.n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A paragraph of one speaker. An advert or AI-written text never shares one with other text."""

    speaker: str | None
    heading: str | None
    advert: bool
    ai_written: bool
    page: int | None
    sentences: tuple[Spoken, ...]

    @property
    def start_s(self) -> float | None:
        """When it begins."""
        return self.sentences[0].sentence.start_s


def turns_of(passages: Iterable[Passage]) -> list[Turn]:
    """The turns of a source, from its passages in order; together they hold every sentence once."""
    turns: list[Turn] = []
    run: list[Spoken] = []
    for passage in passages:
        for n, sentence in enumerate(passage.sentences, start=1):
            spoken = Spoken(passage=passage, n=n, sentence=sentence)
            if run and not _goes_on(run[-1], spoken):
                turns.append(_turn(run))
                run = []
            run.append(spoken)
    return [*turns, _turn(run)] if run else turns


def anchor_of(passage: Passage, start: int) -> str:
    """The fragment that opens the sentence which holds this offset, or else the passage's first.

    >>> from rag.models import SourceKind
    >>> source = Source(id="s", kind=SourceKind.ARTICLE, origin="", text="A. B.", fingerprint="", title="")
    >>> two = (Sentence(start=0, end=2), Sentence(start=3, end=5))
    >>> anchor_of(Passage(id="p", source=source, ordinal=0, start=0, end=5, sentences=two), 3)
    'p-2'
    """
    held = (n for n, one in enumerate(passage.sentences, start=1) if one.start <= start < one.end)
    return f"{passage.id}-{next(held, 1)}"


def window(turns: Sequence[Turn], *, around: int | None, most: int | None) -> tuple[int, int]:
    """Which turns to show: from where and up to where, at most so many, with the offset in their midst."""
    if most is None or most >= len(turns):
        return 0, len(turns)
    if around is None:
        return 0, most
    at = next((place for place, turn in enumerate(turns) if around < _end(turn)), len(turns) - 1)
    first = min(max(0, at - most // 2), len(turns) - most)
    return first, first + most


def transcript_json(
    source: Source, turns: Sequence[Turn], *, around: int | None = None, most: int | None = None
) -> Json:
    """A source's turns, or a window of them; `before` and `after` count those that are left out."""
    first, last = window(turns, around=around, most=most)
    return {
        "source": {
            "id": source.id,
            "kind": source.kind.value,
            "show": source.show,
            "title": source.title,
            "published": source.published.isoformat() if source.published else None,
            "url": source.url,
            "audio_url": source.audio_url,
            "seconds": source.seconds,
        },
        "before": first,
        "after": len(turns) - last,
        "turns": [_turn_json(turn) for turn in turns[first:last]],
    }


def _turn_json(turn: Turn) -> Json:
    return {
        "speaker": turn.speaker,
        "heading": turn.heading,
        "page": turn.page,
        "sentences": [_sentence_json(spoken) for spoken in turn.sentences],
    }


def _sentence_json(spoken: Spoken) -> Json:
    sentence = spoken.sentence
    return {
        "passage_id": spoken.passage.id,
        "n": spoken.n,
        "start": sentence.start,
        "end": sentence.end,
        "start_s": sentence.start_s,
        "end_s": sentence.end_s,
        "approximate": sentence.approximate,
        "text": spoken.text,
        "advert": spoken.passage.advert,
        "ai_written": spoken.passage.ai_written,
    }


def _goes_on(last: Spoken, spoken: Spoken) -> bool:
    """Whether a sentence belongs to the turn of the one before it."""
    between = last.passage.source.text[last.sentence.end : spoken.sentence.start]
    return _PARAGRAPH not in between and _fixed(last) == _fixed(spoken)


def _fixed(spoken: Spoken) -> tuple[object, ...]:
    passage = spoken.passage
    return spoken.sentence.speaker, passage.heading, passage.advert, passage.ai_written, passage.page


def _turn(run: Sequence[Spoken]) -> Turn:
    passage = run[0].passage
    return Turn(
        speaker=run[0].sentence.speaker,
        heading=passage.heading,
        advert=passage.advert,
        ai_written=passage.ai_written,
        page=passage.page,
        sentences=tuple(run),
    )


def _end(turn: Turn) -> int:
    return turn.sentences[-1].sentence.end
