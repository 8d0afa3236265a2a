"""From utterances to parts: times put in order, gaps estimated, labels made. Pure.

Every transcript reader ends here, so that "times never run backwards" and "an estimated time is marked"
hold for all formats at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.reading import Part
from ingest.transcripts import names
from rag.models import Label

SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Words as a transcript gives them. One without words only marks a time (a break, a lone stamp)."""

    text: str
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    heading: str | None = None
    advert: bool = False
    ai_written: bool = False
    page: int | None = None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Known moments of a transcript: after so many characters, so many seconds have gone by."""

    characters: list[int]
    seconds: list[float]

    def at(self, position: int) -> float | None:
        """Seconds at a character, by straight lines between known moments; None beyond the last."""
        after = bisect_right(self.characters, position)
        if not after:
            return None
        before, then = self.characters[after - 1], self.seconds[after - 1]
        if before == position:
            return then
        if after == len(self.characters):
            return None
        share = (position - before) / (self.characters[after] - before)
        return round(then + share * (self.seconds[after] - then), 3)


def settle(utterances: Sequence[Utterance]) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Parts with times that never run backwards, and a note on every time stamp that was not believed.

    >>> said = [Utterance(text="Hi.", start_s=0.0), Utterance(text="Yes"), Utterance(text="No", start_s=6.0)]
    >>> [(part.label.start_s, part.label.approximate) for part in settle(said)[0]]
    [(0.0, False), (3.0, True), (6.0, False)]
    """
    believed, disbelieved = _ordered(utterances)
    starts = _starts(believed)
    parts: list[Part] = []
    for number, utterance in enumerate(believed):
        if not utterance.text:
            continue
        start_s = starts[number]
        parts.append(
            Part(
                text=utterance.text,
                continues=utterance.continues and bool(parts) and not _after_a_sound(parts),
                label=Label(
                    speaker=utterance.speaker,
                    start_s=start_s,
                    end_s=_end(utterance, start_s, starts[number + 1] if number + 1 < len(starts) else None),
                    approximate=start_s is not None and utterance.start_s is None,
                    heading=utterance.heading,
                    advert=utterance.advert,
                    ai_written=utterance.ai_written,
                    page=utterance.page,
                ),
            )
        )
    notes = (f"{disbelieved} time stamps that run backwards: estimated from their neighbours",)
    return tuple(parts), notes if disbelieved else ()


def _after_a_sound(parts: Sequence[Part]) -> bool:
    """Whether "[Music]" stands before these words and after a sentence: they do not begin with it, nor then.

    >>> music = Part(text="[Music]", continues=True)
    >>> [_after_a_sound([Part(text=text), music]) for text in ("It rose.", "It")]
    [True, False]
    """
    if names.after_sounds(parts[-1].text)[1].strip():
        return False
    return len(parts) < 2 or not parts[-1].continues or SENTENCE_END.search(parts[-2].text) is not None


def _ordered(utterances: Sequence[Utterance]) -> tuple[list[Utterance], int]:
    """Drop the fewest time stamps such that the others never run backwards."""
    stamped = [number for number, said in enumerate(utterances) if said.start_s is not None]
    kept = {stamped[i] for i in longest_rise([utterances[number].start_s or 0.0 for number in stamped])}
    believed = [
        said if said.start_s is None or number in kept else replace(said, start_s=None, end_s=None)
        for number, said in enumerate(utterances)
    ]
    return believed, len(stamped) - len(kept)


def longest_rise(values: Sequence[float]) -> list[int]:
    """Positions of the longest run of values, not necessarily neighbours, that never falls.

    >>> longest_rise([1.0, 900.0, 2.0, 2.0, 3.0])
    [0, 2, 3, 4]
    """
    tails: list[float] = []
    tail_at: list[int] = []
    before: list[int] = []
    for position, value in enumerate(values):
        length = bisect_right(tails, value)
        before.append(tail_at[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        tail_at[length : length + 1] = [position]
    run: list[int] = []
    position = tail_at[-1] if tail_at else -1
    while position >= 0:
        run.append(position)
        position = before[position]
    return run[::-1]


def _starts(utterances: Sequence[Utterance]) -> list[float | None]:
    """The start of each utterance: given, or estimated from the characters between two given ones."""
    positions, position = [], 0
    for said in utterances:
        positions.append(position)
        position += len(said.text)
    known = [
        (at, said.start_s) for at, said in zip(positions, utterances, strict=True) if said.start_s is not None
    ]
    if not known:
        return [None] * len(utterances)
    if known[0][0] > 0:
        # A recording begins at 0, so what is said before the first stamp lies between 0 and that stamp.
        known.insert(0, (0, 0.0))
    timeline = _Timeline([at for at, _ in known], [second for _, second in known])
    return [
        said.start_s if said.start_s is not None else _estimate(timeline, at)
        for at, said in zip(positions, utterances, strict=True)
    ]


def _estimate(timeline: _Timeline, position: int) -> float | None:
    """An untimed utterance lies at its character's place, and never after a moment known at that place."""
    first = bisect_left(timeline.characters, position)
    estimate = timeline.at(position)
    if estimate is not None and first < len(timeline.characters) and timeline.characters[first] > position:
        return min(estimate, timeline.seconds[first])
    return estimate


def _end(utterance: Utterance, start_s: float | None, next_start_s: float | None) -> float | None:
    """The given end where it makes sense, else the next start; None when nothing follows."""
    if start_s is None:
        return None
    end_s = utterance.end_s if utterance.end_s is not None and utterance.end_s > start_s else next_start_s
    return end_s if end_s is None else max(end_s, start_s)
