"""Bring one source in: tell whether it is there already, read it, cut it, embed what is new, write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from ingest import audio, sameness
from ingest.apart import ReadsApart
from ingest.candidate import Candidate, Material, Options
from ingest.canonical import canonical
from ingest.episode import goodness, rated
from ingest.frontmatter import merge, title_from_name
from ingest.passages import hashed, longest_in, passages_in, write
from ingest.reading import Metadata, Reading
from ingest.report import Report
from ingest.speakers import told_apart
from rag.errors import SourceEmpty
from rag.models import PUBLIC, Passage, Source, SourceKind, unique
from rag.rows import Known
from rag.subscriptions import Listed, Subscriptions
from rag.wiring import Archive

# Part of every fingerprint: raise it when a reader or the cutting changes, and the next `add` reads again.
_READERS = "15"
_SMALLEST = 20  # characters of text below which a source holds nothing to answer from

Progress = Callable[[str, str], None]


@dataclass(slots=True, kw_only=True)
class Work:
    """One run of the pipeline: the archive it writes to, who reads for it, what has become of it so far."""

    archive: Archive
    reader: ReadsApart
    options: Options = field(default_factory=Options)
    report: Report = field(default_factory=Report)
    progress: Progress = lambda origin, stage: None

    @property
    def subscriptions(self) -> Subscriptions:
        """What the archive keeps in step."""
        return Subscriptions(self.archive.library)

    @property
    def cutting(self) -> str:
        """What decides how bytes become passages, beside the bytes."""
        return f"{_READERS} {self.archive.embedding_model} {self.archive.settings.passage_tokens}"


def bring(work: Work, candidate: Candidate) -> str:
    """Bring a source in, unless it is there already; gives its id and reports what became of it.

    Raises `SourceError` when it cannot be had or read; what was there before stays.
    """
    work.progress(candidate.origin, "reading")
    material = candidate.material()
    # One source at a time, also when a server does the work of several commands: between looking up what is
    # stored and writing what is new, nobody else may take a vector away.
    with work.archive.turn():
        source_id = _brought(work, candidate, material)
        names = [name for name in candidate.names if name]
        work.subscriptions.name(source_id, names, by_feed=True)
    return source_id


def _brought(work: Work, candidate: Candidate, material: Material) -> str:
    fingerprint = _fingerprint(work, candidate, material)
    formers = _formers(work, candidate, fingerprint)
    if here := _already_here(work, candidate, fingerprint):
        _report_here(work, candidate, here)
        # What a run left over that was stopped between writing the one and removing the other.
        _drop(work, formers, here.source_id)
        return here.source_id
    if formers:  # something else may be no source at all, as a picture in a folder, at each `sync` again
        work.archive.load_soon()
    reading = _read(work, candidate, material)
    work.archive.load_soon()
    names = _names(candidate, reading)
    same = _same(work, candidate, reading, names)
    if same and _has_precedence(work, same, candidate):
        # The same episode from another feed, or in another format.
        better = _better(work, same, reading)
        if not candidate.names:
            kept, other = (candidate.origin, same.origin) if better else (same.origin, candidate.origin)
            work.report.skipped.append(f"{other}: the same recording as {kept}; it is there once")
        if not better:
            work.report.unchanged.append(same)
            return same.source_id
    source_id = same.source_id if same else _source_id(work, candidate, reading, formers, fingerprint)
    source, passages = _source(
        work.archive,
        candidate,
        work.options,
        reading,
        source_id=source_id,
        fingerprint=fingerprint,
        audience=_audience(work, source_id, formers),
    )
    if not candidate.names:
        # Before it is written: once it is there, it is not read again to hear what it says of itself.
        taken = [former.source_id for former in formers]
        work.subscriptions.name(source_id, names, by_feed=False, instead_of=taken)
    _written(work, candidate, source, passages)
    _drop(work, formers, source.id)
    work.report.skipped.extend(f"{candidate.origin}: {line}" for line in reading.skipped)
    return source_id


def _report_here(work: Work, candidate: Candidate, here: Known) -> None:
    """Report what is there already; a copy of what this very run has reported is named, not counted again."""
    copied = here.location != candidate.location and not candidate.names
    if copied:
        work.report.skipped.append(f"{candidate.origin}: the same file as {here.origin}; it is there once")
    reported = (*work.report.added, *work.report.changed, *work.report.unchanged)
    if not copied or all(known.source_id != here.source_id for known in reported):
        work.report.unchanged.append(here)


def _audience(work: Work, source_id: str, formers: Sequence[Known]) -> str:
    """Who it is for: as is said now, else as was said before of it, or of what it takes the place of.

    Silence opens nothing: what was kept to a tier stays there when it is read again.
    """
    before = (source_id, *(former.source_id for former in formers))
    known = (work.archive.library.audience_of(one) for one in before)
    return work.options.audience or next((tier for tier in known if tier), PUBLIC)


def _read(work: Work, candidate: Candidate, material: Material) -> Reading:
    if audio.recognises(material.main):
        settings = work.archive.settings
        reading = audio.read(
            material.main,
            origin=candidate.origin,
            ears=audio.Ears(kept=settings.cache / "heard", model=settings.speech_model),
            progress=lambda stage: work.progress(candidate.origin, stage),
        )
    else:
        reading = material.read()
    return told_apart(reading, candidate.said.people)


def _written(work: Work, candidate: Candidate, source: Source, passages: list[Passage]) -> None:
    """Write the source, and report it as added, changed or, where a reader sees no difference, unchanged."""
    library = work.archive.library
    before = library.known(source_id=source.id)
    looks_the_same = bool(before) and (
        replace(library.source(source.id), fingerprint=source.fingerprint) == source
        and [replace(passage, source=source) for passage in library.passages_of(source.id)] == passages
    )
    work.report.embedded += write(
        work.archive,
        source,
        passages,
        location=candidate.location,
        note=lambda stage: work.progress(candidate.origin, stage),
    )
    known = Known(
        source_id=source.id,
        origin=source.origin,
        location=candidate.location,
        fingerprint=source.fingerprint,
        kind=source.kind,
        title=source.title,
        passages=len(passages),
    )
    outcome = (
        work.report.unchanged if looks_the_same else work.report.changed if before else work.report.added
    )
    outcome.append(known)


def _drop(work: Work, formers: Iterable[Known], source_id: str) -> None:
    """The same thing is now known by a better name, such as its feed's: it is there once."""
    for former in formers:
        if former.source_id != source_id:
            # In this order: what is listed and is not there counts as removed by hand.
            work.subscriptions.rename(former.source_id, source_id)
            work.archive.remove(former.source_id)
            work.report.removed.append(former)


def take_away(work: Work, location: str, item: Listed) -> None:
    """Remove what a subscription listed, unless another, or another item of this one, lists it too."""
    with work.archive.turn():
        known = work.archive.library.known(source_id=item.source_id)
        if known and not work.subscriptions.is_listed(item.source_id, but=(location, item.key)):
            work.archive.remove(item.source_id)
            work.report.removed += known
        # Last: a run that is stopped before has it to remove still.
        work.subscriptions.unlist(location, [item.key])


def _fingerprint(work: Work, candidate: Candidate, material: Material) -> str:
    """Two hashes: of the bytes and how they are cut, and of what is said beside them."""
    said = (repr(candidate.said), repr(work.options), material.beside)
    return f"{hashed(work.cutting, material.main)[:32]}-{hashed(*said)[:16]}"


def _already_here(work: Work, candidate: Candidate, fingerprint: str) -> Known | None:
    """The source these bytes are already in the archive as; a file that moved is followed."""
    silent = candidate.said == Metadata() and work.options == Options()
    content = fingerprint.partition("-")[0]
    for known in work.archive.library.known(location=candidate.location):
        # Who says nothing of a file takes nothing back of what was said of it before.
        if known.fingerprint == fingerprint or (silent and known.fingerprint.startswith(content)):
            return known
    for known in work.archive.library.known(content=content):
        said_as_well = silent or known.fingerprint == fingerprint
        if known.location == candidate.location:
            continue  # no copy of itself: something else is said of it now
        if is_there(known.location):
            # A copy. What a feed lists is told from other things by its names, not by its bytes.
            if said_as_well or not candidate.names:
                return known
        elif said_as_well:
            work.archive.move(known.source_id, origin=candidate.origin, location=candidate.location)
            return replace(known, origin=candidate.origin, location=candidate.location)
    return None


def is_there(location: str) -> bool:
    """Whether a place still holds something, as far as can be told without fetching."""
    return "://" in location or Path(location).exists() or Path(location.partition("#")[0]).is_file()


def _formers(work: Work, candidate: Candidate, fingerprint: str) -> list[Known]:
    """What the archive has from this place, or has of these bytes from a place where they are no more."""
    library = work.archive.library
    moved = [
        known
        for known in library.known(content=fingerprint.partition("-")[0])
        if not is_there(known.location)
        and not (candidate.names and work.subscriptions.is_named(known.source_id))
    ]
    return [*library.known(location=candidate.location), *moved]


def _names(candidate: Candidate, reading: Reading) -> tuple[str, ...]:
    """What it goes by, as its feed says or else as it says itself and its file is called."""
    said = reading.metadata
    return candidate.names or unique(
        [
            sameness.file_name(candidate.location) if _is_file(candidate) else None,
            f"guid:{said.identity}" if said.identity else None,
            f"audio:{sameness.recording(said.audio_url)}" if said.audio_url else None,
            f"page:{sameness.page(said.url)}" if said.url else None,
        ]
    )


def _same(work: Work, candidate: Candidate, reading: Reading, names: Sequence[str]) -> Known | None:
    """The source in the archive that this is another form of.

    Files are not taken for one another by what they say of themselves, only for what a feed lists: two
    files are two things until somebody who publishes both says otherwise, or they have one name and the same
    words are said in both.
    """
    found = work.subscriptions.known_as(names, by_feed=not candidate.names)
    if found is None:
        return _other_format(work, candidate, reading)
    source = work.archive.library.source(found)
    said = merge(candidate.said, reading.metadata)
    languages = {sameness.language_of(source.language), sameness.language_of(said.language)} - {None}
    is_summary = (work.options.kind or said.kind) is SourceKind.SUMMARY
    if len(languages) > 1 or is_summary != (source.kind is SourceKind.SUMMARY):
        return None
    return work.archive.library.known(source_id=found)[0]


def _other_format(work: Work, candidate: Candidate, reading: Reading) -> Known | None:
    """The source that holds the same recording from another file of this name."""
    spoken = any(part.label.start_s is not None for part in reading.parts)
    if candidate.names or not spoken or not _is_file(candidate):
        return None
    words = " ".join(part.text for part in reading.parts)
    for known in work.archive.library.known(stem=str(PurePath(candidate.location).with_suffix(""))):
        source = work.archive.library.source(known.source_id)
        if source.kind is SourceKind.EPISODE and sameness.same_words(source.text, words):
            return known
    return None


def _is_file(candidate: Candidate) -> bool:
    return not re.search("://|#", candidate.location)


def _has_precedence(work: Work, same: Known, candidate: Candidate) -> bool:
    """Whether what is there stays unless this is better: it is from elsewhere, where it is kept in step."""
    if same.location == candidate.location or not is_there(same.location):
        return False
    # What a feed says comes before what lies about and nobody looks at any more.
    return not candidate.names or work.subscriptions.keeps(same.source_id, location=same.location)


def _better(work: Work, same: Known, reading: Reading) -> bool:
    """Whether this says more of who speaks and when than what is there."""
    passages = work.archive.library.passages_of(same.source_id)
    stored = rated(
        (speaker for passage in passages for speaker in passage.speakers),
        timed=any(passage.start_s is not None for passage in passages),
    )
    return goodness(reading.parts) > stored


def _source_id(
    work: Work, candidate: Candidate, reading: Reading, formers: Sequence[Known], fingerprint: str
) -> str:
    if identity := candidate.said.identity or reading.metadata.identity:
        return hashed(identity)[:16]
    if formers:
        return formers[0].source_id
    by_place = hashed(candidate.location)[:16]
    # A file that lay here before and has moved keeps the id it got here.
    taken = work.archive.library.known(source_id=by_place)
    return hashed(candidate.location, fingerprint)[:16] if taken else by_place


def _source(
    archive: Archive,
    candidate: Candidate,
    options: Options,
    reading: Reading,
    *,
    source_id: str,
    fingerprint: str,
    audience: str,
) -> tuple[Source, list[Passage]]:
    text, spans = canonical(reading.parts)
    if len(text) < _SMALLEST:
        raise SourceEmpty(candidate.origin, "there are no words in it to answer from")
    said = merge(candidate.said, reading.metadata)
    source = Source(
        id=source_id,
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
        season=said.season,
        number=said.number,
        audience=audience,
    )
    passages = passages_in(source, spans, tokens=archive.embedder.tokens, longest=longest_in(archive))
    return source, passages


def _title_of(origin: str) -> str:
    """A title of last resort, from the file's name."""
    title = title_from_name(origin) or origin
    return title[:1].upper() + title[1:]
