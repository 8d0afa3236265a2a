"""`earmark eval`: a file of questions through the assistant, in this process, with progress and a report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.decode import decode
from rag.errors import SourceError
from rag.evaluate.question_file import read_questions
from rag.evaluate.run import Progress as Reached
from rag.evaluate.run import Run, run
from rag.models import Answer, Filters, Source, Turn
from rag.settings import Settings
from rag.wiring import Archive, open_archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a run may ask and how long it may take; what is left goes on in the next run."""

    questions: int | None = None
    seconds: float | None = None
    concurrency: int = 2


def evaluate(settings: Settings, questions: Path, out: Path, *, limits: Limits) -> Run:
    """Ask every question of the file and write `answers.jsonl` into `out`; raises `QuestionError`."""
    file = read_questions(questions)
    for bad in file.bad:
        sys.stderr.write(f"{questions}, line {bad.number}: {bad.reason}\n")
    out.mkdir(parents=True, exist_ok=True)
    with open_archive(settings) as archive, _bar() as progress:
        return run(
            file.questions,
            _asking(archive),
            out,
            state=_state(archive),
            concurrency=limits.concurrency,
            limit=limits.questions,
            seconds=limits.seconds,
            progress=progress,
        )


def raw_text(archive: Archive) -> Callable[[Source], str | None]:
    """The file a source was added from, decoded; None when it is no longer there."""
    places = {known.source_id: known.location for known in archive.library.known()}

    def text(source: Source) -> str | None:
        try:
            data = Path(places[source.id]).read_bytes()
            return decode(data, origin=source.origin)
        except (KeyError, OSError, SourceError):
            return None

    return text


def _asking(archive: Archive) -> Callable[[str, tuple[Turn, ...], Filters], Answer]:
    return lambda question, history, filters: archive.assistant.ask(
        question, history=history, filters=filters
    )


def _state(archive: Archive) -> str:
    """What an answer depends on besides its question."""
    from importlib.metadata import version

    settings = archive.settings.model_dump_json(exclude={"home", "cache", "lock_seconds"})
    return f"{version('earmark')} {archive.library.identity()} {settings}"


@contextmanager
def _bar() -> Iterator[Callable[[Reached], None]]:
    console = Console(stderr=True)
    columns: Sequence[TextColumn | BarColumn | MofNCompleteColumn | TimeRemainingColumn] = (
        TextColumn("asking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("asking", total=None)

        def told(reached: Reached) -> None:
            progress.update(task, completed=reached.done, total=reached.total)
            if not console.is_terminal and reached.done % 25 == 0:
                left = f", about {reached.left_s:.0f} s left" if reached.left_s else ""
                sys.stderr.write(f"{reached.done} of {reached.total} answered{left}\n")

        yield told
