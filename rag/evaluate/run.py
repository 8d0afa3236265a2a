"""Put questions through the assistant: concurrent, resumable after a kill, no question asked twice.

`answers.jsonl` grows by a line as each answer comes and ends up with one line for each line of questions, in
their order: also for those that cannot be asked, whose notice says why.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rag.contract import Json, answer_json
from rag.errors import QuestionError
from rag.evaluate.answer_cache import FolderCache, KeepsAnswers, answer_key, write_whole
from rag.evaluate.question_file import BadLine
from rag.evaluate.questions import Asked, Question
from rag.evaluate.score import FAILED
from rag.models import Answer, Filters, Status, Turn

Ask = Callable[[str, tuple[Turn, ...], Filters], Answer]
ANSWERS = "answers.jsonl"
NOT_ASKED = "This line was not asked: "

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. `left_s` is an estimate, None until something has been answered."""

    done: int
    total: int
    kept: int
    failed: int
    seconds: float
    left_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The answers of a run by question id, in question order; `stopped` says why some were not asked.

    `refused` are the questions that the assistant does not take, such as one that is too long, with why.
    """

    lines: dict[str, Json]
    asked: int
    kept: int
    failed: tuple[str, ...]
    refused: dict[str, str] = field(default_factory=dict)
    stopped: str | None = None


@dataclass(slots=True)
class _Count:
    total: int
    started: float
    kept: int = 0
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def progress(self) -> Progress:
        seconds = time.monotonic() - self.started
        left = self.total - self.kept - self.asked
        return Progress(
            done=self.kept + self.asked,
            total=self.total,
            kept=self.kept,
            failed=len(self.failed),
            seconds=seconds,
            left_s=seconds / self.asked * left if self.asked else None,
        )


def run(
    questions: Sequence[Question | BadLine],
    ask: Ask,
    out_dir: Path,
    *,
    state: str = "",
    concurrency: int = 2,
    limit: int | None = None,
    seconds: float | None = None,
    stop: Callable[[], str | None] = lambda: None,
    cache: KeepsAnswers | None = None,
    keep: Callable[[Answer], bool] = lambda _: True,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Run:
    """Answer the questions, at most `limit` of them, and write `answers.jsonl`.

    `state` names the archive's generation and the settings: an answer kept under the same state is not asked
    for again, and neither is one that an earlier run into this folder finished. `seconds` and `stop` (which
    gives a reason, such as a spent budget) end a run early; starting it again goes on from there. A question
    that raises becomes a line too, with the reason as its notice, and is asked again next time; so is one
    whose answer `keep` does not want kept. What cannot be asked is a line and is no answer.
    """
    entries = _first(questions, limit)
    chosen = [entry for entry in entries if isinstance(entry, Question)]
    cache = cache or FolderCache(out_dir / "cache")
    keys = {question.id: answer_key(question.asked, state=state) for question in chosen}
    kept = {question.id: cache.get(keys[question.id]) for question in chosen}
    lines = {id_: _line(answer, id_) for id_, answer in kept.items() if answer is not None}
    count = _Count(total=len(chosen), started=time.monotonic(), kept=len(lines))
    why_not: Callable[[], str | None] = lambda: stop() or _late(count.started, seconds)  # noqa: E731
    todo = [question for question in chosen if question.id not in lines]

    path = out_dir / ANSWERS
    refused: dict[str, Json] = {}
    _write(path, entries, lines)
    progress(count.progress())
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for question, answer in _answers(todo, ask, concurrency, why_not):
            key = keys[question.id]
            if isinstance(answer, QuestionError):
                log.warning("question %s was not asked: %s", question.id, answer)
                count.refused[question.id] = str(answer)
                written = not_asked(question.asked.question, str(answer), key=key)
                refused[question.id] = _line(written, question.id)
                _append(file, refused[question.id])
                count.asked += 1
                progress(count.progress())
                continue
            if isinstance(answer, Exception):
                log.warning("question %s failed: %s", question.id, answer)
                count.failed.append(question.id)
                written = failed_answer(question.asked, answer, key=key)
            else:
                # The answer's own id is drawn anew each time; here the same question is the same line.
                written = answer_json(answer) | {"id": key}
                if keep(answer):
                    cache.put(key, written)
            lines[question.id] = _line(written, question.id)
            _append(file, lines[question.id])
            count.asked += 1
            progress(count.progress())
    _write(path, entries, lines | refused)
    return Run(
        lines={question.id: lines[question.id] for question in chosen if question.id in lines},
        asked=count.asked,
        kept=count.kept,
        failed=tuple(count.failed),
        refused=count.refused,
        stopped=why_not() if len(lines) + len(refused) < len(chosen) else None,
    )


def _answers(
    todo: Sequence[Question], ask: Ask, concurrency: int, why_not: Callable[[], str | None]
) -> Iterator[tuple[Question, Answer | Exception]]:
    """Answers as they come. No question is started that is not about to be worked on, so a stop is prompt."""
    waiting = iter(todo)
    running: dict[Future[Answer | Exception], Question] = {}
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="eval") as pool:
        while True:
            while len(running) < concurrency and not why_not():
                question = next(waiting, None)
                if question is None:
                    break
                running[pool.submit(_attempt, ask, question.asked)] = question
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()


def _attempt(ask: Ask, asked: Asked) -> Answer | Exception:
    try:
        return ask(asked.question, asked.history, asked.filters)
    except Exception as error:  # noqa: BLE001 - one question must not cost the other 499
        return error


def _first(entries: Sequence[Question | BadLine], limit: int | None) -> list[Question | BadLine]:
    """The lines up to the last question that may be asked."""
    kept: list[Question | BadLine] = []
    questions = 0
    for entry in entries:
        questions += isinstance(entry, Question)
        if limit is not None and questions > limit:
            break
        kept.append(entry)
    return kept


def _late(started: float, seconds: float | None) -> str | None:
    if seconds is not None and time.monotonic() - started >= seconds:
        return f"the time limit of {seconds:g} seconds is reached"
    return None


def failed_answer(asked: Asked, error: Exception, *, key: str) -> Json:
    """An Answer that says that there is none, and why."""
    said = " ".join(str(error).split())
    notice = f"{FAILED}{type(error).__name__}" + (f": {said}" if said else "")
    return _no_answer(asked.question, notice, key=key)


def not_asked(question: str, reason: str, *, key: str) -> Json:
    """An Answer that says that there is none, because this cannot be asked."""
    return _no_answer(question, f"{NOT_ASKED}{reason}", key=key)


def _no_answer(question: str, notice: str, *, key: str) -> Json:
    return answer_json(
        Answer(id=key, question=question, status=Status.NOT_COVERED, text="", model="none", notice=notice)
    )


def read_answers(path: Path) -> dict[str, Json]:
    """The lines of an `answers.jsonl` by question id; a torn line is dropped, the last of one id counts."""
    lines: dict[str, Json] = {}
    for text in path.read_text("utf-8", errors="replace").split("\n"):
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and isinstance(line.get("question_id"), str):
            lines[line["question_id"]] = line
    return lines


def _line(answer: Json, question_id: str) -> Json:
    return {**answer, "question_id": question_id}


def _append(file: TextIO, line: Json) -> None:
    file.write(_text(line))
    file.flush()


def _write(path: Path, entries: Sequence[Question | BadLine], lines: dict[str, Json]) -> None:
    written = [
        _bad_line(entry) if isinstance(entry, BadLine) else lines[entry.id]
        for entry in entries
        if isinstance(entry, BadLine) or entry.id in lines
    ]
    write_whole(path, "".join(map(_text, written)))


def _bad_line(bad: BadLine) -> Json:
    key = hashlib.sha256(f"{bad.number}\0{bad.id}\0{bad.question}".encode()).hexdigest()[:32]
    return _line(not_asked(bad.question, bad.reason, key=key), bad.id)


# Characters that JSON leaves as they are and that some readers of lines take for the end of one.
_ENDS_OF_LINE = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}


def _text(line: Json) -> str:
    return json.dumps(line, ensure_ascii=False).translate(_ENDS_OF_LINE) + "\n"
