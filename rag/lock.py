"""One lock per archive: many readers of the index, or one writer of everything.

A writer (`add`, `remove`, a running server) holds it alone; a reader of the index shares it. A reader that
cannot have it answers from the library instead. The operating system drops the lock when its holder dies,
however it dies; the note beside it only says who that was.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import ArchiveBusy


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds an archive alone; a server also says where it listens and the token that opens its door."""

    pid: int
    command: str
    since: float
    url: str | None = None
    token: str | None = None


class ArchiveLock:
    """A file lock on `archive.lock` in the data folder."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._path = home / "archive.lock"
        self._note = home / "holder.json"
        self._file: int | None = None
        self._alone = False

    def share(self) -> bool:
        """Take a reader's share, without waiting; False when somebody holds it alone."""
        return self._take(fcntl.LOCK_SH)

    def hold(self, command: str, *, seconds: float) -> None:
        """Take it alone, waiting at most `seconds`; raises `ArchiveBusy` naming the holder."""
        deadline = time.monotonic() + seconds
        while not self._take(fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                raise ArchiveBusy(_busy(self.holder()))
            time.sleep(0.05)
        self._alone = True
        self._write(Holder(pid=os.getpid(), command=command, since=time.time()))

    def announce(self, url: str, token: str) -> None:
        """Let other commands know where this holder can be reached."""
        current = self.holder()
        assert self._alone and current is not None, "only a holder announces itself"
        self._write(Holder(**{**asdict(current), "url": url, "token": token}))

    def holder(self) -> Holder | None:
        """Who holds it alone, as far as the note says; None when nobody does."""
        try:
            noted = json.loads(self._note.read_text())
            return Holder(**noted)
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def release(self) -> None:
        """Let go; without a hold this does nothing."""
        if self._file is None:
            return
        if self._alone:
            self._note.unlink(missing_ok=True)
        os.close(self._file)
        self._file, self._alone = None, False

    def _take(self, how: int) -> bool:
        assert self._file is None, "held already"
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def _write(self, holder: Holder) -> None:
        # The token opens the owner's door: nobody else on this machine may read it.
        draft = self._note.with_suffix(".new")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as note:
            json.dump(asdict(holder), note)
        draft.replace(self._note)


def _busy(holder: Holder | None) -> str:
    if holder is None:
        return "the archive is in use by another process that reads it; try again in a moment"
    since = time.strftime("%H:%M:%S", time.localtime(holder.since))
    return (
        f"the archive is being written by `{holder.command}` (process {holder.pid}, since {since});"
        " wait for it to end, or stop it"
    )
