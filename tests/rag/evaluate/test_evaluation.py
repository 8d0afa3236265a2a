"""`earmark eval` in one call: from a file of questions to a report and its gates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.errors import QuestionError
from rag.evaluate.compare import parse_gate
from rag.evaluate.evaluation import Caps, Evaluator
from rag.evaluate.question_file import questions_from_jsonl
from rag.models import Answer, Filters, Turn
from rag.verify import Judge
from tests.rag.evaluate.world import ARCHIVE, perfect

LINES = b"""{"id": "a", "question": "How much is the mooring fee?", "must_contain": [["340"]]}
{"id": "b"}
{"id": "c", "question": "What does the ferry cost?", "answerable": false}
{"id": "d", "question": "How old is the oldest log?", "evidence": [{"path": "lost.md", "quote": "1921"}]}
"""
FILES = ["answers.csv", "answers.jsonl", "junit.xml", "report.html", "report.md", "scores.json"]


def ask(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
    return perfect(question)


def test_a_file_of_questions_becomes_a_report(tmp_path: Path) -> None:
    evaluator = Evaluator(archive=ARCHIVE, ask=ask, support=Judge().support, about={"archive": "the town"})
    done = evaluator.evaluate(
        questions_from_jsonl(LINES), tmp_path / "one", gates=[parse_gate("correct>=1"), parse_gate("mrr>=1")]
    )
    assert sorted(path.name for path in (tmp_path / "one").iterdir() if path.is_file()) == FILES
    assert list(done.run.lines) == ["a", "c", "d"]
    assert done.scores.outcomes == {"right": 2, "not judged": 1}
    assert done.scores.warnings == (
        "line 2 is no question: question is missing",
        "d: evidence 1 (lost.md): no source of this archive has that path",
    )
    assert [gate.passed for gate in done.gates] == [True, False] and not done.passed

    again = evaluator.evaluate(questions_from_jsonl(LINES), tmp_path / "two", compare_with=tmp_path / "one")
    assert again.comparison is not None and again.comparison.questions == 3
    assert not again.comparison.significant and again.passed


def test_what_was_not_asked_is_said(tmp_path: Path) -> None:
    evaluator = Evaluator(archive=ARCHIVE, ask=ask)
    done = evaluator.evaluate(questions_from_jsonl(LINES), tmp_path, caps=Caps(seconds=0))
    assert done.run.asked == 0
    assert "3 questions were not asked: the time limit" in done.scores.warnings[-1]
    assert json.loads((tmp_path / "scores.json").read_text())["questions"] == 0


def test_a_run_that_is_not_there_is_noticed_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no run to compare with"):
        Evaluator(archive=ARCHIVE, ask=ask).evaluate(
            questions_from_jsonl(LINES), tmp_path, compare_with=tmp_path / "none"
        )
    assert not (tmp_path / "answers.jsonl").exists()
