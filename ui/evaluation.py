"""`earmark eval`: a file of questions through the assistant, in this process, with progress and a report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.decode import decode
from rag.contract import Json
from rag.errors import SourceError
from rag.evaluate.compare import parse_gate
from rag.evaluate.draft import draft_questions
from rag.evaluate.evaluation import Caps, Evaluation, Evaluator
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.question_file import QuestionFile, read_questions
from rag.evaluate.run import Progress as Reached
from rag.evaluate.unanswerable import unanswerable_questions
from rag.models import Answer, Filters, Source, Turn
from rag.settings import Settings
from rag.verify import Judge
from rag.wiring import Archive, open_archive


def evaluate(
    settings: Settings,
    questions: Path,
    out: Path,
    *,
    caps: Caps,
    compare_with: Path | None = None,
    gates: Sequence[str] = (),
) -> Evaluation:
    """Ask every question of the file, score the answers and write the report; raises `QuestionError`."""
    wanted = [parse_gate(gate) for gate in gates]
    file = _read(questions)
    out.mkdir(parents=True, exist_ok=True)
    with open_archive(settings) as archive, _bar() as progress:
        _warm_up(archive)
        evaluator = Evaluator(
            archive=archive.library,
            ask=_asking(archive),
            raw_text=raw_text(archive),
            support=Judge(embedder=archive.embedder).support,
            state=_state(archive),
            about=_about(archive, questions),
        )
        return evaluator.evaluate(
            file, out, caps=caps, compare_with=compare_with, gates=wanted, progress=progress
        )


def draft(settings: Settings, out: Path, *, count: int) -> Path:
    """Draft questions with evidence from the archive into `out/draft.jsonl`, for a person to edit."""
    with open_archive(settings) as archive:
        return _write(out / "draft.jsonl", draft_questions(archive.library, count))


def unanswerable(settings: Settings, questions: Path, out: Path, *, count: int) -> Path:
    """Make questions without an answer out of those of a file, into `out/unanswerable.jsonl`."""
    file = _read(questions)
    with open_archive(settings) as archive:
        placer = GoldPlacer(archive.library, raw_text(archive))
        lines = unanswerable_questions(file.questions, archive.library, placer, count)
    return _write(out / "unanswerable.jsonl", lines)


def raw_text(archive: Archive) -> Callable[[Source], str | None]:
    """The file a source was added from, decoded; None when it is no longer there."""
    places = {known.source_id: known.location for known in archive.library.known()}

    def text(source: Source) -> str | None:
        try:
            return decode(Path(places[source.id]).read_bytes(), origin=source.origin)
        except (KeyError, OSError, SourceError):
            return None

    return text


def _read(questions: Path) -> QuestionFile:
    file = read_questions(questions)
    for bad in file.bad:
        sys.stderr.write(f"{questions}, line {bad.number}: {bad.reason}\n")
    return file


def _write(path: Path, lines: Sequence[Json]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


def _asking(archive: Archive) -> Callable[[str, tuple[Turn, ...], Filters], Answer]:
    return lambda question, history, filters: archive.assistant.ask(
        question, history=history, filters=filters
    )


def _warm_up(archive: Archive) -> None:
    """Load the model and open the index before anything is timed.

    A question that finds the index being opened by another is answered from stored vectors, whose cosines
    differ from the index's in the seventh place; two runs would not give the same lines.
    """
    archive.warm_up()
    archive.search.find("warm", k=1)


def _state(archive: Archive) -> str:
    """What an answer depends on besides its question."""
    settings = archive.settings.model_dump_json(exclude={"home", "cache", "lock_seconds"})
    folders = [Path(str(files(package))) for package in ("rag", "prompts")]
    return f"{version('earmark')} {program(folders)} {archive.library.identity()} {settings}"


def program(folders: Sequence[Path]) -> str:
    """The code and the prompts that answer, hashed: whoever changes them is not served kept answers.

    What evaluates is left out: to change a score is no reason to ask again.
    """
    found = sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            place = file.relative_to(folder)
            if file.suffix in (".py", ".md") and place.parts[0] != "evaluate":
                found.update(b"%s\0%s\0" % (place.as_posix().encode(), file.read_bytes()))
    return found.hexdigest()[:16]


def _about(archive: Archive, questions: Path) -> dict[str, str]:
    return {
        "questions": questions.name,
        "archive": f"{len(archive.library.known())} sources, {archive.library.count()} passages",
        "model": archive.settings.model,
        "embedding": archive.embedder.id,
    }


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
            if not console.is_terminal and (reached.done % 25 == 0 or reached.done == reached.total):
                left = f", about {reached.left_s:.0f} s left" if reached.left_s else ""
                sys.stderr.write(f"{reached.done} of {reached.total} answered{left}\n")

        yield told
