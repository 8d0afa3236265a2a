"""Archives to test with: real SQLite, real Chroma, and embeddings that need no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.models import Passage, Source
from rag.settings import load
from rag.wiring import Archive, open_archive
from tests.fakes import HashingEmbeddings, a_passage

MODEL = HashingEmbeddings()


@contextmanager
def an_archive(home: Path, *, alone: bool = True, **settings: Any) -> Iterator[Archive]:
    """An archive in `home`, opened to write unless told otherwise."""
    with open_archive(
        load({}, home=home, **settings), alone=alone, command="a test", embedder=MODEL
    ) as archive:
        yield archive


def paragraphs(source: Source, **given: Any) -> list[Passage]:
    """A passage for each paragraph of the source."""
    found, start = [], 0
    for place, words in enumerate(source.text.split("\n\n")):
        start = source.text.index(words, start)
        found.append(a_passage(words, source=source, id=f"{source.id}-{place}", ordinal=place, **given))
    return found


def put(archive: Archive, source: Source, passages: list[Passage] | None = None) -> None:
    """Write a source with its vectors."""
    passages = paragraphs(source) if passages is None else passages
    words = [passage.text for passage in passages]
    vectors = dict(zip(words, MODEL.embed_documents(words), strict=True))
    archive.put(source, passages, location=f"/{source.id}", hashes=words, vectors=vectors)
