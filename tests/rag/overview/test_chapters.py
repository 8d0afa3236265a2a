from __future__ import annotations

import numpy as np

from rag.models import Passage, Sentence
from rag.overview.chapters import found_chapters, named_by_words
from rag.overview.units import Units, units_of
from tests.fakes import a_source

_SUBJECTS = (
    "The bonding machine of the factory stops.",
    "The transformer of the grid is late.",
    "The licence of the open model changed.",
)


def a_long_talk() -> Units:
    """Eight passages on each of three subjects, each in its own direction."""
    said = [f"{subject} Part {n} of it." for subject in _SUBJECTS for n in range(8)]
    source = a_source(" ".join(said))
    passages, vectors, at = [], {}, 0
    for place, words in enumerate(said):
        start = source.text.index(words, at)
        at = start + len(words)
        passages.append(
            Passage(
                id=f"p{place}",
                source=source,
                ordinal=place,
                start=start,
                end=at,
                sentences=(Sentence(start=start, end=at),),
            )
        )
        vectors[f"p{place}"] = np.eye(3, dtype=np.float32)[place // 8][None, :]
    return units_of(passages, vectors)


def test_a_chapter_begins_where_the_subject_changes() -> None:
    chapters = found_chapters(a_long_talk())
    starts = [chapter.start for chapter in chapters]
    assert starts[0] == 0
    assert set(starts[1:]) <= {8, 16}
    assert len(starts) >= 2
    assert chapters[-1].end == 24


def test_it_is_named_by_what_is_said_in_it_and_not_in_the_others() -> None:
    units = a_long_talk()
    chapters = named_by_words(units, found_chapters(units), lambda root: 1.0, without=[])
    names = [(chapter.title or "").lower() for chapter in chapters]
    assert "bonding machine" in names[0]
    assert "licence" in names[-1]
