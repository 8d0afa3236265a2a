from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.errors import ArchiveBusy
from rag.lock import ArchiveLock

HOLD = """
import sys, time
from pathlib import Path
from rag.lock import ArchiveLock
lock = ArchiveLock(Path(sys.argv[1]))
lock.hold("earmark sync", seconds=0)
lock.announce("http://127.0.0.1:1", "secret")
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def another_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it is ended."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        lock = ArchiveLock(tmp_path)
        started = time.monotonic()
        with pytest.raises(ArchiveBusy) as raised:
            lock.hold("earmark add", seconds=0.2)
        assert 0.2 <= time.monotonic() - started < 2
        assert f"`earmark sync` (process {process.pid}, since " in str(raised.value)
        holder = lock.holder()
        assert holder is not None
        assert (holder.pid, holder.url, holder.token) == (process.pid, "http://127.0.0.1:1", "secret")


def test_it_is_free_when_its_holder_is_killed_whatever_the_note_says(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / "holder.json").exists()
    lock = ArchiveLock(tmp_path)
    assert lock.holder() is None
    lock.hold("earmark add", seconds=0)
    lock.release()


def test_a_dead_holder_is_not_believed_because_its_process_id_lives_again(tmp_path: Path) -> None:
    note = {
        "pid": os.getpid(),
        "command": "earmark serve",
        "since": 0.0,
        "url": "http://127.0.0.1:1",
        "token": "t",
    }
    (tmp_path / "holder.json").write_text(json.dumps(note))
    assert ArchiveLock(tmp_path).holder() is None


def test_who_waits_gets_it(tmp_path: Path) -> None:
    first, second = ArchiveLock(tmp_path), ArchiveLock(tmp_path)
    first.hold("first", seconds=0)
    threading.Timer(0.2, first.release).start()
    second.hold("second", seconds=5)
    holder = second.holder()
    assert holder is not None
    assert holder.command == "second"
    second.release()


def test_two_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    first, second = ArchiveLock(tmp_path), ArchiveLock(tmp_path)
    first.hold("first", seconds=0)
    with pytest.raises(ArchiveBusy, match="`first`"):
        second.hold("second", seconds=0)
    first.release()
    second.hold("second", seconds=0)
    second.release()


def test_letting_go_takes_the_note_away_and_may_be_done_twice(tmp_path: Path) -> None:
    lock = ArchiveLock(tmp_path)
    lock.release()
    lock.hold("earmark add", seconds=0)
    lock.release()
    lock.release()
    assert not (tmp_path / "holder.json").exists()


def test_only_its_user_may_read_the_note(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        lock = ArchiveLock(tmp_path)
        lock.hold("earmark serve", seconds=0)
        lock.announce("http://127.0.0.1:1", "secret")
        for name in ("holder.json", "archive.lock"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        lock.release()
    finally:
        os.umask(old)


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": 1}', '{"unknown": 1}'])
def test_a_note_that_cannot_be_read_still_means_busy(tmp_path: Path, note: str) -> None:
    holding = ArchiveLock(tmp_path)
    holding.hold("x", seconds=0)
    (tmp_path / "holder.json").write_text(note)
    with pytest.raises(ArchiveBusy, match="in use by another process"):
        ArchiveLock(tmp_path).hold("y", seconds=0)
    holding.release()
