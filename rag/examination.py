"""What `earmark doctor` looks at: do library, full-text table and index hold the same, and what to do if not.

It changes nothing. The library is read in committed states, so others may write meanwhile.
"""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.backup import ACTIVITY, LIBRARY
from rag.errors import ArchiveBusy, ArchiveMismatch
from rag.library import Library
from rag.lock import ArchiveLock

if TYPE_CHECKING:
    from rag.places import Place

# Free disk below which the next large addition may fail, in bytes; and how many times the library's size.
_ROOM = 200_000_000
_ROOM_FACTOR = 0.5
# How many passages are searched for by their own vectors.
_SAMPLE = 200
_REBUILD = "run `earmark rebuild`"
_RESTORE = "restore a backup with `earmark restore FILE`, or remove and add what is named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look showed. `advice` says what to do; None when nothing needs doing."""

    check: str
    found: str
    advice: str | None = None


def examine_files(home: Path, *, model: str) -> list[Finding]:
    """Everything but the index: the library, its full-text table, vectors, model, lock, room, leftovers."""
    found = [_lock(home), _room(home), *_leftovers(home)]
    if not (home / LIBRARY).is_file():
        return [Finding(check="library", found="there is none yet: the archive is empty"), *found]
    try:
        library = Library(home / LIBRARY)
    except (sqlite3.Error, ArchiveMismatch) as error:
        return [Finding(check="library", found=f"cannot be opened: {error}", advice=_RESTORE), *found]
    try:
        found = [
            *(_looked(name, look, library) for name, look in _LOOKS.items()),
            _model(library, model),
            *found,
        ]
    finally:
        library.close()
    if (home / ACTIVITY).is_file():
        found.append(_activity(home / ACTIVITY))
    return found


def examine_index(home: Path, place: Place | None = None) -> Finding:
    """The index of an archive: on a server as any reader sees it, in a folder while nobody has it open.

    That in a folder is looked at in a process apart, for it may die of it.
    """
    holder = ArchiveLock(home).holder()
    if place is not None and place.shared:
        return _examined_on_server(home, place)
    if holder is not None:
        return Finding(
            check="index", found=f"not looked at: `{holder.command}` (process {holder.pid}) has it"
        )
    if not (home / "chroma").is_dir():
        advice = None if _is_empty(home) else _REBUILD
        return Finding(check="index", found="there is none; it is made at the next start", advice=advice)
    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, mp_context=spawn) as apart:
            return apart.submit(_examined_apart, home).result()
    except BrokenProcessPool:
        return Finding(check="index", found="whoever opens it dies of it", advice=_REBUILD)


def compare_index(index: object, library: Library) -> Finding:
    """An open index beside its library: by set difference, and by searching passages by their own vectors."""
    from rag.index import Index

    assert isinstance(index, Index), "an open index"
    differs = index.compare(library)
    lost = index.unfound(library, sample=_SAMPLE)
    if differs or lost:
        said = (
            f"{len(differs.missing)} passages missing, {len(differs.stale)} out of date,"
            f" {len(differs.surplus)} too many, {lost} of {min(_SAMPLE, library.count())} not found"
        )
        return Finding(check="index", found=said, advice=_REBUILD)
    return Finding(
        check="index", found=f"{index.count()} passages, level with the library; all of a sample found"
    )


def _examined_on_server(home: Path, place: Place) -> Finding:
    """A look at an index on a server; meanwhile another may be writing, so a difference may be passing."""
    if not (home / LIBRARY).is_file():
        return Finding(check="index", found=f"on {place}: there is nothing to hold yet")
    try:
        if not place.exists():
            advice = None if _is_empty(home) else _REBUILD
            return Finding(check="index", found=f"on {place}: there is none yet", advice=advice)
        with closing(Library(home / LIBRARY)) as library:
            finding = compare_index(place.open(), library)
            return replace(finding, found=f"on {place}: {finding.found}")
    except Exception as error:  # noqa: BLE001  Chroma's client raises its own types, and those of httpx
        return unanswered(place, error)
    finally:
        place.close()


def unanswered(place: Place, error: object) -> Finding:
    """That an index cannot be asked, and what that means."""
    return Finding(
        check="index",
        found=f"on {place}: {error}",
        advice=f"start the server, or mend the way to it: {place.advice}",
    )


def _examined_apart(home: Path) -> Finding:
    from rag.index import Index

    logging.disable()
    lock = ArchiveLock(home)
    try:
        lock.hold("earmark doctor", seconds=1)
    except ArchiveBusy as error:
        return Finding(check="index", found=f"not looked at: {error}")
    try:
        with closing(Library(home / LIBRARY)) as library, closing(Index(home / "chroma")) as index:
            return compare_index(index, library)
    except Exception as error:  # noqa: BLE001  the edge of a process of its own; Chroma raises its own types
        return Finding(check="index", found=f"cannot be used: {error}", advice=_REBUILD)
    finally:
        lock.release()


def _looked(name: str, look: Callable[[Library], Finding], library: Library) -> Finding:
    try:
        return look(library)
    except (sqlite3.DatabaseError, ValueError, LookupError) as error:
        return Finding(check=name, found=f"cannot be read: {error}", advice=_RESTORE)


def _library(library: Library) -> Finding:
    with library.reading() as db:
        said = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
        torn = db.execute("PRAGMA foreign_key_check").fetchall()
    if said != ["ok"] or torn:
        what = "; ".join(said) if said != ["ok"] else f"{len(torn)} rows point nowhere"
        return Finding(check="library", found=what, advice=_RESTORE)
    return Finding(
        check="library",
        found=f"{library.source_count()} sources, {library.count()} passages; the file is sound",
    )


def _texts(library: Library) -> Finding:
    """Each passage and sentence inside its source's text."""
    wrong: Counter[str] = Counter()
    for listed in library.overview():
        with library.reading():
            text = library.source(listed.id).text
            for passage in library.passages_of(listed.id):
                ends = [
                    passage.start,
                    *(end for one in passage.sentences for end in (one.start, one.end)),
                    passage.end,
                ]
                wrong[listed.id] += not (0 <= ends[0] < ends[-1] <= len(text) and ends == sorted(ends))
    bad = [source_id for source_id, count in wrong.items() if count]
    if bad:
        return Finding(
            check="texts",
            found=f"passages of {', '.join(bad[:5])} lie outside their text",
            advice="remove these sources with `earmark remove`, and add them again",
        )
    return Finding(check="texts", found="every passage and sentence lies inside its source's text")


def _words(library: Library) -> Finding:
    """The full-text table: sound in itself, and the same passages with the same words."""
    fault = library.words.fault()
    if fault is None:
        with library.reading() as db:
            (surplus,) = db.execute(
                "SELECT count(*) FROM passage_words WHERE rowid NOT IN (SELECT rowid FROM passages)"
            ).fetchone()
            other = sum(words != passage for words, passage in library.words.indexed())
        if surplus or other:
            fault = f"{other} passages are missing or have other words, {surplus} are too many"
    if fault:
        return Finding(check="full text", found=fault, advice=_REBUILD)
    return Finding(check="full text", found="the same passages, with the same words")


def _vectors(library: Library) -> Finding:
    held = bad = 0
    lengths: Counter[int] = Counter()
    for _, vector in library.vectors.entries():
        held += 1
        lengths[len(vector)] += 1
        bad += not bool(np.isfinite(vector).all()) or abs(float(vector @ vector) - 1) > 1e-2
    missing = library.count() - held
    if missing or len(lengths) > 1:
        return Finding(
            check="vectors", found=f"{missing} missing, lengths {sorted(lengths)}", advice=_RESTORE
        )
    if bad:
        return Finding(check="vectors", found=f"{bad} are not of unit length", advice=_RESTORE)
    return Finding(check="vectors", found=f"one for each of {held} passages")


def _model(library: Library, model: str) -> Finding:
    built_with = library.meta("embedding_model")
    if built_with in (None, model):
        return Finding(check="model", found=built_with or "none yet")
    return Finding(
        check="model",
        found=f"the archive was built with {built_with!r}, the settings say {model!r}",
        advice="set EARMARK_EMBEDDING_MODEL to the one it was built with",
    )


_LOOKS: dict[str, Callable[[Library], Finding]] = {
    "library": _library,
    "texts": _texts,
    "full text": _words,
    "vectors": _vectors,
}


def _activity(file: Path) -> Finding:
    try:
        with closing(sqlite3.connect(file)) as db:
            (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    advice = None if said == "ok" else f"move {file} away: it holds what readers asked, and no source"
    return Finding(check="activity", found="sound" if said == "ok" else said, advice=advice)


def _lock(home: Path) -> Finding:
    lock = ArchiveLock(home)
    holder = lock.holder()
    if holder:
        return Finding(check="lock", found=f"held by `{holder.command}` (process {holder.pid})")
    if (home / "holder.json").exists() and lock.is_free():
        return Finding(check="lock", found="free; the note of one that was killed is left, and not believed")
    return Finding(check="lock", found="free")


def _room(home: Path) -> Finding:
    where = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(where).free
    size = (home / LIBRARY).stat().st_size if (home / LIBRARY).is_file() else 0
    wanted = max(_ROOM, int(size * _ROOM_FACTOR))
    advice = None if free >= wanted else f"make room: {wanted // 10**6} MB should be free"
    return Finding(check="disk", found=f"{free // 10**6} MB free", advice=advice)


def _leftovers(home: Path) -> Iterator[Finding]:
    """What a kill left behind, while nobody is at work."""
    if not home.is_dir() or not ArchiveLock(home).is_free():
        return
    if (home / "chroma.opening").exists():
        yield Finding(check="index opening", found="the last to open the index died of it", advice=_REBUILD)
    for folder in home.glob("restore.*.new"):
        yield Finding(
            check="leftover", found=f"{folder.name} of a restore that was killed", advice=f"delete {folder}"
        )


def _is_empty(home: Path) -> bool:
    if not (home / LIBRARY).is_file():
        return True
    with closing(sqlite3.connect(home / LIBRARY)) as db:
        return not db.execute("SELECT 1 FROM passages LIMIT 1").fetchone()
