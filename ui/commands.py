"""What the commands do: through the server that owns the archive when there is one, here otherwise."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.contract import Json, answer_json, found_json, history_from_json
from rag.filters import filters_from_json, kind_named
from rag.lock import ArchiveLock
from rag.settings import Settings
from ui.question import checked_question

if TYPE_CHECKING:
    from ui.owner import Owner


def add_sources(
    settings: Settings,
    origins: Sequence[str],
    *,
    show: str | None,
    kind: str | None,
    audience: str | None = None,
    once: bool,
) -> Json:
    """Bring sources in; gives the report."""
    wanted = kind_named(kind) if kind else None
    if owner := _owner(settings):
        from ui.owner import AddWork
        from ui.progress import told

        sys.stderr.write("the running server is doing this; its passages can be found as they come\n")
        work = AddWork(
            origins=list(origins), folder=Path.cwd(), show=show, kind=kind, audience=audience, once=once
        )
        with told() as progress:
            return owner.add(work, progress=progress)
    from ingest.sync import Options, add
    from rag.wiring import open_archive
    from ui.progress import told

    with open_archive(settings, alone=True, command="earmark add") as archive, told() as progress:
        options = Options(show=show, kind=wanted, audience=audience)
        return add(archive, origins, options=options, once=once, progress=progress).json()


def sync_sources(settings: Settings) -> Json:
    """Look at every subscribed feed and folder; gives the report."""
    if owner := _owner(settings):
        from ui.progress import told

        sys.stderr.write("the running server is doing this; its passages can be found as they come\n")
        with told() as progress:
            return owner.sync(progress=progress)
    from ingest.sync import sync
    from rag.wiring import open_archive
    from ui.progress import told

    with open_archive(settings, alone=True, command="earmark sync") as archive, told() as progress:
        return sync(archive, progress=progress).json()


def forget_subscription(settings: Settings, origin: str) -> bool:
    """Follow a feed or folder no longer; false when it was not followed."""
    if owner := _owner(settings):
        return owner.forget(origin, folder=Path.cwd())
    from ingest.sync import forget
    from rag.wiring import open_archive

    with open_archive(settings, alone=True, command="earmark sync") as archive:
        return forget(archive, origin)


def remove_sources(settings: Settings, source_ids: Sequence[str]) -> None:
    """Remove sources; raises `UnknownSource`, and then removes none, when an id is not known."""
    if owner := _owner(settings):
        owner.remove(source_ids)
        return
    from rag.wiring import open_archive

    with open_archive(settings, alone=True, command="earmark remove") as archive:
        archive.remove_all(source_ids)


def examine(settings: Settings) -> Json:
    """What `earmark doctor` found: each look, and whether all is well. Works beside a running server."""
    from rag.examination import Finding, examine_files, examine_index
    from rag.wiring import embedder_of, fault_of, place_of

    embedder = embedder_of(settings)
    found = examine_files(settings.home, model=embedder.id)
    if owner := _owner(settings):
        found.append(Finding(**owner.examine()))
    else:
        found.append(examine_index(settings.home, place_of(settings)))
    fault = fault_of(embedder)
    advice = "delete it; it is made anew at the next question" if fault else None
    found.append(Finding(check="runtime", found=fault or "as it was made, or not made yet", advice=advice))
    looks = [{"check": one.check, "found": one.found, "advice": one.advice} for one in found]
    return {"ok": all(one.advice is None for one in found), "findings": looks}


def rebuild(settings: Settings) -> int:
    """Make index and full-text table anew; gives the number of passages."""
    if owner := _owner(settings):
        return int(owner.rebuild()["passages"])
    from rag.wiring import open_archive

    with open_archive(settings, alone=True, command="earmark rebuild") as archive:
        return archive.rebuild()


def restore(settings: Settings, file: Path) -> Json:
    """Put a backup in place of the archive; gives its manifest."""
    if owner := _owner(settings):
        return owner.restore(file.resolve())
    from dataclasses import asdict

    from rag.wiring import restore_archive

    return asdict(restore_archive(settings, file, command="earmark restore"))


def find(settings: Settings, question: str, *, k: int, filters: Json) -> Json:
    """Passages for a question."""
    wanted = filters_from_json(filters)
    question = checked_question(question, longest=settings.question_characters)
    if owner := _owner(settings):
        return owner.search({"q": question, "k": k, **filters})
    from rag.wiring import open_archive

    with open_archive(settings) as archive:
        return {"passages": [found_json(hit) for hit in archive.search.find(question, k=k, filters=wanted)]}


def answer(settings: Settings, question: str, *, history: object, filters: Json) -> Json:
    """An Answer."""
    turns, wanted = history_from_json(history), filters_from_json(filters)
    question = checked_question(question, longest=settings.question_characters)
    if owner := _owner(settings):
        return owner.ask({"question": question, "history": history or [], "filters": filters})
    from rag.wiring import open_archive

    with open_archive(settings) as archive:
        return answer_json(archive.assistant.ask(question, history=turns, filters=wanted))


def overview_of(settings: Settings, source_id: str) -> Json:
    """What a source is about; a model takes its time, and how far it is goes to stderr."""
    from rag.wiring import open_archive

    def told(section: str) -> None:
        sys.stderr.write(f"{settings.model} is writing {section}\n")

    with open_archive(settings, command="earmark show") as archive:
        return archive.overviews.whole(source_id, progress=told)


def serve_tools(settings: Settings) -> None:
    """Serve the archive's tools over stdin and stdout until they close; the command line reads everything.

    A running server does the work when there is one at the start, with the model that it has loaded.
    """
    from ui.mcp import build_server
    from ui.tools import Here, Tools

    if owner := _owner(settings):
        tools: Tools = owner
        build_server(lambda _: tools).run("stdio")
        return
    from rag.wiring import open_archive

    with open_archive(settings) as archive:
        here = Here(archive.assistant, archive.library, archive.search)
        build_server(lambda _: here).run("stdio")


def _owner(settings: Settings) -> Owner | None:
    """The running server that owns the archive, if one does."""
    holder = ArchiveLock(settings.home).holder()
    if holder is None or holder.url is None:
        return None
    from ui.owner import Owner

    logging.getLogger("httpx").setLevel(logging.WARNING)
    return Owner(holder)
