"""A run gives one line a question, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Barrier

import pytest

from rag.contract import Json, answer_json
from rag.errors import EarmarkError
from rag.evaluate.answer_cache import FolderCache, write_whole
from rag.evaluate.questions import Question
from rag.evaluate.run import Progress, Run, read_answers, run
from rag.evaluate.score import FAILED
from rag.models import Answer, Filters, Turn
from tests.fakes import CannedAssistant, a_refusal
from tests.rag.evaluate.world import perfect, questions

ROOT = Path(__file__).resolve().parents[3]


def ask(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
    return perfect(question)


def lines_of(folder: Path) -> list[Json]:
    return [json.loads(line) for line in (folder / "answers.jsonl").read_text("utf-8").splitlines()]


def ids_of(folder: Path) -> list[str]:
    return [line["question_id"] for line in lines_of(folder)]


ALL = [question.id for question in questions()]


def test_a_line_is_the_answer_and_the_id_of_its_question(tmp_path: Path) -> None:
    done = run(questions(), ask, tmp_path)
    assert ids_of(tmp_path) == ALL == list(done.lines)
    first = lines_of(tmp_path)[0]
    assert first.keys() == answer_json(perfect("How much is the mooring fee?")).keys() | {"question_id"}
    assert first["question"] == "How much is the mooring fee?"
    assert (done.asked, done.kept, done.failed, done.stopped) == (7, 0, (), None)


def test_answers_that_come_out_of_order_end_up_in_order(tmp_path: Path) -> None:
    def last_first(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
        time.sleep(0.15 if "mooring" in question else 0.0)
        return perfect(question)

    run(questions(), last_first, tmp_path, concurrency=3)
    assert ids_of(tmp_path) == ALL


def test_questions_are_asked_at_the_same_time(tmp_path: Path) -> None:
    both = Barrier(2, timeout=5)

    def together(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
        both.wait()
        return perfect(question)

    assert not run(questions()[:4], together, tmp_path, concurrency=2).failed


def test_gold_never_reaches_the_assistant(tmp_path: Path) -> None:
    assistant = CannedAssistant(otherwise=a_refusal())
    run(
        questions(),
        lambda question, history, filters: assistant.ask(question, history=history, filters=filters),
        tmp_path,
    )
    seen = repr(assistant.asked)
    asked = " ".join(question.asked.question for question in questions())
    assert len(assistant.asked) == 7
    for question in questions():
        known = [question.id, *(evidence.quote or "" for evidence in question.gold.evidence)]
        known += [word for group in question.gold.must_contain for word in group]
        assert not [words for words in known if words in seen and words not in asked]


def test_a_question_that_fails_is_a_line_and_is_asked_again(tmp_path: Path) -> None:
    def breaks(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
        if "loaf" in question:
            raise EarmarkError("the archive\nis busy")
        return perfect(question)

    first = run(questions(), breaks, tmp_path)
    line = lines_of(tmp_path)[2]
    assert first.failed == ("q3",) and ids_of(tmp_path) == ALL
    assert (line["status"], line["citations"], line["retrieved"]) == ("not_covered", [], [])
    assert line["notice"] == f"{FAILED}EarmarkError: the archive is busy"
    assert line.keys() == lines_of(tmp_path)[0].keys()

    again = run(questions(), ask, tmp_path)
    assert (again.asked, again.kept, again.failed) == (1, 6, ())
    assert lines_of(tmp_path)[2]["status"] == "answered"


def never(question: str, history: Sequence[Turn], filters: Filters) -> Answer:
    raise AssertionError(f"asked {question!r} again")


def test_nothing_is_asked_again_while_nothing_changes(tmp_path: Path) -> None:
    run(questions(), ask, tmp_path, state="1")
    before = (tmp_path / "answers.jsonl").read_bytes()
    again = run(questions(), never, tmp_path, state="1")
    assert (again.asked, again.kept) == (0, 7)
    assert (tmp_path / "answers.jsonl").read_bytes() == before


def test_a_shared_cache_serves_another_folder(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache")
    run(questions(), ask, tmp_path / "one", cache=cache)
    run(questions(), never, tmp_path / "two", cache=cache)
    assert lines_of(tmp_path / "one") == lines_of(tmp_path / "two")


def test_what_changed_is_asked_again(tmp_path: Path) -> None:
    run(questions(), ask, tmp_path, state="1")
    assert run(questions(), ask, tmp_path, state="2").asked == 7
    other = Question(id="q1", asked=questions()[1].asked)
    edited = run([other, *questions()[1:]], ask, tmp_path, state="2")
    assert (edited.asked, lines_of(tmp_path)[0]["question"]) == (0, "How old is the oldest log?")


def test_a_torn_line_and_a_torn_kept_answer_are_dropped(tmp_path: Path) -> None:
    run(questions(), ask, tmp_path)
    answers = tmp_path / "answers.jsonl"
    answers.write_bytes(answers.read_bytes()[:-40])
    assert list(read_answers(answers)) == ALL[:-1]
    torn = sorted((tmp_path / "cache").rglob("*.json"))[0]
    torn.write_bytes(torn.read_bytes()[:25])
    again = run(questions(), ask, tmp_path)
    assert again.asked == 1 and ids_of(tmp_path) == ALL


def test_caps_leave_the_rest_for_the_next_run(tmp_path: Path) -> None:
    assert len(run(questions(), ask, tmp_path, limit=3).lines) == 3
    spent = iter([None, None, "the budget is spent"])
    capped = run(questions(), ask, tmp_path, concurrency=1, stop=lambda: next(spent, "the budget is spent"))
    assert (capped.kept, capped.asked, capped.stopped) == (3, 2, "the budget is spent")
    late = run(questions(), never, tmp_path, seconds=0)
    assert (late.asked, late.stopped) == (0, "the time limit of 0 seconds is reached")
    assert ids_of(tmp_path) == ALL[:5]
    assert run(questions(), ask, tmp_path).stopped is None


def test_progress_counts_up_and_estimates(tmp_path: Path) -> None:
    run(questions(), ask, tmp_path, limit=2)
    seen: list[Progress] = []
    run(questions(), ask, tmp_path, progress=seen.append)
    assert [step.done for step in seen] == [2, 3, 4, 5, 6, 7]
    assert (seen[0].kept, seen[0].left_s, seen[-1].left_s) == (2, None, 0.0)


def test_a_line_is_one_line_for_every_reader(tmp_path: Path) -> None:
    answer = a_refusal(text="one\u2028two\x85three")
    run(questions()[:1], lambda *asked: answer, tmp_path)
    assert [line["answer"] for line in lines_of(tmp_path)] == ["one\u2028two\x85three"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["answers.jsonl"]


SLOW = """
import sys, time
from pathlib import Path
from rag.evaluate.run import run
from tests.rag.evaluate.world import perfect, questions

def ask(question, history, filters):
    with Path(sys.argv[1], "asked.txt").open("a") as log:
        log.write(question + "\\n")
    time.sleep(0.25)
    return perfect(question)

run(questions(), ask, Path(sys.argv[1]), concurrency=2)
"""


def test_a_kill_in_the_middle_costs_no_finished_question(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(killed)], env=environment, cwd=ROOT)
    finished = _wait_for_lines(killed / "answers.jsonl", 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    finished = list(read_answers(killed / "answers.jsonl")) or finished
    with (killed / "answers.jsonl").open("a") as file:
        file.write('{"question_id": "q9", "answer": "to')

    resumed = run(questions(), ask, killed)
    assert 2 <= len(finished) <= resumed.kept < 7
    assert resumed.asked == 7 - resumed.kept
    asked_before = (killed / "asked.txt").read_text().splitlines()
    assert resumed.kept <= len(asked_before) < 7

    run(questions(), ask, whole)
    assert lines_of(killed) == lines_of(whole)


def _wait_for_lines(path: Path, count: int) -> list[str]:
    for _ in range(400):
        if path.exists() and len(read_answers(path)) >= count:
            return list(read_answers(path))
        time.sleep(0.05)
    raise AssertionError("the run wrote nothing")


def test_a_run_without_questions_is_empty(tmp_path: Path) -> None:
    assert run([], never, tmp_path) == Run(lines={}, asked=0, kept=0, failed=())
