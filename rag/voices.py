"""Of what was found, only what certain people said: a passage may hold several people's words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rag.models import Closeness, Found, Match, Passage, Sentence


def said_by(speakers: Collection[str], found: Sequence[Found]) -> list[Found]:
    """What was found, with each passage left to the runs of sentences that one of these people speaks.

    Each run is a match of its own, so that no quote goes from one to the next over somebody else's words.
    """
    heard = ((hit, [part for match in hit.matches for part in _parts(speakers, match)]) for hit in found)
    return [
        Found(best=max(parts, key=lambda part: part.score), matches=tuple(parts))
        for _, parts in heard
        if parts
    ]


def spoken_by(speakers: Collection[str], passage: Passage) -> Passage:
    """The passage with their sentences alone, for who looks at one sentence at a time."""
    return _left_with([one for one in passage.sentences if one.speaker in speakers], passage)


def _parts(speakers: Collection[str], match: Match) -> Iterator[Match]:
    sentences = match.passage.sentences
    for is_theirs, places in groupby(range(len(sentences)), key=lambda at: sentences[at].speaker in speakers):
        if is_theirs:
            first, *more = places
            end = more[-1] + 1 if more else first + 1
            yield replace(
                match,
                passage=_left_with(sentences[first:end], match.passage),
                closeness=_between(first, end, match.closeness),
            )


def _left_with(sentences: Sequence[Sentence], passage: Passage) -> Passage:
    speakers = tuple(dict.fromkeys(one.speaker for one in sentences if one.speaker))
    return replace(passage, sentences=tuple(sentences), speakers=speakers)


def _between(first: int, end: int, closeness: Closeness) -> Closeness:
    """The cosines of the runs that lie within these sentences."""
    return tuple(runs[first : max(first, end - longer)] for longer, runs in enumerate(closeness))
