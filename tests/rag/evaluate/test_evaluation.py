"""`earmark eval` in one call: from a file of questions to a report and its gates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.errors import QuestionError, RunUnreadable
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


def test_every_line_gives_a_line_and_what_cannot_be_asked_is_not_scored(tmp_path: Path) -> None:
    lines = (
        LINES
        + b"""{"id": "a", "question": "Who keeps the log?"}
not json
{"id": "long", "question": "How long is the list of those who owe the mooring fee?", "answerable": false}
{"id": "e", "question": "fog?", "filters": {"sow": "Lede"}}
"""
    )

    def ask_short(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
        if len(question) > 40:
            raise QuestionError("the question is too long")
        return perfect(question)

    done = Evaluator(archive=ARCHIVE, ask=ask_short).evaluate(questions_from_jsonl(lines), tmp_path)
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    assert [answer["question_id"] for answer in answers] == ["a", "b", "c", "d", "a", "line-6", "long", "e"]
    assert all(answer.keys() == answers[0].keys() for answer in answers)
    notices = {at: answers[at]["notice"] for at in (1, 4, 5, 6, 7)}
    assert [
        notice.removeprefix("This line was not asked: ").split(":")[0] for notice in notices.values()
    ] == [
        "question is missing",
        "id 'a' was used on line 1",
        "not JSON",
        "the question is too long",
        "unknown filter 'sow'; there are adverts, exclude, kind, show, since, source, speaker, until",
    ]
    assert {answers[at]["status"] for at in notices} == {"not_covered"}
    assert [row.id for row in done.scores.rows] == ["a", "c", "d"]
    assert done.scores.not_asked == json.loads((tmp_path / "scores.json").read_text())["not_asked"] == 5
    assert "question long was not asked: the question is too long" in done.scores.warnings
    assert "5 not asked" in (tmp_path / "report.md").read_text("utf-8")
    assert "<dd>5 lines" in (tmp_path / "report.html").read_text("utf-8")


def test_a_limit_counts_questions_and_keeps_the_lines_between_them(tmp_path: Path) -> None:
    done = Evaluator(archive=ARCHIVE, ask=ask).evaluate(
        questions_from_jsonl(LINES), tmp_path, caps=Caps(limit=2)
    )
    answers = (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["question_id"] for line in answers] == ["a", "b", "c"]
    assert list(done.run.lines) == ["a", "c"]


def test_what_was_not_asked_is_said(tmp_path: Path) -> None:
    evaluator = Evaluator(archive=ARCHIVE, ask=ask)
    done = evaluator.evaluate(questions_from_jsonl(LINES), tmp_path, caps=Caps(seconds=0))
    assert done.run.asked == 0
    assert "3 questions were not asked: the time limit" in done.scores.warnings[-1]
    assert json.loads((tmp_path / "scores.json").read_text())["questions"] == 0


def test_a_run_that_is_not_there_is_noticed_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(RunUnreadable, match="no run to compare with"):
        Evaluator(archive=ARCHIVE, ask=ask).evaluate(
            questions_from_jsonl(LINES), tmp_path, compare_with=tmp_path / "none"
        )
    assert not (tmp_path / "answers.jsonl").exists()
