"""Open an archive and pick who fills each place. The only module that knows every implementation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType

from rag.assistant import Assistant
from rag.compose.extractive import Extractive
from rag.embedder import PACKAGED, SentenceEmbedder
from rag.errors import ArchiveBusy, ArchiveMismatch, SettingsError
from rag.index import Index, drop_index
from rag.library import Library
from rag.lock import ArchiveLock
from rag.models import Filters, Passage, Source
from rag.ports import Composes, EmbedsPassages
from rag.runtime import FastEmbedder
from rag.search import ArchiveRetriever, Search
from rag.settings import Settings, load

log = logging.getLogger(__name__)


class Archive:
    """An open archive: its library, its assistant, and, for a writer, the way to change it.

    Several threads may read; changes are made one at a time by whoever opened it `alone`.
    """

    def __init__(
        self, settings: Settings, *, alone: bool, command: str, embedder: EmbedsPassages | None = None
    ) -> None:
        self.settings = settings
        self.lock = ArchiveLock(settings.home)
        self.alone = alone
        self._command = command
        self._guard = threading.RLock()
        self._turn = threading.RLock()
        self._chroma = settings.home / "chroma"
        self._opening = settings.home / "chroma.opening"
        self._index: Index | None = None
        self._may_index = True
        composer = _composer(settings)
        if alone:
            self.lock.hold(command, seconds=settings.lock_seconds)
        try:
            self.library = Library(settings.home / "library.db")
            self.embedder = embedder or _embedder(settings)
            self._check_model()
        except BaseException:
            self.lock.release()
            raise
        self.search = Search(
            self.library,
            self.embedder,
            self,
            depth=settings.search_depth,
            lexical_weight=settings.lexical_weight,
        )
        self.assistant = Assistant(
            self.library,
            self.search,
            composer,
            retrieved=settings.retrieved,
            citations=settings.citations,
            strictness=settings.strictness,
            longest_question=settings.question_characters,
        )

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index, the library and the lock, in that order."""
        with self._guard:
            if self._index is not None:
                self._index.close()
                self._index = None
            self.library.close()
            self.lock.release()

    def retriever(self, *, k: int = 8, filters: Filters | None = None) -> ArchiveRetriever:
        """The archive as a LangChain retriever."""
        return ArchiveRetriever(search=self.search, k=k, filters=Filters() if filters is None else filters)

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Dense retrieval: from the index, or from stored vectors while the index cannot answer."""
        index = self._ready_index()
        if index is not None:
            try:
                return index.nearest(vector, k=k, filters=filters)
            except Exception as error:  # noqa: BLE001  Chroma's core raises its own types
                log.warning("the index does not answer (%s); searching stored vectors instead", error)
        return self.library.nearest(vector, k=k, filters=filters)

    def put(
        self,
        source: Source,
        passages: Sequence[Passage],
        *,
        location: str,
        hashes: Sequence[str],
        vectors: Mapping[str, Sequence[float]],
    ) -> None:
        """Write a source whole: into the library, then into the index."""
        with self._changing() as index:
            former = self.library.put(source, passages, location=location, hashes=hashes, vectors=vectors)
            ids = [passage.id for passage in passages]
            index.delete(set(former) - set(ids))
            index.upsert(passages, self.library.vectors_of(ids))
            index.stamp(self.library)

    def move(self, source_id: str, *, origin: str, location: str) -> None:
        """Note that a source is now found elsewhere."""
        with self._changing() as index:
            self.library.move(source_id, origin=origin, location=location)
            index.stamp(self.library)

    def remove(self, source_id: str) -> None:
        """Remove a source from the library and the index; raises `UnknownSource`."""
        self.library.source(source_id)
        with self._changing() as index:
            index.delete(self.library.remove(source_id))
            index.stamp(self.library)

    def remove_all(self, source_ids: Iterable[str]) -> None:
        """Remove sources; raises `UnknownSource`, and then removes none, when an id is not known."""
        wanted = dict.fromkeys(source_ids)
        with self.turn():
            for source_id in wanted:
                self.library.source(source_id)
            for source_id in wanted:
                self.remove(source_id)

    def warm_up(self) -> None:
        """Load what the first question would have to wait for."""
        self._ready_index()
        self.embedder.embed_query("warm")

    def claim_model(self) -> None:
        """Note which embedding model the archive is built with, before its first vector."""
        if self.library.meta("embedding_model") is None:
            self.library.set_meta("embedding_model", self.embedder.id)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """From looking at what is there to writing what is new, one caller at a time; others may read."""
        with self._turn:
            yield

    @contextmanager
    def _changing(self) -> Iterator[Index]:
        """One change at a time. The index comes first, so that a damaged one is known before the change."""
        assert self.alone, "only an archive opened alone can be changed"
        with self._turn, self._guard:
            index = self._ready_index()
            assert index is not None, "an owner always has an index"
            try:
                yield index
            except BaseException:
                # The library may have it and the index not: the next use opens it again and compares.
                self._index = None
                index.close()
                raise

    def _ready_index(self) -> Index | None:
        """The index, level with the library; None while it is not ours to open or to mend."""
        with self._guard:
            if self._index is None and self._may_index:
                self._index = self._owned_index() if self.alone else self._borrowed_index()
                self._may_index = self._index is not None
            return self._index

    def _borrowed_index(self) -> Index | None:
        """A reader's, when nobody else has it. A reader mends nothing."""
        if not self._chroma.is_dir():
            return None
        try:
            self.lock.hold(self._command, seconds=0)
        except ArchiveBusy:
            return None
        with self._surviving() as died:
            index = None if died else self._opened(mend=False)
        if index is None:
            self.lock.release()
        return index

    def _owned_index(self) -> Index:
        """The index, brought level; made anew from stored vectors when it is damaged."""
        with self._surviving() as died:
            index = None if died else self._opened(mend=True)
            if index is None:
                log.warning("making the index anew from stored vectors")
                drop_index(self._chroma)
                index = Index(self._chroma)
                index.reconcile(self.library)
        self._opening.unlink(missing_ok=True)
        return index

    def _opened(self, *, mend: bool) -> Index | None:
        """The index as it lies there, if it is level with the library, or can be mended, and answers."""
        index = None
        try:
            index = Index(self._chroma)
            level = index.matches(self.library)
            if mend and not level:
                index.reconcile(self.library)
            if (level or mend) and index.answers(self.library):
                return index
            log.warning("the index is behind or incomplete")
        except Exception as error:  # noqa: BLE001  Chroma's core raises its own types
            log.warning("the index cannot be opened: %s", error)
        if index is not None:
            index.close()
        return None

    @contextmanager
    def _surviving(self) -> Iterator[bool]:
        """Tells whether the last process to open the index died of it, as over a file that was cut short."""
        died = self._opening.exists()
        self._opening.touch()
        try:
            yield died
        finally:
            if not died:
                self._opening.unlink(missing_ok=True)

    def _check_model(self) -> None:
        built_with = self.library.meta("embedding_model")
        if built_with and built_with != self.embedder.id:
            raise ArchiveMismatch(
                f"this archive was built with the embedding model {built_with!r}, not {self.embedder.id!r};"
                " set EARMARK_EMBEDDING_MODEL to that one, or use another EARMARK_HOME"
            )


def open_archive(
    settings: Settings | None = None,
    *,
    alone: bool = False,
    command: str = "a Python script",
    embedder: EmbedsPassages | None = None,
) -> Archive:
    """Open the archive that the settings name.

    Args:
        settings: from the environment when None.
        alone: to change it; waits `lock_seconds` for another writer, then raises `ArchiveBusy`.
        command: how this process is named to others that have to wait for it.
        embedder: a model of the caller's; the one that the settings name when None.
    """
    return Archive(settings or load(), alone=alone, command=command, embedder=embedder)


def _embedder(settings: Settings) -> EmbedsPassages:
    reference = SentenceEmbedder(settings.embedding_model)
    if settings.embedding_model == PACKAGED and settings.runtime == "fast":
        return FastEmbedder(reference, settings.cache)
    return reference


def _composer(settings: Settings) -> Composes:
    if settings.model == "extractive":
        return Extractive()
    raise SettingsError(f"EARMARK_MODEL is {settings.model!r}; this version answers with 'extractive' only")
