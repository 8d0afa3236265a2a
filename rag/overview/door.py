"""Overviews as every way in asks for them: made once, kept, and written in the background by a model."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import numpy as np

from rag.compose.extractive import Extractive
from rag.contract import Json
from rag.errors import EarmarkError, StorageError
from rag.library import Library
from rag.overview.contract import overview_json
from rag.overview.keeping import KeptOverviews, stamp_of
from rag.overview.making import Chosen, choose, quoted
from rag.overview.units import Floats
from rag.overview.written import Progress, written
from rag.ports import Composes
from rag.stopping import Stop

log = logging.getLogger(__name__)

# After a model gave nothing, the quoted overview serves for so long before it is asked again.
_REST_S = 600.0
_CLOSING_S = 3.0
WAITING = "A model is writing this page. Until then the source is quoted; look again in a minute."
BUDGET_SPENT = "Today's budget for written pages is spent; this one is in the source's own words."


def _silent(_: str) -> None:
    """Progress that nobody follows."""


class Overviews:
    """Makes and keeps the overviews of one archive. Safe to call from several threads.

    Without a writer sources are quoted.
    """

    def __init__(self, library: Library, kept: KeptOverviews, writer: Composes | None = None) -> None:
        self._library = library
        self._kept = kept
        self._writer = writer
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._under_way: set[str] = set()
        self._resting: dict[str, tuple[float, str]] = {}  # until when, and why
        self._stop = Stop()

    def close(self) -> None:
        """End what is being written, or leave it after a few seconds."""
        self._stop.set()
        if self._one_at_a_time.acquire(timeout=_CLOSING_S):
            self._one_at_a_time.release()

    def of(self, source_id: str, *, may_write: Callable[[], bool] = lambda: True) -> Json:
        """The overview that can be had now; `pending` when a model is writing a better one.

        Args:
            source_id: which source; raises `UnknownSource`.
            may_write: asked once before a model is, to be refused or counted.
        """
        ready, stamp, chosen = self._ready(source_id)
        if ready is not None:
            return ready
        quoted_one = self._quoted(source_id, stamp, chosen)
        if self._writer is None:
            return quoted_one
        with self._lock:
            until, why = self._resting.get(stamp, (0.0, ""))
            if until > time.monotonic():
                return {**quoted_one, "notice": why}
            if stamp not in self._under_way:
                if not may_write():
                    return {**quoted_one, "notice": BUDGET_SPENT}
                self._under_way.add(stamp)
                given = (source_id, stamp, self._writer)
                threading.Thread(
                    target=self._write_unseen, args=given, name="an overview", daemon=True
                ).start()
        return {**quoted_one, "notice": WAITING, "pending": True}

    def whole(self, source_id: str, *, progress: Progress = _silent) -> Json:
        """The overview by the model that there is, however long it takes; raises `ModelUnavailable`."""
        ready, stamp, chosen = self._ready(source_id)
        if ready is not None:
            return ready
        if self._writer is None:
            return self._quoted(source_id, stamp, chosen)
        return self._write(source_id, stamp, self._writer, progress)

    # -- inside ---------------------------------------------------------------------------------------------

    def _ready(self, source_id: str) -> tuple[Json | None, str, Callable[[], Chosen]]:
        """What is kept already; the stamp of the source as it is now; and how to choose from it."""
        with self._library.reading():
            source = self._library.source(source_id)
            passages = self._library.passages_of(source_id)
        stamp = stamp_of(source, passages)

        def chosen() -> Chosen:
            return choose(
                source,
                passages,
                sentence_vectors(self._library, source_id),
                counts=self._library.words.document_counts,
                archive_passages=self._library.count(),
            )

        model = self._writer.name if self._writer else Extractive.name
        return self._get(source_id, stamp, model), stamp, chosen

    def _quoted(self, source_id: str, stamp: str, chosen: Callable[[], Chosen]) -> Json:
        kept = self._get(source_id, stamp, Extractive.name)
        if kept is not None:
            return kept
        made = overview_json(quoted(chosen()))
        self._keep(made, stamp, Extractive.name)
        return made

    def _write_unseen(self, source_id: str, stamp: str, writer: Composes) -> None:
        try:
            with self._one_at_a_time:
                if not self._stop.is_set:
                    self._write(source_id, stamp, writer, _silent)
        except EarmarkError as error:
            log.warning("no overview of %s was written: %s", source_id, type(error).__name__)
            self._rest(stamp, "The model could not write this page. The source is quoted instead.")
        finally:
            with self._lock:
                self._under_way.discard(stamp)

    def _write(self, source_id: str, stamp: str, writer: Composes, progress: Progress) -> Json:
        ready, now, chosen = self._ready(source_id)
        if ready is not None:
            return ready
        made = overview_json(written(chosen(), writer, stop=self._stop, progress=progress))
        if made["model"] == Extractive.name:
            self._rest(stamp, made["notice"] or "The model wrote nothing that stood.")
        else:
            self._keep(made, now, writer.name)
        return made

    def _rest(self, stamp: str, why: str) -> None:
        with self._lock:
            self._resting[stamp] = (time.monotonic() + _REST_S, why)

    def _get(self, source_id: str, stamp: str, model: str) -> Json | None:
        try:
            return self._kept.get(source_id, stamp=stamp, model=model)
        except StorageError as error:
            log.warning("kept overviews cannot be read: %s", error)
            return None

    def _keep(self, made: Json, stamp: str, model: str) -> None:
        try:
            self._kept.keep(made, stamp=stamp, model=model)
        except StorageError as error:
            log.warning("an overview could not be kept: %s", error)


def sentence_vectors(library: Library, source_id: str) -> dict[str, Floats]:
    """For each passage the vectors of its sentences (sentences x d), or its own (d) where they lack."""
    found: dict[str, Floats] = {}
    for passage_id, own, sentences in library.rows(
        "SELECT p.id, v.vector, v.sentences FROM passages p JOIN vectors v ON v.hash = p.vector"
        " WHERE p.source_id = ?",
        (source_id,),
    ):
        whole = np.frombuffer(own, dtype=np.float32)
        rows = np.frombuffer(sentences, dtype=np.int8).reshape(-1, len(whole)) if sentences else None
        found[passage_id] = whole if rows is None else rows.astype(np.float32)
    return found
