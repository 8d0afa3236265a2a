"""Make one source of an episode's transcript, chapters and show notes, and say how good it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.chapters import Chapter, noted_chapters, with_headings
from ingest.items import Item
from ingest.reading import Part, Reading
from ingest.transcripts.names import is_anonymous
from rag.models import Label

NOTES = "Show notes"


def whole(item: Item, transcript: Reading, notes: Reading, chapters: Iterable[Chapter] = ()) -> Reading:
    """A transcript under its chapters, with the show notes behind it.

    Args:
        item: what the feed says.
        transcript: as read.
        notes: the show notes, as read.
        chapters: of the feed's chapters file; those in the feed and in the show notes stand in for them.
    """
    found = tuple(chapters) or item.chapters or noted_chapters(part.text for part in notes.parts)
    return replace(transcript, parts=(*with_headings(transcript.parts, found), *headed(notes.parts)))


def headed(notes: Iterable[Part]) -> tuple[Part, ...]:
    """Show notes as what they are: written, and not said in the recording."""
    return tuple(replace(part, label=Label(heading=NOTES, advert=part.label.advert)) for part in notes)


def goodness(parts: Sequence[Part]) -> tuple[int, int]:
    """How good a transcript is: 2 when it names people, 1 when it tells them apart; 1 when it has times.

    >>> from rag.models import Label
    >>> named = Part(text="Hi.", label=Label(speaker="Ana Roe", start_s=1.0))
    >>> goodness([named]), goodness([Part(text="Hi.")])
    ((2, 1), (0, 0))
    """
    return rated(
        (part.label.speaker for part in parts),
        timed=any(part.label.start_s is not None for part in parts),
    )


def rated(speakers: Iterable[str | None], *, timed: bool) -> tuple[int, int]:
    """The same from the names of who speaks."""
    named = {speaker for speaker in speakers if speaker}
    people = any(not is_anonymous(speaker) for speaker in named)
    return (2 if people else 1 if len(named) > 1 else 0), int(timed)
