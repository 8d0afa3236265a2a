"""One lock per archive: whoever has the index open holds it, to write or only to read.

Readers do not share it: Chroma writes into its folder as soon as it opens it. A reader that cannot have the
lock answers from the library instead. The operating system drops the lock when its holder dies, however it
dies; the note beside it only says who that was, and is believed only while somebody holds the lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.errors import ArchiveBusy


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds an archive; a server also says where it listens and the token that opens its door."""

    pid: int
    command: str
    since: float
    url: str | None = None
    token: str | None = None


class ArchiveLock:
    """A file lock on `archive.lock` in the data folder, with a note on who holds it."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._path = home / "archive.lock"
        self._note = home / "holder.json"
        self._file: int | None = None
        self._mine: Holder | None = None

    def hold(self, command: str, *, seconds: float) -> None:
        """Take it, waiting at most `seconds`; raises `ArchiveBusy` naming the holder."""
        deadline = time.monotonic() + seconds
        while not self._take():
            if time.monotonic() >= deadline:
                raise ArchiveBusy(self.busy())
            time.sleep(0.05)
        self._mine = Holder(pid=os.getpid(), command=command, since=time.time())
        with suppress(OSError):  # a full disk: others then learn that it is held, and not by whom
            self._write(self._mine)

    @property
    def held(self) -> bool:
        """Whether it is held here."""
        return self._file is not None

    def busy(self) -> str:
        """That another process has the archive, as that process's user is told."""
        return _busy(self.holder())

    def announce(self, url: str, token: str) -> None:
        """Let other commands know where this holder can be reached."""
        assert self._file is not None and self._mine is not None, "only a holder announces itself"
        self._write(replace(self._mine, url=url, token=token))

    def holder(self) -> Holder | None:
        """Who holds it; None when nobody does, whatever a dead holder's note says."""
        if self.is_free():
            return None
        try:
            noted = json.loads(self._note.read_text())
            return Holder(**noted)
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def release(self) -> None:
        """Let go; without a hold this does nothing."""
        if self._file is None:
            return
        self._note.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None

    def _take(self) -> bool:
        assert self._file is None, "held already"
        self._file = self._locked(fcntl.LOCK_EX)
        return self._file is not None

    def is_free(self) -> bool:
        """Whether nobody holds it."""
        if self._file is not None:
            return False
        # A shared lock, so that two who look at the same moment do not see each other.
        file = self._locked(fcntl.LOCK_SH)
        if file is None:
            return False
        os.close(file)
        return True

    def _locked(self, how: int) -> int | None:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file

    def _write(self, holder: Holder) -> None:
        # The token opens the owner's door: nobody else on this machine may read it.
        draft = self._note.with_suffix(".new")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as note:
            json.dump(asdict(holder), note)
        draft.replace(self._note)


def _busy(holder: Holder | None) -> str:
    if holder is None:
        return "the archive is in use by another process; try again in a moment"
    since = time.strftime("%H:%M:%S", time.localtime(holder.since))
    return (
        f"the archive is in use by `{holder.command}` (process {holder.pid}, since {since});"
        " wait for it to end, or stop it"
    )
