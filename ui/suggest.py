"""Example questions for the empty page, drawn from the archive's headings, titles and people without a model.

Pure. It asks only what the archive itself names, so that an example can be answered; where nothing reads
naturally it suggests nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from rag.models import Listing, Passage, Source, SourceKind, unique
from rag.ports import ReadsSources

_SOURCES_READ = 24  # enough for variety; a page load must not read a whole archive
_FURNITURE = frozenset(
    {
        "ai chapters", "ai summary", "deep dives", "episode notes", "further reading", "get in touch",
        "in this episode", "in this issue", "key points", "quick takeaways", "read more", "show notes",
        "sign up", "table of contents", "thank you", "until next time",
    }
)  # fmt: skip


def example_questions(
    library: ReadsSources, *, most: int = 4, listings: Sequence[Listing] | None = None
) -> list[str]:
    """Up to `most` questions, one a source, of differing kinds as far as the archive has them.

    They are drawn from these listings, or from all of the archive.
    """
    piles: dict[str, list[str]] = {form: [] for form in _FORMS}
    for listed in (library.overview() if listings is None else listings)[:_SOURCES_READ]:
        source = library.source(listed.id)
        passages = [passage for passage in library.passages_of(source.id) if not passage.advert]
        for form, ask in _FORMS.items():
            question = next(ask(source, passages), None)
            if question is not None:
                piles[form].append(question)
                break
    return list(islice(_in_turn(piles.values()), most))


def _open_question(source: Source, passages: list[Passage]) -> Iterator[str]:
    """A heading that is a question already. Titles tease; what stands under a heading answers it."""
    yield from (heading for heading in _headings(passages) if heading.endswith("?"))


def _speaker_on_heading(source: Source, passages: list[Passage]) -> Iterator[str]:
    for passage in passages:
        if passage.speaker and _is_person(passage.speaker):
            for heading in _headings([passage]):
                yield f"What did {passage.speaker} say about “{heading}”?"


def _source_on_heading(source: Source, passages: list[Passage]) -> Iterator[str]:
    if _reads_well(source.title, words=1):
        for heading in _headings(passages):
            if heading != source.title:
                yield f"What does the {source.kind} “{source.title}” say about “{heading}”?"


def _person_in_title(source: Source, passages: list[Passage]) -> Iterator[str]:
    if source.kind is SourceKind.EPISODE and _reads_well(source.title):
        for speaker in unique([passage.speaker for passage in passages]):
            if _is_person(speaker):
                yield f"What did {speaker} say in “{source.title}”?".replace("?”?", "?”")


_FORMS: dict[str, Callable[[Source, list[Passage]], Iterator[str]]] = {
    "question": _open_question,
    "said": _speaker_on_heading,
    "heading": _source_on_heading,
    "person": _person_in_title,
}


def _headings(passages: list[Passage]) -> list[str]:
    """Headings that can stand in a question; of nested ones, the innermost."""
    innermost = unique([(passage.heading or "").split(" › ")[-1] for passage in passages])
    return [heading for heading in innermost if _reads_well(heading)]


def _reads_well(phrase: str, *, words: int = 2) -> bool:
    """Whether a phrase can stand in a question: some words, no furniture, no markup, no file name.

    >>> _reads_well("Chips and power"), _reads_well("Introduction"), _reads_well("ep_12.vtt")
    (True, False, False)
    """
    return (
        words <= len(phrase.split()) <= 14
        and len(phrase) <= 90
        and phrase.casefold().rstrip(":") not in _FURNITURE
        and phrase[0].isalpha()
        and re.search(r"[<>_{}|\\“”\"]|https?:|\.\w{2,4}$", phrase) is None
    )


def _is_person(name: str) -> bool:
    """Whether a speaker label is somebody's name rather than a role or a number.

    >>> _is_person("Ana Ruiz"), _is_person("Speaker 1"), _is_person("Host")
    (True, False, False)
    """
    parts = name.split()
    return 2 <= len(parts) <= 4 and all(part[0].isupper() and part.strip(".").isalpha() for part in parts)


def _in_turn(piles: Iterable[list[str]]) -> Iterator[str]:
    """One from each pile, then the next of each.

    >>> list(_in_turn([["a", "b"], [], ["c"]]))
    ['a', 'c', 'b']
    """
    for layer in zip_longest(*piles):
        yield from (question for question in layer if question is not None)
