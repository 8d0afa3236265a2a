"""The index of an archive, kept level with its library: opened when first needed, healed, or made anew.

Readers never wait for it: while it is being mended, or belongs to somebody else, search by meaning is exact
arithmetic over the stored vectors. It holds nothing that is not in the library.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import ArchiveBusy, StorageError
from rag.index import Index, drop_index, forget_removed, move_index
from rag.library import Library
from rag.lock import ArchiveLock
from rag.models import Filters, Passage

# Seconds that a closing archive gives an index that is being mended to stop where it is.
_PATIENCE = 3.0
# Seconds before a reader's question tries again to mend what could not be mended.
_PAUSE = 30.0

log = logging.getLogger(__name__)


class KeptIndex:
    """The index as its archive uses it. `owned` says whether this process may change it."""

    def __init__(self, home: Path, library: Library, lock: ArchiveLock, *, command: str) -> None:
        self.owned = False
        self._library = library
        self._lock = lock
        self._command = command
        self._folder = home / "chroma"
        self._fresh = home / "chroma.new"
        self._opening = home / "chroma.opening"
        self._guard = threading.RLock()
        self._index: Index | None = None
        self._borrowable = True
        self._healing: threading.Thread | None = None
        self._not_before = 0.0
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
        return self._library.nearest(vector, k=k, filters=filters)

    def _at_hand(self) -> Index | None:
        """What can be asked at once. An owner's is mended meanwhile; a reader borrows it when it is free."""
        index = self._index
        if index is None and self.owned:
            self.heal_soon()
        elif index is None and self._borrowable and self._guard.acquire(blocking=False):
            try:
                index = self._index = self._index or self._borrowed()
                self._borrowable = index is not None
            finally:
                self._guard.release()
        return index

    def _borrowed(self) -> Index | None:
        """A reader's, when nobody else has it. A reader mends nothing."""
        if not self._folder.is_dir():
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
            return self._index

    def heal_soon(self) -> None:
        """Bring the index level in the background; questions are answered meanwhile."""
        at_it = self._healing is not None and self._healing.is_alive()
        if at_it or self._stopping.is_set() or time.monotonic() < self._not_before:
            return
        self._healing = threading.Thread(target=self._heal, name="index", daemon=True)
        self._healing.start()

    def prepare(self) -> None:
        """Have it open before a change: one that is level then need not be compared after it."""
        with suppress(StorageError):  # writing to it tells, after the library has what matters
            self.ready()

    def write(self, passages: Sequence[Passage], *, gone: Iterable[str]) -> None:
        """Take in passages that the library has, and forget those that it no longer has."""
        with self._changing() as index:
            if index is not None:
                index.delete(gone)
                index.upsert(passages, self._library.vectors_of([passage.id for passage in passages]))

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
        with self._guard:
            self._let_go()
            with self._told("cannot be rid of removed text"):
                if not forget_removed(self._folder):
                    drop_index(self._folder)
                self.ready().blank_unused()

    def state(self) -> Index | None:
        """The open index, for those who look and change nothing."""
        return self._index

    def close(self) -> None:
        """Let go of the folder. What is being mended is left as it is, for the next to go on with."""
        self._stopping.set()
        if self._healing is not None:
            self._healing.join(_PATIENCE)
        if self._guard.acquire(timeout=_PATIENCE):
            try:
                self._let_go()
            finally:
                self._guard.release()

    def _heal(self) -> None:
        try:
            self.ready()
        except StorageError as error:
            self._not_before = time.monotonic() + _PAUSE
            if not self._stopping.is_set():
                log.warning("%s; searching stored vectors instead", error)

    @contextmanager
    def _changing(self) -> Iterator[Index | None]:
        """A change that the library has had; None when opening the index has just brought it level.

        Whatever fails, the next use compares the two again.
        """
        with self._guard:
            try:
                with self._told("could not be written; the library has what was added"):
                    opened = self._index is not None
                    index = self.ready()
                    yield index if opened else None
                    index.stamp(self._library)
            except BaseException:
                self._let_go()
                raise

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Make any failure of the index one of ours, that says what to do."""
        try:
            yield
        except StorageError:
            raise
        except Exception as error:  # Chroma's core raises its own types
            raise StorageError(
                f"the index in {self._folder} {what} ({error}). Nothing is lost: it is mended at the next"
                " start, or by `earmark rebuild`; if the disk is full, make room first"
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
        self._opening.unlink(missing_ok=True)
        return index

    def _made_anew(self) -> Index:
        """A new one in place of what is there; what is there stays until the new one is whole."""
        drop_index(self._fresh)
        fresh = Index(self._fresh)
        try:
            fresh.reconcile(self._library, stop=self._stopping.is_set)
        finally:
            fresh.close()
        with self._guard:
            self._let_go()
            move_index(self._fresh, self._folder)
            self._index = Index(self._folder)
            return self._index

    def _opened(self, *, mend: bool) -> Index | None:
        """The index as it lies there, if it is level with the library, or can be mended, and answers."""
        index = None
        try:
            index = Index(self._folder)
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
        died = self._opening.exists()
        self._opening.touch()
        try:
            yield died
        finally:
            if not died:
                self._opening.unlink(missing_ok=True)
