"""`earmark eval`: a file of questions through the assistant, in this process, with progress and a report."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.decode import decode
from rag.compose.extractive import Extractive
from rag.contract import Json
from rag.errors import SettingsError, SourceError
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
from rag.writing import prices_of

# Settings that change no answer.
_NO_MATTER = {
    *("home", "cache", "lock_seconds", "model_key", "model_seconds"),
    *("price_in", "price_out", "daily_tokens", "daily_spend", "keep_questions"),
}


def evaluate(
    settings: Settings,
    questions: Path,
    out: Path,
    *,
    caps: Caps,
    spend: float | None = None,
    compare_with: Path | None = None,
    gates: Sequence[str] = (),
) -> Evaluation:
    """Ask every question of the file, score the answers and write the report.

    Raises `RunUnreadable`, and `QuestionError` for a gate that is none. `spend` is how much the models may
    cost, about: questions that are being answered then are finished.
    """
    if spend is not None and prices_of(settings) is None:
        raise SettingsError("--spend needs EARMARK_PRICE_IN and EARMARK_PRICE_OUT")
    purse = Purse(spend)
    caps = replace(caps, stop=purse.empty)
    wanted = [parse_gate(gate) for gate in gates]
    file = _read(questions)
    out.mkdir(parents=True, exist_ok=True)
    with open_archive(settings) as archive, _bar() as progress:
        _warm_up(archive)
        evaluator = Evaluator(
            archive=archive.library,
            ask=_asking(archive, purse),
            raw_text=raw_text(archive),
            support=Judge(embedder=archive.embedder).support,
            state=_state(archive),
            # What a model could not answer today it may answer tomorrow.
            keep=lambda answer: settings.model == Extractive.name or answer.model != Extractive.name,
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


class Purse:
    """Adds up what answers cost, from any thread, and says when it is empty.

    >>> purse = Purse(0.5)
    >>> purse.empty(), purse.pay(0.3), purse.pay(0.3), purse.empty()
    (None, None, None, '0.60 of 0.50 are spent')
    """

    def __init__(self, holds: float | None) -> None:
        self._holds = holds
        self._lock = threading.Lock()
        self._spent = 0.0

    def pay(self, amount: float) -> None:
        """An answer cost so much."""
        with self._lock:
            self._spent += amount

    def empty(self) -> str | None:
        """Why nothing more may be asked; None while something is left, or when nobody set a limit."""
        if self._holds is None or self._spent < self._holds:
            return None
        return f"{self._spent:.2f} of {self._holds:.2f} are spent"


def _asking(archive: Archive, purse: Purse) -> Callable[[str, tuple[Turn, ...], Filters], Answer]:
    def ask(question: str, history: tuple[Turn, ...], filters: Filters) -> Answer:
        answer = archive.assistant.ask(question, history=history, filters=filters)
        purse.pay((answer.usage.spend if answer.usage else None) or 0.0)
        return answer

    return ask


def _warm_up(archive: Archive) -> None:
    """Load the model and open the index before anything is timed.

    A question that finds the index being opened by another is answered from stored vectors, whose cosines
    differ from the index's in the seventh place; two runs would not give the same lines.
    """
    archive.warm_up()
    archive.search.find("warm", k=1)


def _state(archive: Archive) -> str:
    """What an answer depends on besides its question."""
    settings = archive.settings.model_dump_json(exclude=_NO_MATTER)
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
