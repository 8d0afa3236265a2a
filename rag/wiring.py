"""Open an archive and pick who fills each place. The only module that knows every implementation.

Each is imported where it is made, and made when it is first asked for: most commands need few of them, and
Chroma's and LangChain's packages take longer to import than those commands take.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rag.activity import Activity
from rag.backup import ACTIVITY, LIBRARY, Manifest, put_activity_back, set_aside, unpacked
from rag.errors import ArchiveBusy, ArchiveMismatch
from rag.later import later
from rag.library import Library
from rag.lock import ArchiveLock
from rag.models import Filters, Passage, Source
from rag.packaged import PACKAGED, PACKAGED_ID
from rag.settings import Settings, load

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.chains import ArchiveRetriever
    from rag.examination import Finding
    from rag.kept_answers import KeptAnswers
    from rag.kept_index import KeptIndex
    from rag.overview.door import Overviews
    from rag.overview.keeping import KeptOverviews
    from rag.places import Place
    from rag.ports import Composes, EmbedsPassages, MakesStandalone
    from rag.rows import Vector
    from rag.search import Search
    from rag.stored_vectors import Entry
    from rag.verify import Verifier
    from rag.writing import Writing

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
        self._turn = threading.RLock()
        self._to_scrub = False
        self._given = embedder
        self._loading: threading.Thread | None = None
        self._behind = settings.home / "index.behind"
        if settings.model != "extractive":
            # Settings that cannot go together are told of at once, not at the first question.
            self._writing  # noqa: B018  made by being asked for
        if alone:
            self.lock.hold(command, seconds=settings.lock_seconds)
        try:
            self.library = Library(settings.home / "library.db")
            self._check_model()
        except BaseException:
            self.lock.release()
            raise
        self.activity = Activity(settings.home / ACTIVITY)

    @later
    def embedder(self) -> EmbedsPassages:
        """The embedding model."""
        return self._given or embedder_of(self.settings)

    @later
    def embedding_model(self) -> str:
        """What tells the embedding model's vectors from others'."""
        is_packaged = self._given is None and self.settings.embedding_model == PACKAGED
        return PACKAGED_ID if is_packaged else self.embedder.id

    @later
    def index(self) -> KeptIndex:
        """The index, opened when it is first used."""
        from rag.kept_index import KeptIndex

        index = KeptIndex(
            place_of(self.settings), self.library, self.lock, command=self._command, behind=self._behind
        )
        index.owned = self.alone
        return index

    @later
    def search(self) -> Search:
        """Finds passages."""
        from rag.search import Search

        return Search(
            self.library,
            self.embedder,
            self,
            depth=self.settings.search_depth,
            lexical_weight=self.settings.lexical_weight,
        )

    @later
    def assistant(self) -> Assistant:
        """Answers questions."""
        return self._assistant(self._writing.composer(self.embedder), self._writing.standalone)

    @later
    def quoting(self) -> Assistant | None:
        """Answers when the budget for the other is spent; None where that only quotes anyway."""
        if self.settings.model == "extractive":
            return None
        from rag.compose.extractive import Extractive
        from rag.conversation import by_rule

        return self._assistant(Extractive(), by_rule)

    @later
    def verifier(self) -> Verifier:
        """Checks claims against the words they cite."""
        from rag.verify import Judge, Verifier

        return Verifier(Judge(embedder=self.embedder))

    @later
    def answers(self) -> KeptAnswers:
        """The answers that are kept."""
        from rag.kept_answers import KeptAnswers

        return KeptAnswers(self.activity, days=self.settings.keep_questions, verifier=self.verifier)

    @later
    def overviews(self) -> Overviews:
        """What each source is about."""
        from rag.overview.door import Overviews

        return Overviews(self.library, self._kept_overviews, self._writing.of_overviews(self.embedder))

    @later
    def _kept_overviews(self) -> KeptOverviews:
        from rag.overview.keeping import KeptOverviews

        return KeptOverviews(self.activity)

    @later
    def _writing(self) -> Writing:
        from rag.writing import Writing

        return Writing(self.settings)

    def _assistant(self, composer: Composes, standalone: MakesStandalone) -> Assistant:
        from rag.assistant import Assistant
        from rag.spelling import Spelling

        settings = self.settings
        return Assistant(
            self.library,
            self.search,
            composer,
            Spelling(self.library.words, self.library.narrowing, lambda: self.embedder.tokens),
            retrieved=settings.retrieved,
            citations=settings.citations,
            strictness=settings.strictness,
            longest_question=settings.question_characters,
            standalone=standalone,
        )

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._loading is not None:
            # A run that ended well leaves an index that is level; one that was ended leaves that to the next.
            self._loading.join()
        if kind is None and self.alone and self._behind.exists():
            self.index.open_soon()
        self.close()

    def close(self) -> None:
        """Let go of the index, the library and the lock, in that order."""
        try:
            if self.alone:
                self.scrub()
        finally:
            if self._loading is not None:
                # What is being mended stops where it is; what was opened after that is closed below.
                self.index.close()
                self._loading.join()
            for name in ("overviews", "_writing", "index"):
                if later.made(self, name) is not None:
                    getattr(self, name).close()
            self.activity.close()
            self.library.close()
            self.lock.release()

    def own(self, *, seconds: float) -> None:
        """From now on be the one that may change it; raises `ArchiveBusy` when another still is."""
        if not self.lock.held:
            self.lock.hold(self._command, seconds=seconds)
        self.alone = self.index.owned = True

    def retriever(self, *, k: int = 8, filters: Filters | None = None) -> ArchiveRetriever:
        """The archive as a LangChain retriever."""
        from rag.chains import ArchiveRetriever

        return ArchiveRetriever(search=self.search, k=k, filters=Filters() if filters is None else filters)

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Dense retrieval: from the index, or from stored vectors while the index cannot answer."""
        return self.index.nearest(vector, k=k, filters=filters)

    def load_soon(self) -> None:
        """Open the index in the background: something is being read that will be written to it.

        Reading is mostly another process's work, and Chroma takes longer to import than a transcript to read.
        """
        if self._loading is None and later.made(self, "index") is None:
            self._loading = threading.Thread(target=lambda: self.index.open_soon(), name="index", daemon=True)
            self._loading.start()

    def put(
        self,
        source: Source,
        passages: Sequence[Passage],
        *,
        location: str,
        hashes: Sequence[str],
        vectors: Mapping[str, Sequence[float]],
        sentence_vectors: Mapping[str, Vector] | None = None,
    ) -> None:
        """Write a source whole: into the library, then into the index."""
        with self.turn():
            self.index.prepare()
            before = self._indexed(source.id)
            self.library.put(
                source,
                passages,
                location=location,
                hashes=hashes,
                vectors=vectors,
                sentence_vectors=sentence_vectors,
            )
            after = self._indexed(source.id)
            # Of a long episode with a word mended, the index has all but a passage or two as they should be.
            new = [passage for passage in passages if after[passage.id] != before.get(passage.id)]
            self.index.write(new, gone=before.keys() - after.keys())
            if before:
                self._kept_overviews.forget_source(source.id)

    def _indexed(self, source_id: str) -> dict[str, tuple[Entry, bytes]]:
        """What the index should hold of a source's passages, by their ids."""
        return {
            entry.id: (entry, vector.tobytes())
            for entry, vector in self.library.vectors.entries(source_id=source_id)
        }

    def move(self, source_id: str, *, origin: str, location: str) -> None:
        """Note that a source is now found elsewhere."""
        with self.turn():
            self.index.prepare()
            self.library.move(source_id, origin=origin, location=location)
            self.index.note_change()

    def remove(self, source_id: str) -> None:
        """Remove a source from the library and the index; raises `UnknownSource`.

        Its words may stay in unused parts of the files until `scrub`, which closing the archive does.
        """
        with self.turn():
            self.index.prepare()
            gone = self.library.remove(source_id)
            self._to_scrub = True
            self.index.write([], gone=gone)
            self.answers.forget_source(source_id)
            self._kept_overviews.forget_source(source_id)

    def remove_all(self, source_ids: Iterable[str]) -> None:
        """Remove sources to the last word; raises `UnknownSource`, removing none, when an id is not known."""
        wanted = dict.fromkeys(source_ids)
        with self.turn():
            for source_id in wanted:
                self.library.source(source_id)
            for source_id in wanted:
                self.remove(source_id)
            self.scrub()

    def scrub(self) -> None:
        """Leave no word of what was removed in any file of the archive."""
        with self.turn():
            if not self._to_scrub:
                return
            rid = self.library.scrub()
            self.index.scrub()
            self._to_scrub = not rid
            if not rid:
                log.warning("another command still reads what was removed; its words go when that has ended")

    def rebuild(self) -> int:
        """Make the index and the full-text table anew from the library; gives the number of passages."""
        with self.turn():
            self.library.words.rebuild()
            return self.index.rebuild()

    def examine(self) -> Finding:
        """The index beside the library, for `earmark doctor`; nothing is written meanwhile."""
        from rag.examination import Finding, compare_index, unanswered

        with self.turn():
            index = self.index.state()
            if index is not None:
                return compare_index(index, self.library)
            if self.index.trouble is not None:
                return unanswered(place_of(self.settings), self.index.trouble)
            return Finding(check="index", found="not looked at: it is being mended")

    def restore(self, file: Path) -> Manifest:
        """Put a backup in place of what is here; raises `BackupError`, changing nothing, unless whole."""
        with unpacked(file, self.settings.home) as (manifest, folder), self.turn():
            if manifest.embedding_model not in (None, self.embedding_model):
                raise ArchiveMismatch(
                    f"{file} was built with the embedding model {manifest.embedding_model!r}, not"
                    f" {self.embedding_model!r}; set EARMARK_EMBEDDING_MODEL to that one first"
                )
            self.library.replace(folder / LIBRARY)
            put_activity_back(folder, self.settings.home)
            # The tables that an older Earmark did not have are made at the next use.
            self.activity.close()
            self.index.catch_up()
        return manifest

    def warm_up(self) -> None:
        """Load what the first question would have to wait for."""
        if self.alone:
            self.index.heal_soon()
        self.embedder.embed_query("warm")
        self._writing.warm_up()

    def claim_model(self) -> None:
        """Note which embedding model the archive is built with, before its first vector."""
        if self.library.meta("embedding_model") is None:
            self.library.set_meta("embedding_model", self.embedding_model)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """From looking at what is there to writing what is new, one caller at a time; others may read."""
        if not self.alone:
            assert self.lock.holder(), "only an archive opened alone can be changed"
            raise ArchiveBusy(self.lock.busy())
        with self._turn:
            yield

    def _check_model(self) -> None:
        built_with = self.library.meta("embedding_model")
        if built_with and built_with != self.embedding_model:
            raise ArchiveMismatch(
                f"this archive was built with the embedding model {built_with!r}, not"
                f" {self.embedding_model!r}; set EARMARK_EMBEDDING_MODEL to that one, or use another"
                " EARMARK_HOME"
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


def fault_of(embedder: EmbedsPassages) -> str | None:
    """What is wrong with the file that an embedder runs on, if it is the fast one."""
    from rag.runtime import FastEmbedder

    return embedder.fault() if isinstance(embedder, FastEmbedder) else None


def restore_archive(
    settings: Settings, file: Path, *, command: str, embedder: EmbedsPassages | None = None
) -> Manifest:
    """Restore a backup into a data folder that nobody uses, also over a library that cannot be read."""
    with unpacked(file, settings.home):
        pass  # looked at before anything is touched
    try:
        with open_archive(settings, alone=True, command=command, embedder=embedder) as archive:
            return archive.restore(file)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_NOTADB,
        ):
            raise
        lock = ArchiveLock(settings.home)
        lock.hold(command, seconds=settings.lock_seconds)
        log.warning("the library cannot be read (%s); it is kept in %s", error, set_aside(settings.home))
        lock.release()
    with open_archive(settings, alone=True, command=command, embedder=embedder) as archive:
        return archive.restore(file)


def place_of(settings: Settings) -> Place:
    """Where the settings say that the index lies; nothing is opened."""
    from rag.places import Folder, OnServer
    from rag.served_index import ServerAddress

    if settings.chroma_url is None:
        return Folder(settings.home)
    key = settings.chroma_api_key
    address = ServerAddress(
        url=settings.chroma_url,
        key=key.get_secret_value() if key else None,
        tenant=settings.chroma_tenant,
        database=settings.chroma_database,
    )
    return OnServer(settings.home, address)


def embedder_of(settings: Settings) -> EmbedsPassages:
    """The embedding model that the settings name; nothing is loaded before it is used."""
    from rag.embedder import SentenceEmbedder
    from rag.runtime import FastEmbedder

    reference = SentenceEmbedder(settings.embedding_model)
    if settings.embedding_model == PACKAGED and settings.runtime == "fast":
        return FastEmbedder(reference, settings.cache)
    return reference
