"""The pipeline's doors: `add` brings things in, `sync` keeps them in step. Safe to run again at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest import finding
from ingest.apart import ReadsApart
from ingest.bring import Progress, Work, bring, is_there, take_away
from ingest.candidate import Candidate, Material, Options
from ingest.frontmatter import merge
from ingest.reading import Metadata, Reading
from ingest.report import Report
from ingest.signs import is_feed, is_opml
from ingest.window import gone
from rag.errors import SourceError
from rag.models import SourceKind
from rag.subscriptions import Listed, Sight, Subscription
from rag.wiring import Archive

if TYPE_CHECKING:
    from ingest.gather import Web

__all__ = ["Options", "Report", "add", "forget", "sync"]


def add(
    archive: Archive,
    origins: Sequence[str],
    *,
    options: Options | None = None,
    folder: Path | None = None,
    once: bool = False,
    progress: Progress = lambda origin, stage: None,
) -> Report:
    """Bring sources into the archive; one that cannot be read is reported and the others still go in.

    Args:
        archive: opened alone.
        origins: paths of files and folders, addresses of pages and feeds, lists of feeds.
        options: show, kind and audience for all of them.
        folder: what relative paths are relative to; the working directory when None.
        once: whether not to keep folders and feeds in step later.
        progress: told the origin and what is being done with it.
    """
    with _work(archive, options or Options(), progress) as (work, web):
        paths = [origin for origin in origins if "://" not in origin]
        for candidate in _candidates(work, web, paths, folder or Path.cwd(), once=once):
            _bring_file(work, candidate)
        for origin in dict.fromkeys(origin for origin in origins if "://" in origin):
            try:
                _add_address(work, web(), origin, once=once)
            except SourceError as error:
                work.report.failed.append(error)
        return work.report


def sync(archive: Archive, *, progress: Progress = lambda origin, stage: None) -> Report:
    """Look at every subscribed feed and folder, and bring the archive in step with it."""
    with _work(archive, Options(), progress) as (work, web):
        for subscription in work.subscriptions.all():
            work.options = _options(subscription.options)
            if "://" in subscription.location:
                from ingest.follow import follow

                follow(work, web(), subscription, asked_for=False)
            else:
                _sync_path(work, subscription)
        return work.report


def forget(archive: Archive, origin: str, *, folder: Path | None = None) -> bool:
    """Follow a feed or folder no longer; its sources stay. False when it was not followed."""
    work = Work(archive=archive, reader=ReadsApart())
    location = origin if "://" in origin else str(((folder or Path.cwd()) / origin).resolve())
    known = work.subscriptions.get(location)
    if known:
        with archive.turn():
            work.subscriptions.end(location)
    return known is not None


@contextmanager
def _work(archive: Archive, options: Options, progress: Progress) -> Iterator[tuple[Work, Callable[[], Web]]]:
    """A run of the pipeline; the web is opened when it is first asked for."""
    opened: list[Web] = []

    def web() -> Web:
        if not opened:
            from ingest.fetch import Fetcher, Limits
            from ingest.gather import Web

            settings = archive.settings
            limits = Limits(bytes=settings.fetch_megabytes * 2**20, seconds=settings.fetch_seconds)
            opened.append(Web(fetcher=Fetcher(own_network=settings.allow_private_hosts, limits=limits)))
        return opened[0]

    with ReadsApart() as reader:
        work = Work(archive=archive, reader=reader, options=options, progress=progress)
        try:
            yield work, web
            if work.report.removed:
                archive.scrub()
        finally:
            for each in opened:
                each.fetcher.close()


# ── files and folders ───────────────────────────────────────────────────────────────────────────────────────


def _candidates(
    work: Work, web: Callable[[], Web], origins: Sequence[str], folder: Path, *, once: bool
) -> list[Candidate]:
    """What there is to read, each place once. What a feed speaks for comes first, and as the feed says."""
    found: list[Candidate] = []
    for origin in origins:
        try:
            path = folder / Path(origin).expanduser()
            if path.is_file() and is_opml(finding.head(origin, path)):
                for address in work.reader.feeds_of(finding.load(origin, path), origin=origin):
                    _add_feed(work, web(), address, once=once)
                continue
            followed = None if once else _subscribe_path(work, origin, path)
            found += [
                replace(candidate, followed=followed)
                for candidate in finding.find(origin, path, reader=work.reader, report=work.report)
            ]
        except SourceError as error:
            work.report.failed.append(error)
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            work.report.failed.append(SourceError(origin, f"cannot be read: {reason}"))
    return _each_once(found)


def _each_once(found: Sequence[Candidate]) -> list[Candidate]:
    ordered = sorted(found, key=lambda candidate: (candidate.said == Metadata(), not candidate.named))
    once: dict[str, Candidate] = {}
    for candidate in ordered:
        once.setdefault(candidate.location, candidate)
    return list(once.values())


def _subscribe_path(work: Work, origin: str, path: Path) -> str | None:
    """Keep a folder or a feed file in step from now on; gives its place. A single file is not followed."""
    if not path.is_dir() and not (path.is_file() and is_feed(finding.head(origin, path))):
        return None
    location = str(path.resolve())
    _subscribe(work, location, origin)
    return location


def _subscribe(work: Work, location: str, origin: str) -> Subscription:
    said = _options_text(work.options)
    known = work.subscriptions.get(location)
    wanted = (
        replace(known, origin=origin, options=said)
        if known and (known.options == said)
        else Subscription(location=location, origin=origin, options=said)
    )
    with work.archive.turn():
        work.subscriptions.put(wanted)
    return wanted


def _bring_file(work: Work, candidate: Candidate) -> None:
    try:
        source_id = bring(work, candidate)
    except SourceError as error:
        work.report.leave_out(error, named=candidate.named)
        return
    if candidate.followed:
        item = Listed(key=candidate.location, source_id=source_id, digest="", moment=candidate.moment)
        with work.archive.turn():
            work.subscriptions.list(candidate.followed, item)


def _sync_path(work: Work, subscription: Subscription) -> None:
    path, subscriptions = Path(subscription.location), work.subscriptions
    try:
        found = _each_once(
            list(finding.find(subscription.origin, path, reader=work.reader, report=work.report))
        )
    except SourceError as error:
        # A folder that cannot be looked at, or an empty place where a disk is not there, has lost nothing.
        work.report.failed.append(error)
        return
    before = subscriptions.listed(subscription.location)
    for candidate in found:
        listed = before.get(candidate.location)
        if listed and not work.archive.library.known(source_id=listed.source_id):
            work.report.skipped.append(f"{candidate.origin}: was removed by hand; add it again to get it")
            continue
        _bring_file(work, replace(candidate, followed=subscription.location))
    _drop_gone(work, subscription, before, found)


def _drop_gone(
    work: Work, subscription: Subscription, before: dict[str, Listed], found: Sequence[Candidate]
) -> None:
    """Remove what is no more: files that are not there, and posts that a feed file has deleted."""
    shown = {candidate.location: candidate.moment for candidate in found}
    missing = {key for key in before if key not in shown}
    posts = {key for key in missing if "#" in key and is_there(key)}
    removed = {key for key in missing - posts if not is_there(key)}
    sights: dict[str, Sight] = {}
    for feed in {key.partition("#")[0] for key in posts}:
        own = {key: item for key, item in before.items() if key.startswith(f"{feed}#")}
        judged = gone(
            {key: item.moment for key, item in own.items()},
            {key: moment for key, moment in shown.items() if key.startswith(f"{feed}#")},
            suspected={key for key, item in own.items() if item.sight is Sight.SUSPECTED},
            scrolled={key for key, item in own.items() if item.sight is Sight.SCROLLED},
        )
        # Nobody's file forgets its oldest item with time.
        removed |= judged.deleted | judged.doubtful
        sights |= dict.fromkeys(judged.suspected, Sight.SUSPECTED)
        sights |= dict.fromkeys(judged.scrolled, Sight.SCROLLED)
    work.subscriptions.list(
        subscription.location, *[replace(before[key], sight=sight) for key, sight in sights.items()]
    )
    for key in sorted(removed):
        take_away(work, subscription.location, before[key])


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────────────


def _add_address(work: Work, web: Web, origin: str, *, once: bool) -> None:
    """A feed, a list of feeds, a page or a transcript: its content tells."""
    work.progress(origin, "fetching")
    fetched = web.fetcher.fetch(origin)
    body = fetched.body or b""
    if is_opml(body):
        for address in work.reader.feeds_of(body, origin=origin):
            _add_feed(work, web, address, once=once)
    elif is_feed(body):
        web.keep(origin, fetched)
        _add_feed(work, web, origin, once=once)
    else:
        page = Candidate(
            origin=origin, location=origin, material=lambda: _page(work, origin, fetched.url, body)
        )
        bring(work, page)


def _add_feed(work: Work, web: Web, address: str, *, once: bool) -> None:
    from ingest.follow import follow

    if once:
        subscription = Subscription(location=address, origin=address, options=_options_text(work.options))
    else:
        subscription = _subscribe(work, address, address)
    follow(work, web, subscription, asked_for=True, keep=not once)


def _page(work: Work, origin: str, found_at: str, body: bytes) -> Material:
    """A page is known by the address it gives for itself, if that is on the same host, or by its own."""

    def read() -> Reading:
        reading = work.reader.read(body, origin=origin)
        said = reading.metadata
        if said.url and urlsplit(said.url).hostname != urlsplit(found_at).hostname:
            # A page that claims another's address would take its place.
            said = replace(said, url=None, identity=None)
        metadata = merge(said, Metadata(url=found_at, identity=said.url or found_at))
        return replace(reading, metadata=metadata)

    return Material(main=body, read=read)


# ── options, as subscriptions keep them ─────────────────────────────────────────────────────────────────────


def _options_text(options: Options) -> str:
    kind = options.kind.value if options.kind else None
    return json.dumps({"show": options.show, "kind": kind, "audience": options.audience})


def _options(text: str) -> Options:
    said = json.loads(text)
    kind = SourceKind(said["kind"]) if said["kind"] else None
    # Subscriptions that are older than audiences name none.
    return Options(show=said["show"], kind=kind, audience=said.get("audience"))
