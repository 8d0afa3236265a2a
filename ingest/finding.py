"""Find what there is to read in files, folders and the feeds that lie in them. Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from ingest import episode
from ingest.apart import ReadsApart
from ingest.candidate import Candidate, Material
from ingest.items import Item
from ingest.reading import Metadata, Reading
from ingest.report import Report
from ingest.signs import is_feed
from rag.errors import SourceEmpty, SourceError, SourceNotFound

# A feed's root element stands within this many bytes, comments and style sheets before it included.
_FEED_SHOWS_WITHIN = 65_536


def find(origin: str, path: Path, *, reader: ReadsApart, report: Report) -> Iterator[Candidate]:
    """What a file or a folder holds. Raises `SourceError`; what folders hold beside is only reported."""
    try:
        if path.is_dir():
            yield from _in_folder(origin, path, reader, report)
        elif path.is_file():
            yield from _in_file(origin, path, reader, report)
        else:
            raise SourceNotFound(origin, "no such file or folder")
    except (OSError, RuntimeError) as error:  # a name too long, a folder closed to us, the home of nobody
        reason = error.strerror if isinstance(error, OSError) else error
        raise SourceError(origin, f"cannot be read: {reason}") from error


def head(origin: str, path: Path) -> bytes:
    """The first bytes of a file, enough to tell a feed."""
    return load(origin, path, most=_FEED_SHOWS_WITHIN)


def load(origin: str, path: Path, *, most: int = -1) -> bytes:
    """The bytes of a file, or the first few."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise SourceError(origin, f"cannot be read: {error.strerror}") from error


def _in_folder(origin: str, path: Path, reader: ReadsApart, report: Report) -> Iterator[Candidate]:
    files = sorted(
        (
            file
            for file in path.rglob("*")
            if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
        ),
        # Of files of one name first those that are likely to say most, so that the others need not go in.
        key=lambda file: (file.parent, file.stem, file.suffix not in (".vtt", ".json"), file.name),
    )
    if not files:
        raise SourceEmpty(origin, "the folder holds no files")
    for file in files:
        place = str(Path(origin) / file.relative_to(path))
        try:
            for candidate in _in_file(place, file, reader, report):
                yield replace(candidate, named=candidate.said != Metadata())
        except SourceError as error:
            report.leave_out(error, named=False)


def _in_file(origin: str, path: Path, reader: ReadsApart, report: Report) -> Iterator[Candidate]:
    if is_feed(head(origin, path)):
        yield from _in_feed(origin, path, reader, report)
    else:
        yield _candidate(origin, path, reader)


def _in_feed(origin: str, path: Path, reader: ReadsApart, report: Report) -> Iterator[Candidate]:
    """A feed file's items: with the transcripts that lie beside it, or with the text it holds itself."""
    found = 0
    for item in reader.parse_feed(load(origin, path), origin=origin).items:
        transcript = _beside(path, item)
        if transcript:
            place = str(Path(origin).parent / transcript.relative_to(path.parent.resolve()))
            candidate = replace(
                _candidate(place, transcript, reader), material=_spoken(place, transcript, item, reader)
            )
        else:
            if item.audio_url or item.transcripts:
                missing = "has no transcript file beside the feed"
                report.skipped.append(f"{origin}: {item.title or item.key!r} {missing}")
            if not item.content:
                continue
            candidate = Candidate(
                origin=item.link or origin,
                location=f"{path.resolve()}#{item.key}",
                material=written(item.link or origin, item, reader),
            )
        found += 1
        yield replace(candidate, said=item.metadata, names=item.names, moment=item.moment)
    if not found:
        raise SourceEmpty(origin, "no item of this feed has a transcript file beside it, or text of its own")


def _spoken(origin: str, path: Path, item: Item, reader: ReadsApart) -> Callable[[], Material]:
    def material() -> Material:
        data = load(origin, path)

        def read() -> Reading:
            notes = reader.read_fragment(item.content or "", origin=origin)
            return episode.whole(item, reader.read(data, origin=origin), notes)

        return Material(main=data, read=read, beside=repr((item.content, item.chapters)).encode())

    return material


def written(origin: str, item: Item, reader: ReadsApart) -> Callable[[], Material]:
    """What the feed itself holds of an item: a newsletter's full text, or an episode's show notes."""

    def read() -> Reading:
        reading = reader.read_fragment(item.content or "", origin=origin)
        return replace(reading, parts=episode.headed(reading.parts)) if item.is_spoken else reading

    return lambda: Material(main=(item.content or "").encode("utf-8", "replace"), read=read)


def _beside(feed: Path, item: Item) -> Path | None:
    folder = feed.parent.resolve()
    for tag in item.transcripts:
        if "://" in tag.url:
            continue
        file = (folder / unquote(tag.url)).resolve()
        # A feed is text from outside: it may name files of its own folder, and no others.
        if file.is_relative_to(folder) and file.is_file():
            return file
    return None


def _candidate(origin: str, path: Path, reader: ReadsApart) -> Candidate:
    def material() -> Material:
        data = load(origin, path)
        return Material(main=data, read=lambda: reader.read(data, origin=origin))

    return Candidate(origin=origin, location=str(path.resolve()), material=material)
