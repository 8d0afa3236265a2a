"""Libraries to test with, by themselves: real SQLite, and vectors that need no model."""

from __future__ import annotations

from datetime import date

from rag.library import Library
from rag.models import Passage, Source
from tests.fakes import HashingEmbeddings, a_passage, a_source

MODEL = HashingEmbeddings()


def paragraphs(source: Source, **given: object) -> list[Passage]:
    """A passage for each paragraph of the source."""
    return [
        a_passage(words, source=source, id=f"{source.id}-{words}", ordinal=place, **given)
        for place, words in enumerate(source.text.split("\n\n"))
    ]


def put(library: Library, source: Source, passages: list[Passage] | None = None) -> list[str]:
    """Write a source; its passages' vectors are stored under their words."""
    passages = paragraphs(source) if passages is None else passages
    words = [passage.text for passage in passages]
    vectors = dict(zip(words, MODEL.embed_documents(words), strict=True))
    return library.put(source, passages, location=f"/{source.origin}", hashes=words, vectors=vectors)


def a_large_one(library: Library) -> None:
    """Sources in which nearly every passage says "kiln", some say "glaze", and few say "cobalt"."""
    for number in range(12):
        words = [
            f"The kiln {place} was fired {'and glazed ' * (place % 3)}{'with cobalt' * (place == number)}."
            for place in range(20)
        ]
        put(library, a_source("\n\n".join(words), id=f"s{number:02}", published=date(2026, 1, number + 1)))
