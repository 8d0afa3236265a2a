"""Join two rankings into one, and let each passage lend its neighbours some of its score. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

# Where a passage stands: its source's id and its ordinal in it.
Place = tuple[str, int]

# What a passage lends the ones next to it, and those one further. A question and its answer often stand in
# neighbouring turns, and only one of them shares the asker's words. On the development questions this is
# worth five points of evidence recall, with anything from (0.3, 0.15) to (0.5, 0.25).
NEIGHBOURS = (0.4, 0.2)


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
