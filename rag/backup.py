"""One file that holds an archive, and the way back: a tar of SQLite copies with a manifest of their hashes.

A backup reads a committed state, so it may be made while others read and write. Restoring believes nothing:
the file is unpacked beside the archive, checked whole, and only then takes its place, in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from rag.errors import BackupError, StorageError
from rag.library import Library

LIBRARY, ACTIVITY = "library.db", "activity.db"
_MANIFEST = "manifest.json"
# Raise it when a backup holds something that an older Earmark would lose.
_FORMAT = 1
_LONGEST_MANIFEST = 1_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself. `files` is name to size in bytes and SHA-256."""

    format: int
    made: str
    earmark: str
    embedding_model: str | None
    sources: int
    passages: int
    files: dict[str, tuple[int, str]]


def backup(home: Path, file: Path) -> Manifest:
    """Write the archive in `home` to one file, whole or not at all; raises `StorageError`."""
    if not (home / LIBRARY).is_file():
        raise StorageError(f"there is no archive in {home} to back up; EARMARK_HOME says where it is")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.mkdir(parents=True)
        names = [name for name in (LIBRARY, ACTIVITY) if (home / name).is_file()]
        for name in names:
            _copy(home / name, draft / name)
        manifest = _manifest(draft, names)
        _pack(draft, manifest, draft / "backup.tar")
        (draft / "backup.tar").replace(file)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the backup {file} could not be written: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


@contextmanager
def unpacked(file: Path, home: Path) -> Iterator[tuple[Manifest, Path]]:
    """What a backup says, and a folder with its files; raises `BackupError` unless it is whole."""
    folder = home / f"restore.{os.getpid()}.new"
    try:
        folder.mkdir(parents=True)
        yield _whole(file, folder), folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def set_aside(home: Path) -> Path:
    """Move a library that cannot be read out of the way, to be looked at; gives where it now is."""
    aside = home / time.strftime("damaged-%Y%m%d-%H%M%S")
    aside.mkdir()
    for name in (LIBRARY, f"{LIBRARY}-wal", f"{LIBRARY}-shm"):
        if (home / name).exists():
            (home / name).rename(aside / name)
    return aside


def put_activity_back(folder: Path, home: Path) -> None:
    """Put the backup's `activity.db`, if it has one, in place of the archive's, in one transaction."""
    if (folder / ACTIVITY).is_file():
        _copy(folder / ACTIVITY, home / ACTIVITY)


def _copy(here: Path, there: Path) -> None:
    with closing(sqlite3.connect(here)) as source, closing(sqlite3.connect(there)) as copy:
        # All pages in one step: one committed state, whatever others write meanwhile.
        source.backup(copy)


def _manifest(folder: Path, names: list[str]) -> Manifest:
    with closing(sqlite3.connect(folder / LIBRARY)) as db:
        # A copy that lives in one file, to be hashed and packed.
        db.execute("PRAGMA journal_mode = DELETE")
        (sources,) = db.execute("SELECT count(*) FROM sources").fetchone()
        (passages,) = db.execute("SELECT count(*) FROM passages").fetchone()
        model = db.execute("SELECT value FROM meta WHERE key = 'embedding_model'").fetchone()
    return Manifest(
        format=_FORMAT,
        made=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        earmark=version("earmark"),
        embedding_model=model[0] if model else None,
        sources=sources,
        passages=passages,
        files={name: ((folder / name).stat().st_size, _sha256(folder / name)) for name in names},
    )


def _pack(folder: Path, manifest: Manifest, packed: Path) -> None:
    words = folder / _MANIFEST
    words.write_text(json.dumps(asdict(manifest), indent=2), "utf-8")
    with packed.open("wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name in (_MANIFEST, *manifest.files):
                tar.add(folder / name, arcname=name, filter=_anonymous)
        out.flush()
        os.fsync(out.fileno())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _whole(file: Path, folder: Path) -> Manifest:
    try:
        manifest = _unpack(file, folder)
        _check(folder, manifest)
    except (tarfile.TarError, EOFError, sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{file} is no whole backup: {error}. The archive is as it was") from error
    except OSError as error:
        reason = error.strerror or error
        raise BackupError(f"{file} could not be unpacked: {reason}. The archive is as it was") from error
    return manifest


def _unpack(file: Path, folder: Path) -> Manifest:
    """Only files that the manifest names, and only names that we gave, so that nothing lands elsewhere."""
    with tarfile.open(file, "r:") as tar:
        manifest = _read_manifest(_opened(tar, _MANIFEST))
        for name, (size, _) in manifest.files.items():
            if name not in (LIBRARY, ACTIVITY):
                raise ValueError(f"it names {name!r}, which no backup holds")
            with _opened(tar, name) as packed, (folder / name).open("wb") as out:
                _pour(packed, out, size)
    return manifest


def _opened(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    held = tar.extractfile(tar.getmember(name))
    if held is None:
        raise ValueError(f"{name} is no file in it")
    return held


def _read_manifest(held: IO[bytes]) -> Manifest:
    said: dict[str, Any] = json.loads(held.read(_LONGEST_MANIFEST))
    if said["format"] != _FORMAT:
        raise ValueError(f"it has format {said['format']}, this Earmark reads {_FORMAT}; upgrade Earmark")
    files = {str(name): (int(size), str(digest)) for name, (size, digest) in said.pop("files").items()}
    return Manifest(**said, files=files)


def _pour(packed: IO[bytes], out: IO[bytes], size: int) -> None:
    left = size
    while left > 0 and (block := packed.read(min(_BLOCK, left))):
        out.write(block)
        left -= len(block)
    if left or packed.read(1):
        raise ValueError("a file in it is longer or shorter than it says")


def _check(folder: Path, manifest: Manifest) -> None:
    for name, (_, digest) in manifest.files.items():
        if _sha256(folder / name) != digest:
            raise ValueError(f"{name} in it is damaged: its SHA-256 differs")
        with closing(sqlite3.connect(folder / name)) as db:
            (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok" or db.execute("PRAGMA foreign_key_check").fetchone():
                raise ValueError(f"{name} in it is damaged: {said}")
    # Brings a backup of an older Earmark to this one's schema; one of a newer is refused by name.
    library = Library(folder / LIBRARY)
    try:
        if (library.source_count(), library.count()) != (manifest.sources, manifest.passages):
            raise ValueError("it does not hold as many sources and passages as it says")
    finally:
        library.close()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
