"""Where a source's chapters begin: by its own headings, or where what it talks about changes. Pure.

The second is TextTiling (Hearst 1997) over passages' vectors instead of words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from rag.overview.terms import terms
from rag.overview.units import Units, neighbours

# Passages on either side of a place that are compared.
_WINDOW = 4
# Passages: a shorter chapter is none, and a chapter has about so many.
_SHORTEST, _USUAL = 5, 14
_MOST = 12
_NAMES = 2
# In how many of its sentences what names a chapter must be.
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Chapter:
    """A run of sentences, by their places; `title` is None where nobody gave it one."""

    start: int
    end: int
    title: str | None

    @property
    def places(self) -> range:
        """Its sentences."""
        return range(self.start, self.end)


def given_chapters(units: Units) -> list[Chapter]:
    """The chapters that the source's own headings make; none when there are not at least two headings.

    What comes before the first heading is a chapter without a title.
    """
    chapters, start = [], 0
    for heading, run in groupby(units.all, key=lambda unit: unit.passage.heading):
        end = start + len(list(run))
        chapters.append(Chapter(start, end, heading))
        start = end
    return chapters if sum(chapter.title is not None for chapter in chapters) >= 2 else []


def found_chapters(units: Units) -> list[Chapter]:
    """Chapters where the talk turns to something else, each with a title of None; one when it never does."""
    blocks = list(neighbours(units))
    if len(blocks) < 2 * _SHORTEST:
        return [Chapter(0, len(units), None)] if len(units) else []
    means = np.asarray([units.vectors[start:end].mean(axis=0) for start, end in blocks])
    depths = _depths(_likeness(means))
    wanted = min(_MOST, max(2, round(len(blocks) / _USUAL))) - 1
    cuts: list[int] = []
    for gap in sorted(range(len(depths)), key=lambda gap: -depths[gap]):
        block = gap + 1
        edges = (0, len(blocks), *cuts)
        if len(cuts) < wanted and depths[gap] > 0 and all(abs(block - edge) >= _SHORTEST for edge in edges):
            cuts.append(block)
    places = [0, *(_at_turn(units, blocks, block) for block in sorted(cuts)), len(units)]
    return [Chapter(start, end, None) for start, end in pairwise(places) if start < end]


def named_by_words(
    units: Units, chapters: Sequence[Chapter], rarity: Callable[[str], float], *, without: Sequence[str]
) -> list[Chapter]:
    """Chapters without a title named by what they talk about more than the others do."""
    held = [{root for place in chapter.places for root in units.all[place].stems} for chapter in chapters]

    def distinct(root: str) -> float:
        return (
            rarity(root) / sum(root in roots for roots in held) ** 0.7 if any(root in r for r in held) else 0
        )

    named = []
    for chapter in chapters:
        texts = [units.all[place].text for place in chapter.places]
        best = terms(texts, distinct, most=_NAMES, without=without, fewest=_TIMES)
        title = ", ".join(term.text for term in best) or None
        named.append(
            Chapter(chapter.start, chapter.end, chapter.title or (title and title[0].upper() + title[1:]))
        )
    return named


def _likeness(means: np.ndarray) -> list[float]:
    """How alike the blocks before and after each gap are."""
    found = []
    for gap in range(1, len(means)):
        before = means[max(0, gap - _WINDOW) : gap].mean(axis=0)
        after = means[gap : gap + _WINDOW].mean(axis=0)
        lengths = max(float(np.linalg.norm(before) * np.linalg.norm(after)), 1e-9)
        found.append(float(before @ after) / lengths)
    return found


def _depths(likeness: Sequence[float]) -> list[float]:
    """How deep each gap lies below the peaks on both of its sides."""
    depths = []
    for gap, value in enumerate(likeness):
        left = right = value
        for before in reversed(likeness[:gap]):
            if before < left:
                break
            left = before
        for after in likeness[gap + 1 :]:
            if after < right:
                break
            right = after
        depths.append(left + right - 2 * value)
    return depths


def _at_turn(units: Units, blocks: Sequence[tuple[int, int]], block: int) -> int:
    """The nearest place where somebody else begins to speak, so that no answer loses its first words."""
    place = blocks[block][0]
    first, last = blocks[block - 1][0], blocks[block][1]
    turns = [
        at
        for at in range(first + 1, last)
        if units.all[at].sentence.speaker != units.all[at - 1].sentence.speaker
    ]
    return min(turns, key=lambda at: abs(at - place), default=place)
