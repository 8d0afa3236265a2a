"""The index of an archive, kept level with its library: opened when first needed, healed, or made anew.

Readers never wait for it: while it is being mended, belongs to somebody else, or its server does not answer,
search by meaning is exact arithmetic over the stored vectors. It holds nothing that is not in the library.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import ArchiveBusy, StorageError
from rag.index import Index
from rag.library import Library
from rag.lock import ArchiveLock
from rag.models import Filters, Passage
from rag.places import Place

# Seconds that a closing archive gives an index that is being mended to stop where it is.
_PATIENCE = 3.0
_UNWRITTEN = "could not be written; the library has what was added"
# Seconds before a reader's question tries again to mend what could not be mended.
_PAUSE = 30.0

log = logging.getLogger(__name__)


class KeptIndex:
    """The index as its archive uses it. `owned` says whether this process may change it."""

    def __init__(
        self, place: Place, library: Library, lock: ArchiveLock, *, command: str, behind: Path
    ) -> None:
        self.owned = False
        self._behind = behind  # stands while the library may have a change that the index has not
        self._place = place
        self._library = library
        self._lock = lock
        self._command = command
        self._guard = threading.RLock()
        self._index: Index | None = None
        self._borrowable = True
        self._level_at = -1  # the generation at which a reader last found a shared index level
        self._healing: threading.Thread | None = None
        self._not_before = 0.0
        self._trouble: str | None = None
        self._stopping = threading.Event()

    # -- reading ----------------------------------------------------------------------------------------

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids by cosine: from the index, or from stored vectors while the index cannot answer."""
        index = self._at_hand()
        if index is not None:
            try:
                return index.nearest(vector, k=k, filters=filters)
            except Exception as error:  # noqa: BLE001  Chroma's core raises its own types
                log.warning("the index does not answer (%s); searching stored vectors instead", error)
                if self._place.shared:
                    self._rest(error)
        return self._library.vectors.nearest(vector, k=k, filters=filters)

    def _at_hand(self) -> Index | None:
        """What can be asked at once. An owner's is mended meanwhile; a reader borrows it when it is free."""
        index = self._index
        if self._place.shared and not self.owned:
            return self._shared()
        if index is None and self.owned:
            self.heal_soon()
        elif index is None and self._borrowable and self._guard.acquire(blocking=False):
            try:
                index = self._index = self._index or self._borrowed()
                self._borrowable = index is not None
            finally:
                self._guard.release()
        return index

    def _shared(self) -> Index | None:
        """A reader's where many may read, as long as it is level with the library. A reader mends nothing."""
        generation = self._library.generation
        if self._index is not None and self._level_at == generation:
            return self._index
        if time.monotonic() < self._not_before or not self._guard.acquire(blocking=False):
            return None
        try:
            if self._index is None and self._place.exists():
                self._index = self._place.open()
            if self._index is not None and self._index.matches(self._library):
                self._level_at = generation
                self._trouble = None
                return self._index
            self._let_go()
        except Exception as error:  # noqa: BLE001  Chroma's client raises its own types, and those of httpx
            log.warning("the index cannot be asked (%s); searching stored vectors instead", error)
            self._rest(error)
        finally:
            self._guard.release()
        return None

    def _rest(self, error: Exception) -> None:
        """Ask a server that failed no more for a while, then open the index anew."""
        self._not_before = time.monotonic() + _PAUSE
        self._trouble = str(error)
        if self._guard.acquire(blocking=False):  # whoever has it meets the failure himself
            try:
                self._let_go()
            finally:
                self._guard.release()

    def _borrowed(self) -> Index | None:
        """A reader's, when nobody else has it. A reader mends nothing."""
        if not self._place.exists():
            return None
        try:
            self._lock.hold(self._command, seconds=0)
        except (ArchiveBusy, OSError):  # or there is no room for the note
            return None
        index = None
        try:
            with self._surviving() as died:
                index = None if died else self._opened(mend=False)
        except OSError as error:
            log.warning("the index cannot be opened: %s", error)
        if index is None:
            self._lock.release()
        return index

    # -- an owner's -------------------------------------------------------------------------------------

    def ready(self) -> Index:
        """The index, level with the library; raises `StorageError` when that cannot be brought about."""
        assert self.owned, "only an owner mends the index"
        with self._guard:
            if self._index is None:
                with self._told("cannot be opened"):
                    self._index = self._level()
                self._trouble = None
            return self._index

    def heal_soon(self) -> None:
        """Bring the index level in the background; questions are answered meanwhile."""
        at_it = self._healing is not None and self._healing.is_alive()
        if at_it or self._stopping.is_set() or time.monotonic() < self._not_before:
            return
        self._healing = threading.Thread(target=self._heal, name="index", daemon=True)
        self._healing.start()

    def open_soon(self) -> None:
        """Have it open: one that is level before a change need not be compared after it."""
        with suppress(StorageError):  # writing to it tells, after the library has what matters
            if not self._resting():
                self.ready()

    def prepare(self) -> None:
        """Have it open before a change, and note that one is coming: a process may die between the two."""
        self.open_soon()
        with suppress(OSError):  # where there is no room for it there is none for the change
            self._behind.touch()

    def write(self, passages: Sequence[Passage], *, gone: Iterable[str]) -> None:
        """Take in passages that the library has, and forget those that it no longer has."""
        with self._changing() as index:
            if index is not None:
                index.delete(gone)
                index.upsert(passages, self._library.vectors.of([passage.id for passage in passages]))

    def catch_up(self) -> None:
        """The library is another one now: compare the two at once."""
        with self._guard:
            self._let_go()
            self.ready()

    def note_change(self) -> None:
        """The library changed in nothing that the index holds."""
        with self._changing():
            pass

    def rebuild(self) -> int:
        """Make it anew from stored vectors, beside the old one; gives how many passages it holds."""
        with self._told("cannot be made anew"):
            self._made_anew()
        return self.ready().count()

    def scrub(self) -> None:
        """Leave no text of removed passages in its files."""
        if self._place.shared:
            return
        with self._guard:
            self._let_go()
            with self._told("cannot be rid of removed text"):
                self._place.tidy()
                self.ready().blank_unused()

    def state(self) -> Index | None:
        """The open index, for those who look and change nothing."""
        return self._index

    @property
    def trouble(self) -> str | None:
        """Why it could not be asked or mended at the last try; None when nothing went wrong."""
        return self._trouble

    def close(self) -> None:
        """Let go of the folder. What is being mended is left as it is, for the next to go on with."""
        self._stopping.set()
        if self._healing is not None:
            self._healing.join(_PATIENCE)
        if self._guard.acquire(timeout=_PATIENCE):
            try:
                self._let_go()
                self._place.close()
            finally:
                self._guard.release()

    def _heal(self) -> None:
        try:
            self.ready()
        except StorageError as error:
            self._not_before = time.monotonic() + _PAUSE
            self._trouble = str(error)
            if not self._stopping.is_set():
                log.warning("%s; searching stored vectors instead", error)

    @contextmanager
    def _changing(self) -> Iterator[Index | None]:
        """A change that the library has had; None when opening the index has just brought it level.

        Whatever fails, the next use compares the two again. A server that is away stops no change: it is
        told of it when it is back.
        """
        with self._guard:
            opened = self._index is not None
            try:
                with self._told(_UNWRITTEN):
                    index = None if self._resting() else self.ready()
            except StorageError as error:
                self._failed(error)
                index = None
            try:
                with self._told(_UNWRITTEN):
                    yield index if opened else None
                    if index is not None:
                        index.stamp(self._library)
                        self._behind.unlink(missing_ok=True)
            except StorageError as error:
                self._failed(error)
            except BaseException:
                self._let_go()
                raise

    def _failed(self, error: StorageError) -> None:
        """A change did not reach the index; raises the error, unless a server is to be told later."""
        self._let_go()
        if not self._place.shared:
            raise error
        self._rest(error)
        log.warning("%s", error)

    def _resting(self) -> bool:
        return self._place.shared and self._index is None and time.monotonic() < self._not_before

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Make any failure of the index one of ours, that says what to do."""
        try:
            yield
        except StorageError:
            raise
        except Exception as error:  # Chroma's core raises its own types
            raise StorageError(
                f"the index in {self._place} {what} ({error}). Nothing is lost: {self._place.advice}"
            ) from error

    def _let_go(self) -> None:
        index, self._index = self._index, None
        if index is not None:
            index.close()

    def _level(self) -> Index:
        """The index as it lies there, brought level; made anew from stored vectors when it is damaged."""
        with self._surviving() as died:
            index = None if died else self._opened(mend=True)
        if index is None:
            log.warning("making the index anew from stored vectors")
            index = self._made_anew()
        if self._place.opening is not None:
            self._place.opening.unlink(missing_ok=True)
        self._behind.unlink(missing_ok=True)
        return index

    def _made_anew(self) -> Index:
        """A new one in place of what is there; what is there stays until the new one is whole."""
        fresh = self._place.open_next()
        try:
            fresh.reconcile(self._library, stop=self._stopping.is_set)
        finally:
            fresh.close()
        with self._guard:
            self._let_go()
            self._place.swap()
            self._index = self._place.open()
            return self._index

    def _opened(self, *, mend: bool) -> Index | None:
        """The index as it lies there, if it is level with the library, or can be mended, and answers."""
        index = None
        try:
            index = self._place.open()
            level = index.matches(self._library)
            if mend and not level:
                index.reconcile(self._library, stop=self._stopping.is_set)
            if (level or mend) and index.answers(self._library):
                return index
            log.warning("the index is behind or incomplete")
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001  Chroma's core raises its own types
            log.warning("the index cannot be opened: %s", error)
        if index is not None:
            index.close()
        return None

    @contextmanager
    def _surviving(self) -> Iterator[bool]:
        """Tells whether the last process to open the index died of it, as over a file that was cut short."""
        opening = self._place.opening
        if opening is None:
            yield False
            return
        died = opening.exists()
        opening.touch()
        try:
            yield died
        finally:
            if not died:
                opening.unlink(missing_ok=True)
