"""The pipeline: find what there is, read what changed, cut, embed, write. Safe to run again at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ingest.canonical import canonical
from ingest.chunk import Cut, cut
from ingest.feeds import Item, is_feed, parse_feed
from ingest.frontmatter import merge, title_from_name
from ingest.read import read
from ingest.reading import Metadata, Reading
from ingest.splitter import split_long
from rag.contract import Json
from rag.errors import SourceEmpty, SourceError, SourceNotFound
from rag.library import Known
from rag.models import Passage, Source, SourceKind, unique
from rag.ports import CountsTokens
from rag.wiring import Archive

# Part of every fingerprint: raise it when a reader or the cutting changes, and the next `add` reads again.
_READERS = "2"
_SMALLEST = 20  # characters of text below which a source holds nothing to answer from

Progress = Callable[[str, str], None]


class _Bytes(Protocol):
    def __call__(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller knows better than the source."""

    show: str | None = None
    kind: SourceKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something to read: where it is, how to get its bytes, and what a feed says about it."""

    origin: str
    location: str
    data: _Bytes
    said: Metadata = field(default_factory=Metadata)


@dataclass(slots=True)
class Report:
    """What became of each source."""

    added: list[Known] = field(default_factory=list)
    changed: list[Known] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    removed: list[Known] = field(default_factory=list)
    failed: list[SourceError] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    embedded: int = 0

    def json(self) -> Json:
        """As the contract writes it; `skipped` says what was left out of sources that went in."""
        return {
            **{
                name: [
                    {
                        "id": known.source_id,
                        "origin": known.origin,
                        "kind": known.kind.value,
                        "title": known.title,
                        "passages": known.passages,
                    }
                    for known in getattr(self, name)
                ]
                for name in ("added", "changed", "unchanged", "removed")
            },
            "failed": [{"origin": error.origin, "reason": error.reason} for error in self.failed],
            "skipped": self.skipped,
        }


def add(
    archive: Archive,
    origins: Sequence[str],
    *,
    options: Options | None = None,
    folder: Path | None = None,
    progress: Progress = lambda origin, stage: None,
) -> Report:
    """Bring sources into the archive; one that cannot be read is reported and the others still go in.

    Args:
        archive: opened alone.
        origins: paths of files, folders and feeds.
        options: show and kind for all of them.
        folder: what relative paths are relative to; the working directory when None.
        progress: told the origin and what is being done with it.
    """
    report = Report()
    for candidate in _candidates(origins, folder or Path.cwd(), report):
        try:
            _bring(archive, candidate, options or Options(), report, progress)
        except SourceError as error:
            report.failed.append(error)
    return report


def _candidates(origins: Sequence[str], folder: Path, report: Report) -> Iterator[Candidate]:
    seen: set[str] = set()
    for origin in origins:
        try:
            for candidate in _candidates_of(origin, folder):
                if candidate.location not in seen:
                    seen.add(candidate.location)
                    yield candidate
        except SourceError as error:
            report.failed.append(error)


def _candidates_of(origin: str, folder: Path) -> Iterator[Candidate]:
    if "://" in origin:
        raise SourceError(origin, "addresses cannot be fetched yet; save the page or file and add that")
    path = folder / Path(origin).expanduser()
    if path.is_dir():
        yield from _in_folder(origin, path)
    elif path.is_file():
        yield from _in_file(origin, path)
    else:
        raise SourceNotFound(origin, "no such file or folder")


def _in_folder(origin: str, path: Path) -> Iterator[Candidate]:
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if not files:
        raise SourceEmpty(origin, "the folder holds no files")
    feeds = [file for file in files if file.suffix in (".xml", ".rss", ".atom")]
    claimed: set[str] = set()
    for feed in feeds:
        for candidate in _in_file(str(Path(origin) / feed.relative_to(path)), feed):
            claimed.add(candidate.location)
            yield candidate
    for file in files:
        if file not in feeds and str(file.resolve()) not in claimed:
            yield from _in_file(str(Path(origin) / file.relative_to(path)), file)


def _in_file(origin: str, path: Path) -> Iterator[Candidate]:
    data = _load(origin, path)
    if is_feed(data):
        yield from _in_feed(origin, path, data)
    else:
        yield Candidate(origin=origin, location=str(path.resolve()), data=lambda: data)


def _in_feed(origin: str, path: Path, data: bytes) -> Iterator[Candidate]:
    """The episodes of a feed file whose transcripts lie beside it."""
    for item in parse_feed(data, origin=origin).items:
        transcript = _beside(path, item)
        if transcript is None:
            raise SourceError(origin, f"{item.title!r} has no transcript file beside the feed")
        yield Candidate(
            origin=str(Path(origin).parent / transcript.relative_to(path.parent)),
            location=str(transcript.resolve()),
            data=lambda transcript=transcript: _load(origin, transcript),
            said=item.metadata,
        )


def _beside(feed: Path, item: Item) -> Path | None:
    for tag in item.transcripts:
        if "://" in tag.url:
            continue
        file = (feed.parent / tag.url).resolve()
        # A feed is text from outside: it may name files of its own folder, and no others.
        if file.is_relative_to(feed.parent.resolve()) and file.is_file():
            return file
    return None


def _load(origin: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(origin, f"cannot be read: {error.strerror}") from error


def _bring(
    archive: Archive, candidate: Candidate, options: Options, report: Report, progress: Progress
) -> None:
    progress(candidate.origin, "reading")
    data = candidate.data()
    cutting = f"{archive.embedder.id} {archive.settings.passage_tokens}"
    fingerprint = _hash(_READERS, cutting, repr(candidate.said), repr(options), data)
    here = _already_here(archive, candidate, fingerprint)
    if here:
        report.unchanged.append(here)
        return
    reading = read(data, origin=candidate.origin)
    source, cuts = _cut_source(archive, candidate, options, reading, fingerprint)
    before = {known.source_id for known in archive.library.known()}
    passages = _passages(source, cuts)
    report.embedded += _write(archive, candidate, source, passages, progress)
    report.skipped.extend(f"{candidate.origin}: {line}" for line in reading.skipped)
    known = Known(
        source_id=source.id,
        origin=source.origin,
        location=candidate.location,
        fingerprint=fingerprint,
        kind=source.kind,
        title=source.title,
        passages=len(passages),
    )
    (report.changed if source.id in before else report.added).append(known)


def _already_here(archive: Archive, candidate: Candidate, fingerprint: str) -> Known | None:
    """The source these bytes are already in the archive as; a file that moved is followed."""
    same = [known for known in archive.library.known() if known.fingerprint == fingerprint]
    for known in same:
        if known.location == candidate.location:
            return known
    for known in same:
        if Path(known.location).exists():
            return known
        archive.move(known.source_id, origin=candidate.origin, location=candidate.location)
        return replace(known, origin=candidate.origin, location=candidate.location)
    return None


def _cut_source(
    archive: Archive, candidate: Candidate, options: Options, reading: Reading, fingerprint: str
) -> tuple[Source, list[Cut]]:
    text, spans = canonical(reading.parts)
    if len(text) < _SMALLEST:
        raise SourceEmpty(candidate.origin, "there are no words in it to answer from")
    said = merge(candidate.said, reading.metadata)
    source = Source(
        id=_hash(said.identity or candidate.location)[:16],
        kind=options.kind or said.kind or SourceKind.DOCUMENT,
        origin=candidate.origin,
        text=text,
        fingerprint=fingerprint,
        title=said.title or _title_of(candidate.origin),
        show=options.show or said.show,
        people=unique([*said.people, *(span.label.speaker for span in spans)]),
        published=said.published,
        url=said.url,
        audio_url=said.audio_url,
        language=said.language,
        seconds=said.seconds,
    )
    tokens = archive.embedder.tokens
    cuts = cut(
        text,
        spans,
        tokens=tokens,
        longest=min(archive.settings.passage_tokens, archive.embedder.max_tokens // 2),
        split_long=lambda words: split_long(words, tokens=tokens, longest=archive.settings.passage_tokens),
    )
    return source, cuts


def _passages(source: Source, cuts: Sequence[Cut]) -> list[Passage]:
    seen: dict[str, int] = {}
    passages = []
    for ordinal, piece in enumerate(cuts):
        words = source.text[piece.start : piece.end]
        occurrence = seen[words] = seen.get(words, -1) + 1
        passages.append(
            Passage(
                id=_hash(source.id, words, str(occurrence))[:20],
                source=source,
                ordinal=ordinal,
                start=piece.start,
                end=piece.end,
                sentences=piece.sentences,
                speakers=unique([sentence.speaker for sentence in piece.sentences]),
                start_s=piece.label.start_s,
                end_s=piece.label.end_s,
                approximate=piece.label.approximate,
                heading=piece.label.heading,
                advert=piece.label.advert,
                ai_written=piece.label.ai_written,
                page=piece.label.page,
            )
        )
    return passages


def _write(
    archive: Archive, candidate: Candidate, source: Source, passages: list[Passage], progress: Progress
) -> int:
    """Embed what was never embedded, write the source; gives how many texts were embedded."""
    texts = [
        embedded_text(passage, archive.embedder.tokens, archive.embedder.max_tokens) for passage in passages
    ]
    hashes = [_hash(archive.embedder.id, text) for text in texts]
    stored = archive.library.stored_hashes(hashes)
    new = {key: text for key, text in zip(hashes, texts, strict=True) if key not in stored}
    if new:
        progress(candidate.origin, f"embedding {len(new)} passages")
    archive.claim_model()
    vectors = dict(zip(new, archive.embedder.embed_documents(list(new.values())), strict=True))
    archive.put(source, passages, location=candidate.location, hashes=hashes, vectors=vectors)
    return len(new)


def embedded_text(passage: Passage, tokens: CountsTokens, limit: int) -> str:
    """What is embedded: a header of title, show, date, speakers and heading, then the words.

    The words are never shortened; the header gives way, since the model reads `limit` tokens and no more.
    """
    source = passage.source
    published = source.published.isoformat() if source.published else None
    header = " · ".join(
        unique([source.title, source.show, published, ", ".join(passage.speakers), passage.heading])
    )
    room = limit - len(tokens.offsets(passage.text))
    places = tokens.offsets(header)
    if len(places) > room:
        header = header[: places[room][0]].rstrip() if room > 0 else ""
    return f"{header}\n{passage.text}" if header else passage.text


def _title_of(origin: str) -> str:
    """A title of last resort, from the file's name."""
    title = title_from_name(origin) or origin
    return title[:1].upper() + title[1:]


def _hash(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()
