"""What every reader gives back: a source's words in order, each stretch with its label. Pure.

A reader turns bytes that somebody published into a `Reading`. It decides nothing about passages, ids or
embedding; `canonical.py` turns the parts into one text, `chunk.py` cuts that text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from rag.models import Label, SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of words with one label: an utterance of a recording or a paragraph of a page.

    `text` is what a reader sees: no markup, no speaker prefix, no time stamp, entities decoded once, white
    space folded to single spaces. `continues` says that the words go on in the same paragraph as the part
    before (the next cue of a turn, words after an inline stamp); otherwise a new paragraph begins.
    """

    text: str
    label: Label = field(default_factory=Label)
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a source says of itself. None is "it does not say"; nothing here is guessed from the words.

    `season` and `number` are an episode's place in its show. `identity` is what stays the same when the file
    moves: a feed guid, a canonical URL, a front-matter id.
    """

    kind: SourceKind | None = None
    title: str | None = None
    show: str | None = None
    people: tuple[str, ...] = ()
    published: date | None = None
    url: str | None = None
    audio_url: str | None = None
    language: str | None = None
    seconds: float | None = None
    season: int | None = None
    number: int | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A source as read. `skipped` says, one line each, what was present and left out, and why."""

    metadata: Metadata
    parts: tuple[Part, ...]
    skipped: tuple[str, ...] = ()
