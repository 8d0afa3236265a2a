"""The pipeline: find what there is, read what changed, cut, embed, write. Safe to run again at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from ingest import audio
from ingest.apart import ReadsApart
from ingest.canonical import canonical
from ingest.chunk import Cut, cut
from ingest.feeds import Item, is_feed, parse_feed
from ingest.frontmatter import merge, title_from_name
from ingest.reading import Metadata, Reading
from ingest.speakers import told_apart
from ingest.splitter import split_long
from rag.contract import Json
from rag.errors import SourceBinary, SourceEmpty, SourceError, SourceNotFound, UnknownFormat
from rag.library import Known
from rag.models import Passage, Source, SourceKind, unique
from rag.ports import CountsTokens
from rag.wiring import Archive

# Part of every fingerprint: raise it when a reader or the cutting changes, and the next `add` reads again.
_READERS = "7"
# A feed's root element stands within this many bytes, comments and style sheets before it included.
_FEED_SHOWS_WITHIN = 65_536
_SMALLEST = 20  # characters of text below which a source holds nothing to answer from

Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller knows better than the source."""

    show: str | None = None
    kind: SourceKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something to read: where it is, how to get its bytes, and what a feed says about it.

    `named` is false for a file that was only met in a folder: folders hold other files too.
    """

    origin: str
    location: str
    data: Callable[[], bytes]
    said: Metadata = field(default_factory=Metadata)
    named: bool = True


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

    def leave_out(self, error: SourceError, *, named: bool) -> None:
        """A source that cannot be read has failed; a file merely met in a folder may be no source at all."""
        if named or not isinstance(error, UnknownFormat | SourceBinary | SourceEmpty):
            self.failed.append(error)
        else:
            self.skipped.append(str(error))

    def json(self) -> Json:
        """As the contract writes it; `skipped` says what was left out of sources and folders, and why."""
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
    with ReadsApart() as reader:
        for candidate in _candidates(origins, folder or Path.cwd(), report):
            try:
                # One source at a time, also when a server does the work of several commands: between looking
                # up what is stored and writing what is new, nobody else may take a vector away.
                with archive.turn():
                    _bring(archive, candidate, options or Options(), report, progress, reader)
            except SourceError as error:
                report.leave_out(error, named=candidate.named)
    return report


def _candidates(origins: Sequence[str], folder: Path, report: Report) -> list[Candidate]:
    """What there is to read, each place once. What a feed speaks for comes first, and as the feed says."""
    found: list[Candidate] = []
    for origin in origins:
        try:
            found += _candidates_of(origin, folder, report)
        except SourceError as error:
            report.failed.append(error)
    found.sort(key=lambda candidate: (candidate.said == Metadata(), not candidate.named))
    once: dict[str, Candidate] = {}
    for candidate in found:
        once.setdefault(candidate.location, candidate)
    return list(once.values())


def _candidates_of(origin: str, folder: Path, report: Report) -> Iterator[Candidate]:
    if "://" in origin:
        raise SourceError(origin, "addresses cannot be fetched yet; save the page or file and add that")
    try:
        path = folder / Path(origin).expanduser()
        if path.is_dir():
            yield from _in_folder(origin, path, report)
        elif path.is_file():
            yield from _in_file(origin, path, report)
        else:
            raise SourceNotFound(origin, "no such file or folder")
    except (OSError, RuntimeError) as error:  # a name too long, a folder closed to us, the home of nobody
        reason = error.strerror if isinstance(error, OSError) else error
        raise SourceError(origin, f"cannot be read: {reason}") from error


def _in_folder(origin: str, path: Path, report: Report) -> Iterator[Candidate]:
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if not files:
        raise SourceEmpty(origin, "the folder holds no files")
    for file in files:
        place = str(Path(origin) / file.relative_to(path))
        try:
            for candidate in _in_file(place, file, report):
                yield replace(candidate, named=candidate.said != Metadata())
        except SourceError as error:
            report.leave_out(error, named=False)


def _in_file(origin: str, path: Path, report: Report) -> Iterator[Candidate]:
    if is_feed(_load(origin, path, most=_FEED_SHOWS_WITHIN)):
        yield from _in_feed(origin, path, report)
    else:
        yield _candidate(origin, path)


def _in_feed(origin: str, path: Path, report: Report) -> Iterator[Candidate]:
    """The episodes of a feed file whose transcripts lie beside it."""
    beside = [(item, _beside(path, item)) for item in parse_feed(_load(origin, path), origin=origin).items]
    if not any(transcript for _, transcript in beside):
        raise SourceEmpty(origin, "no item of this feed has a transcript file beside it")
    for item, transcript in beside:
        if transcript is None:
            missing = "has no transcript file beside the feed"
            report.skipped.append(f"{origin}: {item.title or item.guid!r} {missing}")
        else:
            place = Path(origin).parent / transcript.relative_to(path.parent.resolve())
            yield replace(_candidate(str(place), transcript), said=item.metadata)


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


def _candidate(origin: str, path: Path) -> Candidate:
    return Candidate(origin=origin, location=str(path.resolve()), data=lambda: _load(origin, path))


def _load(origin: str, path: Path, *, most: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise SourceError(origin, f"cannot be read: {error.strerror}") from error


def _bring(
    archive: Archive,
    candidate: Candidate,
    options: Options,
    report: Report,
    progress: Progress,
    reader: ReadsApart,
) -> None:
    progress(candidate.origin, "reading")
    data = candidate.data()
    fingerprint = _fingerprint(archive, candidate, options, data)
    here = _already_here(archive, candidate, options, fingerprint)
    if here:
        report.unchanged.append(here)
        return
    reading = _read(archive, candidate, data, reader, progress)
    source, cuts = _cut_source(archive, candidate, options, reading, fingerprint)
    before = archive.library.known(source_id=source.id)
    passages = _passages(source, cuts)
    report.embedded += _write(archive, candidate, source, passages, progress)
    for former in archive.library.known(location=candidate.location):
        # The same file is now known by a better name, such as its feed's: it is there once.
        if former.source_id != source.id:
            archive.remove(former.source_id)
            report.removed.append(former)
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
    (report.changed if before else report.added).append(known)


def _read(
    archive: Archive, candidate: Candidate, data: bytes, reader: ReadsApart, progress: Progress
) -> Reading:
    if audio.recognises(data):
        ears = audio.Ears(kept=archive.settings.cache / "heard", model=archive.settings.speech_model)
        reading = audio.read(
            data, origin=candidate.origin, ears=ears, progress=lambda stage: progress(candidate.origin, stage)
        )
    else:
        reading = reader.read(data, origin=candidate.origin)
    return told_apart(reading, candidate.said.people)


def _fingerprint(archive: Archive, candidate: Candidate, options: Options, data: bytes) -> str:
    """Two hashes: of the bytes and how they are cut, and of what the caller and a feed say beside them."""
    cutting = f"{_READERS} {archive.embedder.id} {archive.settings.passage_tokens}"
    return f"{_hash(cutting, data)[:32]}-{_hash(repr(candidate.said), repr(options))[:16]}"


def _already_here(archive: Archive, candidate: Candidate, options: Options, fingerprint: str) -> Known | None:
    """The source these bytes are already in the archive as; a file that moved is followed."""
    silent = candidate.said == Metadata() and options == Options()
    content = fingerprint.partition("-")[0]
    for known in archive.library.known(location=candidate.location):
        # Who says nothing of a file takes nothing back of what was said of it before.
        if known.fingerprint == fingerprint or (silent and known.fingerprint.startswith(content)):
            return known
    for known in archive.library.known(fingerprint=fingerprint):
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
        id=_source_id(archive, candidate, said.identity, fingerprint),
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
    # The other half of what the model reads is for the header.
    longest = min(archive.settings.passage_tokens, archive.embedder.max_tokens // 2)
    cuts = cut(
        text,
        spans,
        tokens=tokens,
        longest=longest,
        split_long=lambda words: split_long(words, tokens=tokens, longest=longest),
    )
    return source, cuts


def _source_id(archive: Archive, candidate: Candidate, identity: str | None, fingerprint: str) -> str:
    if identity:
        return _hash(identity)[:16]
    for known in archive.library.known(location=candidate.location):
        return known.source_id
    by_place = _hash(candidate.location)[:16]
    # A file that lay here before and has moved keeps the id it got here.
    taken = archive.library.known(source_id=by_place)
    return _hash(candidate.location, fingerprint)[:16] if taken else by_place


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
    model = archive.embedder
    texts = [embedded_text(passage, model.tokens, model.max_tokens) for passage in passages]
    spans = [sentences_in(passage, text) for passage, text in zip(passages, texts, strict=True)]
    hashes = [_hash(model.id, text, repr(inside)) for text, inside in zip(texts, spans, strict=True)]
    stored = archive.library.stored_hashes(hashes)
    new = {key: place for place, key in enumerate(hashes) if key not in stored}
    if new:
        progress(candidate.origin, f"embedding {len(new)} passages")
    archive.claim_model()
    read = model.embed_passages([texts[place] for place in new.values()], [spans[at] for at in new.values()])
    archive.put(
        source,
        passages,
        location=candidate.location,
        hashes=hashes,
        vectors={key: one.vector.tolist() for key, one in zip(new, read, strict=True)},
        sentence_vectors={key: one.sentences for key, one in zip(new, read, strict=True)},
    )
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


def sentences_in(passage: Passage, text: str) -> list[tuple[int, int]]:
    """Where a passage's sentences lie in the text that is embedded for it."""
    before = len(text) - (passage.end - passage.start) - passage.start
    return [(sentence.start + before, sentence.end + before) for sentence in passage.sentences]


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
