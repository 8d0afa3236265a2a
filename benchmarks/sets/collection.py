"""The development collection: 46 files, opened, and questions put to the assistant over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.systems import SHARED, KeptVectors, from_files, say
from rag.contract import answer_json
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.question_file import read_questions
from rag.evaluate.questions import Question
from rag.evaluate.score import Scored, Scorer
from rag.wiring import Archive


def collection(cache: Path, model: KeptVectors) -> Archive:
    """The archive of the development files."""
    listed = (SHARED / "questions/dev_corpus.txt").read_text("utf-8").split("\n")
    return from_files(cache, "dev", SHARED / "corpora", [line for line in listed if line], model)


def dev_questions() -> list[Question]:
    """The development questions."""
    return list(read_questions(SHARED / "questions/dev.jsonl").questions)


def ask_all(archive: Archive, placer: GoldPlacer, questions: Sequence[Question]) -> list[Scored]:
    """Every question through the assistant, one at a time, and its scores."""
    archive.warm_up()
    scorer = Scorer(archive.library, placer)
    rows = []
    for number, question in enumerate(questions):
        if number % 100 == 0:
            say(f"  {number} of {len(questions)} asked")
        asked = question.asked
        answer = archive.assistant.ask(asked.question, history=asked.history, filters=asked.filters)
        rows.append(scorer.score(question, answer_json(answer)))
    return rows
