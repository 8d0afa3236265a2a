"""A disk that is full, or fails: a clean error, what was acknowledged answers, and the next run finishes."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.models import Filters
from tests.fakes import a_source
from tests.faults.conftest import Ground, check_what_was_acknowledged
from tests.rag.archives import MODEL, an_archive, put
from tests.rag.contents import contents

KINDS = {"full": (errno.ENOSPC, True), "failing": (errno.EIO, False), "dead": (errno.EIO, True)}


def check_broken(ground: Ground, home: Path, kind: str, call: int) -> bool:
    """Have a write fail, look at what is there, run again, compare; gives whether an error was told."""
    error, lasting = KINDS[kind]
    ground.start(home)
    broken = ground.run(home, fail_call=call, error=error, lasting=lasting)
    assert broken.signal == 0, f"call {call}: died of signal {broken.signal}"
    assert not broken.unforeseen, f"call {call}: {broken.error}"
    check_what_was_acknowledged(home, broken)
    again = ground.run(home)
    assert (again.signal, again.error) == (0, None), f"call {call}"
    assert contents(home) == ground.after, f"call {call}"
    return broken.error is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_writes_that_fail(ground: Ground, tmp_path: Path, kind: str) -> None:
    writes = ground.unbroken.writes
    assert writes > 100
    told = [check_broken(ground, tmp_path / "home", kind, call) for call in range(7, writes, writes // 5)]
    assert any(told)


# An ingest writes some 2,700 times: each seventh takes a quarter of an hour, EACH_NTH_WRITE=1 takes two.
@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", KINDS)
def test_writes_that_fail_all_through(ground: Ground, tmp_path: Path, kind: str) -> None:
    writes = ground.unbroken.writes
    step = int(os.environ.get("EACH_NTH_WRITE", "7"))
    told = [check_broken(ground, tmp_path / "home", kind, call) for call in range(1, writes + 1, step)]
    assert sum(told) > len(told) // 2


# -- a small disk that is full ------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounts a disk of its own, which only root may, and not everywhere")
    yield place
    # Lazily: a failed test's traceback keeps files of it open.
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_room_is_all_it_takes(ground: Ground, small_disk: Path) -> None:
    home = ground.start(small_disk / "home")
    filler = small_disk / "filler"
    for room in (0, 40_000, 200_000, 600_000):
        fill(filler, leave=room)
        stopped = ground.run(home)
        assert stopped.signal == 0
        assert not stopped.unforeseen, stopped.error
        assert stopped.error is not None or room, "there was no room at all"
        check_what_was_acknowledged(home, stopped)
        filler.unlink()
    done = ground.run(home)
    assert (done.signal, done.error) == (0, None)
    assert contents(home) == ground.after


def fill(filler: Path, *, leave: int) -> None:
    """Fill the disk that a file lies on, but for so many bytes."""
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(filler).free - leave))
    assert shutil.disk_usage(filler).free <= leave


def test_on_a_full_disk_readers_read_and_an_owner_answers(small_disk: Path) -> None:
    home = small_disk / "home"
    with an_archive(home) as archive:
        put(archive, a_source("Chips.\n\nRain."))
    fill(small_disk / "filler", leave=0)
    for alone in (False, True):
        with an_archive(home, alone=alone) as archive:
            found = archive.nearest(MODEL.embed_query("chips"), k=1, filters=Filters())
            assert [id_ for id_, _ in found] == ["s1-0"]
            assert archive.library.words.lexical(["rain"], k=1, filters=Filters())[0][0] == "s1-1"
