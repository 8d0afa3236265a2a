from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from rag.backup import backup, unpacked
from rag.errors import ArchiveBusy, ArchiveMismatch, BackupError, StorageError
from rag.models import Filters
from rag.settings import load
from rag.wiring import restore_archive
from tests.fakes import HashingEmbeddings, a_source
from tests.rag.archives import MODEL, an_archive, put
from tests.rag.contents import contents

CHIPS = MODEL.embed_query("chips")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    with an_archive(home) as archive:
        archive.claim_model()
        put(archive, a_source("Chips.\n\nRain."))
        put(archive, a_source("Quays.", id="s2"))
    return home


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    file = tmp_path / "kept.earmark"
    backup(home, file)
    return file


def restore(home: Path, file: Path) -> None:
    restore_archive(load({}, home=home, lock_seconds=0), file, command="a test", embedder=MODEL)


def test_what_is_restored_is_what_was_backed_up(home: Path, kept: Path, tmp_path: Path) -> None:
    before = contents(home)
    with an_archive(home) as archive:
        archive.remove_all(["s1"])
        put(archive, a_source("Fog and snow.", id="s3"))
    restore(home, kept)
    assert contents(home) == before
    restore(tmp_path / "elsewhere", kept)
    assert contents(tmp_path / "elsewhere") == before
    assert [path.name for path in home.glob("restore*")] == []


def test_a_second_backup_takes_the_place_of_the_first(home: Path, kept: Path) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Fog.", id="s3"))
    assert backup(home, kept).sources == 3
    assert [path.name for path in kept.parent.iterdir() if "kept" in path.name] == ["kept.earmark"]


def test_readers_and_activity_are_backed_up_and_restored_too(home: Path, tmp_path: Path) -> None:
    db = sqlite3.connect(home / "activity.db")
    db.execute("CREATE TABLE answers (words)")
    db.execute("INSERT INTO answers VALUES ('As it was.')")
    db.commit()
    backup(home, tmp_path / "b")
    db.execute("UPDATE answers SET words = 'As it is.'")
    db.commit()
    restore(home, tmp_path / "b")
    assert db.execute("SELECT words FROM answers").fetchall() == [("As it was.",)]
    db.close()


def test_a_backup_made_while_another_writes_is_one_committed_state(home: Path, tmp_path: Path) -> None:
    done = threading.Event()
    with an_archive(home) as archive:

        def write() -> None:
            for n in range(60):
                put(archive, a_source("\n\n".join(f"Chips {n} {m}." for m in range(5)), id="s1"))
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        made = 0
        while not done.is_set():
            file = tmp_path / f"{made}"
            backup(home, file)
            with unpacked(file, tmp_path / "look") as (manifest, _):  # checked whole
                assert manifest.passages in (3, 6)
            made += 1
        writer.join()
        assert made > 1


def test_a_running_archive_is_restored_under_its_readers(home: Path, kept: Path) -> None:
    with an_archive(home) as archive, an_archive(home, alone=False) as reader:
        archive.remove_all(["s1"])
        assert [id_ for id_, _ in reader.nearest(CHIPS, k=1, filters=Filters())] == ["s2-0"]
        archive.restore(kept)
        for one in (archive, reader):
            assert [id_ for id_, _ in one.nearest(CHIPS, k=1, filters=Filters())] == ["s1-0"]
            assert one.library.words.lexical(["rain"], k=1, filters=Filters())[0][0] == "s1-1"
            assert one.library.source("s1").text == "Chips.\n\nRain."


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def one_byte_wrong(file: Path) -> None:
    held = bytearray(file.read_bytes())
    place = held.index(b"Quays.")
    held[place] ^= 1
    file.write_bytes(held)


def no_tar(file: Path) -> None:
    file.write_bytes(b"Not a backup at all. " * 1000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def rewritten(file: Path, change: Callable[[dict[str, object]], None]) -> None:
    """The same backup with another manifest."""
    with tarfile.open(file) as tar:
        parts = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    manifest = json.loads(parts["manifest.json"])
    change(manifest)
    parts["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(file, "w") as tar:
        for name, data in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, BytesIO(data))


def of_the_future(file: Path) -> None:
    rewritten(file, lambda manifest: manifest.update(format=99))


def with_more_than_it_says(file: Path) -> None:
    rewritten(file, lambda manifest: manifest.update(passages=2))


def that_names_another_file(file: Path) -> None:
    rewritten(file, lambda manifest: manifest.update(files={"../escaped": [1, "x"]}))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_short, "is no whole backup"),
        (one_byte_wrong, r"library\.db in it is damaged: its SHA-256 differs"),
        (no_tar, "is no whole backup"),
        (empty, "is no whole backup"),
        (of_the_future, "it has format 99, this Earmark reads 1; upgrade Earmark"),
        (with_more_than_it_says, "as many sources and passages as it says"),
        (that_names_another_file, r"it names '\.\./escaped', which no backup holds"),
        (Path.unlink, "could not be unpacked: No such file"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_not_whole_is_refused_and_changes_nothing(
    home: Path, kept: Path, damage: Callable[[Path], None], said: str
) -> None:
    with an_archive(home) as archive:
        archive.remove_all(["s1"])
    before = contents(home)
    damage(kept)
    with pytest.raises(BackupError, match=rf"{said}.*The archive is as it was"):
        restore(home, kept)
    assert contents(home) == before
    assert [path.name for path in home.glob("restore*")] == []


def test_a_backup_of_another_model_is_refused(home: Path, kept: Path) -> None:
    elsewhere = home.parent / "elsewhere"
    with pytest.raises(ArchiveMismatch, match="set EARMARK_EMBEDDING_MODEL to that one first"):
        restore_archive(
            load({}, home=elsewhere), kept, command="a test", embedder=HashingEmbeddings("another@1")
        )


def test_who_has_the_archive_is_named(home: Path, kept: Path) -> None:
    with an_archive(home), pytest.raises(ArchiveBusy, match="`a test`"):
        restore(home, kept)


def garbage(file: Path) -> None:
    file.write_bytes(b"garbage " * 5000)


def damaged_inside(file: Path) -> None:
    held = bytearray(file.read_bytes())
    held[4096:-4096] = b"\xff" * (len(held) - 8192)
    file.write_bytes(held)


@pytest.mark.parametrize("damage", [garbage, damaged_inside], ids=["all", "inside"])
def test_a_library_that_cannot_be_read_gives_way_to_a_backup(
    home: Path, kept: Path, damage: Callable[[Path], None]
) -> None:
    before = contents(home)
    damage(home / "library.db")
    restore(home, kept)
    assert contents(home) == before


def test_what_is_not_there_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no archive in .*nowhere to back up"):
        backup(tmp_path / "nowhere", tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_cannot_be_written_leaves_the_earlier_one(home: Path, kept: Path) -> None:
    before = kept.read_bytes()
    shutil.rmtree(home / "chroma")
    (home / "activity.db").write_bytes(b"no database " * 1000)
    with pytest.raises(StorageError, match="could not be written"):
        backup(home, kept)
    assert kept.read_bytes() == before
