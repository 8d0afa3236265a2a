"""Join two rankings into one, lend scores to neighbours, and join neighbours that score alike. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rag.models import Match

# Where a passage stands: its source's id and its ordinal in it.
Place = tuple[str, int]

# What a passage lends the ones next to it, and those one further. A question and its answer often stand in
# neighbouring turns, and only one of them shares the asker's words. On the development questions this is
# worth five points of evidence recall, with anything from (0.3, 0.15) to (0.5, 0.25).
NEIGHBOURS = (0.3, 0.15)
# The same where a question asks for a discussion, which runs over many turns. On a third of QMSum's training
# meetings nDCG@10 is 0.55 with the shares above, 0.57 with these, and 0.58 with larger ones, which find
# something relevant among the first five less often.
AT_LENGTH = (0.2,) * 8
# A stretch of neighbours that are shown as one has at most so many characters, and each of them at least this
# share of the score of the best: found by a small passage, read in its surroundings.
_STRETCH = 1000
_NEARLY = 0.7


def levelled(scores: Sequence[float]) -> list[float]:
    """Scores in falling order as shares of the way from the last to the first.

    >>> levelled([0.9, 0.6, 0.5])
    [1.0, 0.25, 0.0]
    """
    if not scores:
        return []
    first, last = scores[0], scores[-1]
    return [round((score - last) / (first - last), 9) if first > last else 1.0 for score in scores]


def blend(rankings: Sequence[tuple[float, Mapping[Place, float]]]) -> dict[Place, float]:
    """The weighted sum of scores; a place that a ranking does not have gets nothing from it.

    >>> blend([(2, {("a", 0): 1.0}), (1, {("a", 0): 0.5, ("b", 3): 1.0})])
    {('a', 0): 2.5, ('b', 3): 1.0}
    """
    total: defaultdict[Place, float] = defaultdict(float)
    for weight, scores in rankings:
        for place, score in scores.items():
            total[place] += weight * score
    return dict(total)


def lend(scores: Mapping[Place, float], shares: Sequence[float] = NEIGHBOURS) -> dict[Place, float]:
    """Each score with what its neighbours lend it; a neighbour that was not found is found now.

    >>> lend({("a", 5): 1.0}, shares=[0.4])
    {('a', 5): 1.0, ('a', 6): 0.4, ('a', 4): 0.4}
    """
    total: defaultdict[Place, float] = defaultdict(float, scores)
    for (source, ordinal), score in scores.items():
        for distance, share in enumerate(shares, start=1):
            total[source, ordinal + distance] += share * score
            if ordinal >= distance:
                total[source, ordinal - distance] += share * score
    return dict(total)


def joined(matches: Sequence[Match]) -> list[tuple[Match, tuple[Match, ...]]]:
    """Each match with the neighbours that it is shown with, best first; no match twice.

    Neighbours stand next to each other under one heading, and are alike in being an advert or AI-written.
    """
    at = {place_of(match): match for match in matches}
    found = []
    for best in sorted(matches, key=lambda match: -match.score):
        if at.pop(place_of(best), None) is None:
            continue
        stretch = [best]
        while beside := _beside(stretch, best, at):
            stretch.insert(0 if beside.passage.start < stretch[0].passage.start else len(stretch), beside)
            del at[place_of(beside)]
        found.append((best, tuple(stretch)))
    return found


def place_of(match: Match) -> Place:
    """Where a match stands."""
    return match.passage.source.id, match.passage.ordinal


def _beside(stretch: Sequence[Match], best: Match, at: Mapping[Place, Match]) -> Match | None:
    """The better neighbour of a stretch that may join it."""
    first, last = stretch[0].passage, stretch[-1].passage
    places = ((first.source.id, first.ordinal - 1), (last.source.id, last.ordinal + 1))
    fit = [
        match
        for place in places
        if (match := at.get(place))
        and match.score >= _NEARLY * best.score
        and _kind(match) == _kind(best)
        and max(last.end, match.passage.end) - min(first.start, match.passage.start) <= _STRETCH
    ]
    return max(fit, key=lambda match: match.score, default=None)


def _kind(match: Match) -> tuple[str | None, bool, bool]:
    return match.passage.heading, match.passage.advert, match.passage.ai_written
