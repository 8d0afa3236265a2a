"""The overview of a source in its own words: nothing is written but titles made of its words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.compose.extractive import Extractive
from rag.models import Evidence, Passage, Piece, Source, unique
from rag.overview.chapters import Chapter, found_chapters, given_chapters, named_by_words
from rag.overview.parts import Desk, Dive, Entry, Overview
from rag.overview.standing import follows, names_something, tells_subject
from rag.overview.terms import rarities, terms
from rag.overview.units import Floats, Units, evidence_of, runs_together, units_of, weights_of
from rag.words import stem, words

SUMMARY, TAKEAWAYS, DIVES, TOPICS = 4, 5, 5, 10
_DIVE_LINES = 2
_MATERIAL = 8
_DIVE_SENTENCES = 3
_MOMENTS = 5
# The places of a chapter that a deep dive may be made of.
_FEWEST_IN_DIVE = 6
_REPEATS, _SHARES = 0.86, 0.5
_CHOICE = 0.7
# What a sentence with a name or a figure in it is worth more than one without.
_NAMES_SOMETHING = 1.2
# Below this share of what the weightiest sentence holds, one is mostly talk.
_SAYS_SOMETHING = 0.2
# How well the first sentence of a line stands by itself, of 1: what is looked for first, what then, and what
# a model may be given.
_WELL, _FAIRLY, _AT_ALL = 0.5, 0.35, 0.15
# What a line must be worth of the best of its kind.
_SHARE = 0.2
# Where to look for a sentence that says what it is all about, and what it must weigh.
_BEGINNING, _SAYS_MUCH = 0.12, 0.4


@dataclass(frozen=True, slots=True)
class Run:
    """Sentences that stand together, by their places, and what they are worth."""

    start: int
    end: int
    worth: float


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The words that an overview is made of, before anything is cited."""

    source: Source
    units: Units
    summary: tuple[Evidence, ...]
    takeaways: tuple[Evidence, ...]
    dives: tuple[tuple[Chapter, tuple[Evidence, ...]], ...]
    material: tuple[tuple[Evidence, ...], ...]  # for each dive, what a model may write it from
    chapters: tuple[Chapter, ...]
    people: tuple[tuple[str, tuple[Evidence, ...]], ...]
    topics: tuple[tuple[str, tuple[Evidence, ...]], ...]
    found_chapters: bool


def choose(
    source: Source,
    passages: Sequence[Passage],
    vectors: Mapping[str, Floats],
    *,
    counts: Callable[[Sequence[str]], Mapping[str, int]],
    archive_passages: int,
) -> Chosen:
    """Pick the words.

    Args:
        source: what it is an overview of.
        passages: all of its passages, in order.
        vectors: by passage id, those of its sentences (sentences x d), or its own (d).
        counts: in how many passages of the archive stems occur.
        archive_passages: how many passages the archive has.
    """
    units = units_of(passages, vectors)
    roots = sorted({root for unit in units.all for root in unit.stems})
    rarity = rarities(counts(roots), archive_passages)
    speakers = unique([unit.sentence.speaker for unit in units.all])
    people = unique([*source.people, *speakers])
    weights = weights_of(units, rarity)
    given = given_chapters(units)
    chapters = given or named_by_words(units, found_chapters(units), rarity, without=people)
    weights = _stressed(weights, source.title)
    worth = _worth(units, range(len(units)), weights)

    taken: list[Run] = []
    summary = _subject(units, weights, taken)
    everywhere = range(len(units))
    summary += _picked(units, everywhere, worth, chapters, SUMMARY - len(summary), taken, longest=2)
    takeaways = _picked(units, everywhere, worth, chapters, TAKEAWAYS, taken, longest=1)
    dives, material = [], []
    for chapter in _deepest(units, chapters, worth):
        inside = _worth(units, chapter.places, _stressed(weights, chapter.title or ""))
        best = _picked(units, chapter.places, inside, (), _DIVE_LINES, taken, longest=_DIVE_SENTENCES)
        leaning = _runs(units, chapter.places, inside, longest=_DIVE_SENTENCES, least=_AT_ALL)
        more = [*best, *_best(units, leaning, (), _MATERIAL, list(best))]
        if more:
            dives.append((chapter, tuple(_evidence(units, run) for run in best)))
            material.append(tuple(_evidence(units, run) for run in sorted(more, key=lambda run: run.start)))
    said = terms([unit.text for unit in units.all], rarity, most=TOPICS, without=people)
    return Chosen(
        source=source,
        units=units,
        summary=tuple(_evidence(units, run) for run in summary),
        takeaways=tuple(_evidence(units, run) for run in takeaways),
        dives=tuple(dives),
        material=tuple(material),
        chapters=tuple(chapters),
        people=tuple((name, tuple(_speaks(units, name))) for name in people),
        topics=tuple(
            (
                term.text,
                tuple(evidence_of([units.all[place]]) for place in _telling(units, worth, term.places)),
            )
            for term in said
        ),
        found_chapters=not given,
    )


def quoted(chosen: Chosen) -> Overview:
    """The overview in the source's own words."""
    desk = Desk()
    return overview_of(
        chosen,
        desk,
        model=Extractive.name,
        summary=quotes(chosen.summary),
        takeaways=quotes(chosen.takeaways),
        dives=[(title_of(chapter), quotes(found)) for chapter, found in chosen.dives],
    )


def overview_of(
    chosen: Chosen,
    desk: Desk,
    *,
    model: str,
    summary: Sequence[Piece],
    takeaways: Sequence[Piece],
    dives: Sequence[tuple[str, Sequence[Piece]]],
    notice: str | None = None,
) -> Overview:
    """An overview of these pieces, with the chapters, people and topics that were found."""
    units = chosen.units
    summary_lines, takeaway_lines = desk.lines(summary), desk.lines(takeaways)
    dived = [Dive(title=title, lines=desk.lines(pieces)) for title, pieces in dives]
    single = len(chosen.chapters) == 1
    chapters = [
        Entry(name=title_of(chapter), moments=desk.moments([evidence_of([units.all[chapter.start]])]))
        for chapter in ([] if single else chosen.chapters)
    ]
    people = [Entry(name=name, moments=desk.moments(found)) for name, found in chosen.people]
    topics = [Entry(name=name, moments=desk.moments(found)) for name, found in chosen.topics]
    return Overview(
        source=chosen.source,
        model=model,
        notice=notice,
        summary=summary_lines,
        takeaways=takeaway_lines,
        dives=tuple(dive for dive in dived if dive.lines),
        chapters=tuple(chapters),
        people=tuple(people),
        topics=tuple(topics),
        found_chapters=chosen.found_chapters,
        cut=tuple(desk.cut),
    )


def title_of(chapter: Chapter) -> str:
    """What a chapter is called: of a heading within headings, the last."""
    return (chapter.title or "").rpartition(" › ")[2] or ("Opening" if chapter.start == 0 else "More")


def quotes(found: Sequence[Evidence]) -> list[Piece]:
    """The stretches, each as its own words."""
    return [Piece(text=item.quote, evidence=(item,)) for item in found]


def _stressed(weights: Mapping[str, float], title: str) -> dict[str, float]:
    """The weights, with those of a title's words doubled."""
    said = {stem(word) for word in words(title)}
    return {root: weight * (2 if root in said else 1) for root, weight in weights.items()}


def _worth(units: Units, places: Sequence[int], weights: Mapping[str, float]) -> dict[int, float]:
    central, weight = units.central(places), units.weight(places, weights)
    return {
        place: units.all[place].standing
        * (0.05 + 0.15 * float(near) + 0.8 * float(heavy))
        * (1.0 if heavy > _SAYS_SOMETHING else 0.5)
        * (_NAMES_SOMETHING if names_something(units.all[place].text) else 1.0)
        for place, near, heavy in zip(places, central, weight, strict=True)
    }


def _runs(
    units: Units, places: Sequence[int], worth: Mapping[int, float], *, longest: int, least: float
) -> list[Run]:
    """Every run whose first sentence stands by itself; the others may lean on it."""
    found = []
    for start in places:
        if not worth[start] or units.all[start].standing < least:
            continue
        total = worth[start]
        found.append(Run(start, start + 1, total))
        for end in range(start + 1, start + longest):
            if end not in worth or not runs_together(units, end - 1, end) or not follows(units.all[end].text):
                break
            lean = units.all[end].standing
            # A sentence that leans on the one before is worth what it tells.
            total += max(worth[end], 0.15 if not lean else 0.0)
            found.append(Run(start, end + 1, total / (end + 1 - start) * (1 + 0.25 * (end - start))))
    return found


def _picked(
    units: Units,
    places: Sequence[int],
    worth: Mapping[int, float],
    chapters: Sequence[Chapter],
    most: int,
    taken: list[Run],
    *,
    longest: int,
) -> list[Run]:
    """The best runs: of those whose first sentence stands well, and if these are too few, fairly well."""
    chosen: list[Run] = []
    for least in (_WELL, _FAIRLY):
        runs = _runs(units, places, worth, longest=longest, least=least)
        floor = _SHARE * max((run.worth for run in runs), default=0.0)
        chosen += _best(
            units, [run for run in runs if run.worth >= floor], chapters, most - len(chosen), taken
        )
    return sorted(chosen, key=lambda run: run.start)


def _best(
    units: Units, runs: Sequence[Run], chapters: Sequence[Chapter], most: int, taken: list[Run]
) -> list[Run]:
    """The best runs in reading order, each of something else, spread over chapters; noted as taken."""
    chosen: list[Run] = []
    left = sorted(runs, key=lambda run: (-run.worth, run.start))[:200]
    vectors = {run: _vector(units, run) for run in left}
    used: dict[int, int] = {}
    while left and len(chosen) < most:

        def gain(run: Run) -> float:
            near = max((float(vectors[run] @ vectors[other]) for other in chosen), default=0.0)
            crowd = used.get(_chapter_of(run, chapters), 0)
            return _CHOICE * run.worth - (1 - _CHOICE) * max(0.0, near) * 0.5 - 0.12 * crowd

        best = max(left, key=gain)
        left.remove(best)
        if best.worth < 0.12 or any(_repeats(units, best, other) for other in taken):
            continue
        chosen.append(best)
        taken.append(best)
        chapter = _chapter_of(best, chapters)
        used[chapter] = used.get(chapter, 0) + 1
    return sorted(chosen, key=lambda run: run.start)


def _subject(units: Units, weights: Mapping[str, float], taken: list[Run]) -> list[Run]:
    """The sentence at the beginning that says what all of it is about; noted as taken."""
    first = range(min(len(units), max(12, round(_BEGINNING * len(units)))))
    heavy = units.weight(first, weights)
    found = [
        Run(place, place + 1, 1.0 + float(heavy[place]))
        for place in first
        if tells_subject(units.all[place].text)
        and (heavy[place] > _SAYS_MUCH or (heavy[place] > 0 and names_something(units.all[place].text)))
    ]
    best = sorted(found, key=lambda run: -run.worth)[:1]
    taken += best
    return best


def _repeats(units: Units, run: Run, other: Run) -> bool:
    if run.start < other.end and other.start < run.end:
        return True
    one = frozenset[str]().union(*(units.all[at].stems for at in range(run.start, run.end)))
    two = frozenset[str]().union(*(units.all[at].stems for at in range(other.start, other.end)))
    shared = len(one & two) / max(1, min(len(one), len(two)))
    return shared > _SHARES and (shared > 0.75 or _near(units, run, other) > _REPEATS)


def _near(units: Units, run: Run, other: Run) -> float:
    return float(_vector(units, run) @ _vector(units, other))


def _vector(units: Units, run: Run) -> Floats:
    mean: Floats = units.vectors[run.start : run.end].mean(axis=0)
    return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))


def _chapter_of(run: Run, chapters: Sequence[Chapter]) -> int:
    return next((at for at, chapter in enumerate(chapters) if run.start in chapter.places), -1)


def _deepest(units: Units, chapters: Sequence[Chapter], worth: Mapping[int, float]) -> list[Chapter]:
    """The chapters with the most to tell, in order."""

    def told(chapter: Chapter) -> float:
        return sum(sorted((worth[place] for place in chapter.places), reverse=True)[:8])

    fit = [
        chapter
        for chapter in chapters
        if len(chapter.places) >= _FEWEST_IN_DIVE and not (chapter.start == 0 and chapter.title is None)
    ]
    best = sorted(fit, key=told, reverse=True)[:DIVES]
    return sorted(best, key=lambda chapter: chapter.start)


def _telling(units: Units, worth: Mapping[int, float], places: Sequence[int]) -> Iterator[int]:
    """The places that say most, in order."""
    yield from sorted(sorted(places, key=lambda place: (-worth[place], place))[:_MOMENTS])


def _speaks(units: Units, name: str) -> Iterator[Evidence]:
    """The first sentence of somebody's that says something."""
    own = [unit for unit in units.all if unit.sentence.speaker == name]
    first = next((unit for unit in own if len(unit.text.split()) >= 6), own[0] if own else None)
    if first is not None:
        yield evidence_of([first])


def _evidence(units: Units, run: Run) -> Evidence:
    return evidence_of(units.all[run.start : run.end], score=run.worth)
