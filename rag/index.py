"""The index: one vector per passage in Chroma, rebuildable from the library at any time.

In a folder of this machine; `served_index.py` has the same on a Chroma server. Chroma 1.5 writes to its
folder as soon as it opens it, loses vectors when two processes write one folder, and cannot open its index
after a full disk. So only the process that holds the archive's lock opens it, and
nothing is kept in it alone.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import sqlite3
import struct
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateHNSWConfiguration
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings as ChromaSettings

from rag.errors import StorageError
from rag.library import Library
from rag.models import Filters, Passage
from rag.rows import Vector
from rag.stored_vectors import Entry

_COLLECTION = "passages"
# Chroma writes its graph after so many changes and keeps the others in a log, and each process that opens it
# puts those into the graph anew: half a second for 600 of them. So no more are left there than so many, or
# such a share of all: the graph is written whole, 1.7 kB a passage.
_WRITTEN_AFTER = 1000
_MOST_LOGGED = 100
_SHARE_LOGGED = 1 / 200
# Recall@10 over 100,000 passages is 0.995 (docs/explanation/search.md). It cannot be raised later in a
# process that has queried, so it is set at creation.
HNSW = CreateHNSWConfiguration(
    space="cosine",
    ef_search=400,
    ef_construction=200,
    max_neighbors=16,
    sync_threshold=_WRITTEN_AFTER,
)
STAMP = "generation"
# hnswlib's: version, offset, room in elements, elements, bytes an element, offset of its label.
_GRAPH_HEADER = "<i5Q"
# Cosine of a vector with itself, less what single precision loses.
_SAME = 0.999

log = logging.getLogger(__name__)


class Index:
    """The Chroma collection of an archive. Open it only while holding the archive's lock."""

    # Passages read back at once.
    _page = 5000
    _adverts: set[str] | None = None
    # How often it was changed here, and how many it held after how many changes.
    _changes = 0
    _counted: tuple[int, int] | None = None

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._guard = threading.Lock()
        self._client = _opened(folder)
        try:
            # Without embedding_function=None Chroma would try to download a model of its own.
            self._collection = self._client.get_or_create_collection(
                _COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
            )
            self._batch = self._client.get_max_batch_size()
        except BaseException:
            self._client.close()
            raise

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity, best first.

        Adverts are few, so they are left out after the search rather than by a filter, which would cost
        Chroma more than the search itself; so would reading back what it holds beside each vector.
        """
        adverts: Collection[str] = () if filters.adverts else self._known_adverts()
        wanted = min(k + (0 if filters.adverts else 20), self._size())
        if wanted == 0:
            return []
        found = self._collection.query(
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=wanted,
            where=_where(filters),
            include=["distances"],
        )
        distances = found["distances"]
        assert distances is not None, "asked for with include"
        rows = zip(found["ids"][0], distances[0], strict=True)
        return [(passage_id, 1.0 - distance) for passage_id, distance in rows if passage_id not in adverts][
            :k
        ]

    def _known_adverts(self) -> set[str]:
        """The ids of the adverts that it holds; asked for once, then kept in step."""
        if self._adverts is None:
            with self._guard:
                pages: list[list[str]] = []
                while not pages or len(pages[-1]) == self._page:
                    got = self._collection.get(
                        where={"advert": True}, include=[], limit=self._page, offset=len(pages) * self._page
                    )
                    pages.append(got["ids"])
                self._adverts = {passage_id for page in pages for passage_id in page}
        return self._adverts

    def count(self) -> int:
        """How many passages it holds."""
        return self._collection.count()

    def _size(self) -> int:
        """The same, asked once between changes: nobody else makes any, and Chroma takes a millisecond."""
        changes, counted = self._changes, self._counted
        if counted is None or counted[0] != changes:
            # Counted while it was being changed, it is counted again: the changes have gone up by then.
            counted = self._counted = (changes, self.count())
        return counted[1]

    def upsert(self, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        """Write passages; `vectors` is by passage id. Doing it twice changes nothing."""
        with self._guard:
            for start in range(0, len(passages), self._batch):
                batch = passages[start : start + self._batch]
                self._collection.upsert(
                    ids=[passage.id for passage in batch],
                    embeddings=np.asarray([vectors[passage.id] for passage in batch], dtype=np.float32),
                    documents=[passage.text for passage in batch],
                    metadatas=[_metadata(_entry(passage), vectors[passage.id]) for passage in batch],
                )
                if self._adverts is not None:
                    adverts = {passage.id for passage in batch if passage.advert}
                    # Another set: who is searching goes on with the one there was.
                    self._adverts = (self._adverts - {passage.id for passage in batch}) | adverts
                self._changes += 1

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Forget passages; ids it does not have are no error."""
        ids = list(passage_ids)
        with self._guard:
            for start in range(0, len(ids), self._batch):
                self._collection.delete(ids=ids[start : start + self._batch])
                self._changes += 1

    def ids(self) -> set[str]:
        """The id of every passage it holds."""
        pages = range(0, self.count(), self._page)
        read = (self._collection.get(include=[], limit=self._page, offset=start) for start in pages)
        return {passage_id for page in read for passage_id in page["ids"]}

    def matches(self, library: Library) -> bool:
        """Whether it was left complete at the library's present generation."""
        return self._noted() == str(library.generation) and self.count() == library.count()

    def answers(self, library: Library) -> bool:
        """Whether a search finds what it must: of an index that lost its graph, only some can be found."""
        sample = library.passage_ids(most=1)
        if not sample:
            return self.count() == 0
        wanted = min(10, self.count())
        found = self.nearest(
            library.vectors.of(sample)[sample[0]].tolist(), k=wanted, filters=Filters(adverts=True)
        )
        return len(found) == wanted and found[0][1] > _SAME

    def compare(self, library: Library) -> Difference:
        """What it lacks, has otherwise, or has too much, beside the library."""
        here = self._digests()
        missing, stale = [], []
        for entry, vector in library.vectors.entries():
            digest = here.pop(entry.id, None)
            if digest is None:
                missing.append(entry.id)
            elif digest != _digest(_metadata(entry, vector)):
                stale.append(entry.id)
        return Difference(missing=missing, stale=stale, surplus=list(here))

    def unfound(self, library: Library, *, sample: int) -> int:
        """How many of some passages, spread over all, a search by their own vectors does not find."""
        ids = library.passage_ids()
        spread = ids[:: max(1, len(ids) // sample)][:sample]
        nearest = (
            self.nearest(vector.tolist(), k=1, filters=Filters(adverts=True))
            for vector in library.vectors.of(spread).values()
        )
        return sum(not found or found[0][1] < _SAME for found in nearest)

    def reconcile(self, library: Library, *, stop: Callable[[], bool] = lambda: False) -> int:
        """Bring it level with the library by set difference, from stored vectors; gives how many changed.

        `stop` is asked between batches; when it says so, `StorageError` is raised and the rest is left for
        the next time.
        """
        found = self.compare(library)
        self.delete(found.surplus)
        wanted = [*found.missing, *found.stale]
        for start in range(0, len(wanted), 1000):
            if stop():
                raise StorageError("the index was being mended when it was closed; the next start goes on")
            ids = wanted[start : start + 1000]
            self.upsert(list(library.passages(ids).values()), library.vectors.of(ids))
        self.stamp(library)
        if found:
            log.info("index brought level: %d written, %d dropped", len(wanted), len(found.surplus))
        return len(wanted) + len(found.surplus)

    def _digests(self) -> dict[str, int]:
        """What it holds beside each vector, as a number by passage id, read in pages."""
        digests: dict[str, int] = {}
        for start in range(0, self.count(), self._page):
            page = self._collection.get(include=["metadatas"], limit=self._page, offset=start)
            assert page["metadatas"] is not None, "asked for with include"
            rows = zip(page["ids"], page["metadatas"], strict=True)
            digests.update((passage_id, _digest(metadata)) for passage_id, metadata in rows)
        return digests

    def stamp(self, library: Library) -> None:
        """Note that it is complete at the library's present generation."""
        (self.folder / STAMP).write_text(str(library.generation))

    def _noted(self) -> str:
        """The generation at which it was left complete; empty when it never was."""
        stamp = self.folder / STAMP
        return stamp.read_text() if stamp.is_file() else ""

    def blank_unused(self) -> None:
        """Overwrite what the graph's files hold beyond its last element.

        A new graph is written with room for a hundred, and that room is whatever the process's memory held
        before: words of passages, also of removed ones.
        """
        for header in self.folder.glob("*/header.bin"):
            with self._guard:
                _, _, room, used, size, _ = struct.unpack_from(_GRAPH_HEADER, header.read_bytes())
                for name, width in (("data_level0.bin", size), ("length.bin", 4)):
                    _blank(header.with_name(name), start=used * width, end=room * width)

    def close(self) -> None:
        """Let go of the folder."""
        self._client.close()
        if self._changes:
            _put_log_into_graph(self.folder)
        with suppress(OSError, struct.error):  # a damaged graph is made anew by whoever opens it next
            self.blank_unused()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Passage ids by which an index differs from its library; false when it does not."""

    missing: list[str]
    stale: list[str]
    surplus: list[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.surplus)


def _opened(folder: Path) -> Client:
    try:
        return chromadb.PersistentClient(  # type: ignore[return-value]
            path=str(folder), settings=ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        )
    except BaseException:
        _forget_open(folder)
        raise


def _put_log_into_graph(folder: Path) -> None:
    """Have Chroma do once, where a closed index has a long log, what whoever opens it would do each time."""
    try:
        most = _most_logged(folder)
        if most is None:
            return
        client = _opened(folder)
        try:
            collection = client.get_collection(_COLLECTION, embedding_function=None)
            _write_graph_after(collection, most)
            # The first look reads the log, and that it is longer than the threshold has the graph written.
            collection.count()
            _write_graph_after(collection, _WRITTEN_AFTER)
        finally:
            client.close()
    except Exception as error:  # noqa: BLE001  Chroma's core raises its own types
        # Nothing is lost by it; whoever opens the index next finds out what is wrong with it.
        log.warning("the log of the index stays as it is (%s)", error)


def _write_graph_after(collection: chromadb.Collection, changes: int) -> None:
    with warnings.catch_warnings():
        # Chroma warns of how it notes itself that there is no embedding function.
        warnings.simplefilter("ignore", DeprecationWarning)
        collection.modify(configuration={"hnsw": {"sync_threshold": changes}})


def _most_logged(folder: Path) -> int | None:
    """How many changes may wait in the log of a closed index; None when no more do."""
    with closing(
        sqlite3.connect(f"{(folder / 'chroma.sqlite3').absolute().as_uri()}?mode=ro", uri=True)
    ) as db:
        ((waiting, held),) = db.execute(
            "SELECT (SELECT count(*) FROM embeddings_queue), (SELECT count(*) FROM embeddings)"
        )
    most = max(_MOST_LOGGED, int(held * _SHARE_LOGGED))
    return most if waiting > most else None


def drop_index(folder: Path) -> None:
    """Delete a closed index, or one that cannot be opened."""
    _forget_open(folder)
    shutil.rmtree(folder, ignore_errors=True)


def move_index(folder: Path, to: Path) -> None:
    """Put a closed index in place of another closed one."""
    drop_index(to)
    _forget_open(folder)
    folder.rename(to)


def _forget_open(folder: Path) -> None:
    # Chroma keeps what it opened or failed to open, by path, and would give that again for a new folder.
    SharedSystemClient._identifier_to_system.pop(str(folder), None)


def forget_removed(folder: Path) -> bool:
    """Rid a closed index of the text of what was deleted from it; false when that cannot be done.

    Chroma leaves it in its write-ahead log, in free pages and in the segments of its full-text table.
    """
    file = folder / "chroma.sqlite3"
    if not file.is_file():
        return True
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute(
                "INSERT INTO embedding_fulltext_search (embedding_fulltext_search) VALUES ('optimize')"
            )
            # Its write-ahead log: the vectors in it are read again at each start, the texts never.
            db.execute(
                "UPDATE embeddings_queue SET metadata = NULL"
                " WHERE id NOT IN (SELECT embedding_id FROM embeddings)"
            )
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        log.warning("the index cannot be tidied (%s); it will be made anew", error)
        return False
    return True


def _blank(file: Path, *, start: int, end: int) -> None:
    end = min(end, file.stat().st_size)
    if start < end:
        with file.open("r+b") as data:
            data.seek(start)
            data.write(bytes(end - start))


def _entry(passage: Passage) -> Entry:
    source = passage.source
    return Entry(
        id=passage.id,
        source_id=source.id,
        kind=source.kind,
        show=source.show,
        published=source.published,
        advert=passage.advert,
        ai_written=passage.ai_written,
        speakers=passage.speakers,
        audience=source.audience,
    )


def _metadata(entry: Entry, vector: Vector) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "source_id": entry.source_id,
        "kind": entry.kind.value,
        "advert": entry.advert,
        "ai_written": entry.ai_written,
        "audience": entry.audience,
        # Chroma's vectors are slow to read back; by this it is known whether they are those of the library.
        "mark": hashlib.blake2b(np.asarray(vector, np.float32).tobytes(), digest_size=8).hexdigest(),
    }
    if entry.show:
        metadata["show"] = entry.show
    if entry.published:
        metadata["published"] = int(entry.published.strftime("%Y%m%d"))
    if entry.speakers:
        metadata["speakers"] = list(entry.speakers)
    return metadata


def _digest(metadata: Mapping[str, Any]) -> int:
    return hash(tuple(sorted((key, str(value)) for key, value in metadata.items())))


def _where(filters: Filters) -> Any:
    """Chroma's condition. Shows and speakers must already be the archive's own spellings."""
    conditions: list[dict[str, Any]] = []
    if filters.kinds:
        conditions.append({"kind": {"$in": [kind.value for kind in filters.kinds]}})
    if filters.sources:
        conditions.append({"source_id": {"$in": list(filters.sources)}})
    if filters.exclude:
        conditions.append({"source_id": {"$nin": list(filters.exclude)}})
    if filters.shows:
        conditions.append({"show": {"$in": list(filters.shows)}})
    if filters.audiences:
        conditions.append({"audience": {"$in": list(filters.audiences)}})
    if filters.since:
        conditions.append({"published": {"$gte": int(filters.since.strftime("%Y%m%d"))}})
    if filters.until:
        conditions.append({"published": {"$lte": int(filters.until.strftime("%Y%m%d"))}})
    if filters.speakers:
        voices = [{"speakers": {"$contains": name}} for name in filters.speakers]
        conditions.append(voices[0] if len(voices) == 1 else {"$or": voices})
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return {"$and": conditions}
